"""Read the facts of an invoice by XPath, the same terms in both syntaxes.

A term may be written several times where the norm allows once: the first one counts, except for
accounts (BT-84) and identifiers, which are all kept.
"""

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import cast

from lxml.etree import _Element as Element

from services.paiement.domain.efacture import Faits, LigneLue, Partie, Syntaxe, Ventilation
from services.paiement.gateways.efacture.plans import PLANS, Plan, PlanPartie

FORMAT_CII = "%Y%m%d"


def lire(racine: Element, syntaxe: Syntaxe) -> Faits:
    """Return the facts of an opened invoice; what is absent or unreadable is None."""
    plan = PLANS[syntaxe]
    lecteur = _Lecteur(racine, plan)
    devise = lecteur.texte(plan.devise) or ""
    return Faits(
        profil=lecteur.texte(plan.profil) or "",
        numero=lecteur.texte(plan.numero) or "",
        type_code=lecteur.texte(plan.type_code) or "",
        emise_le=lecteur.jour(plan.emise_le),
        livree_le=lecteur.jour(plan.livree_le),
        a_payer_avant=lecteur.jour(plan.a_payer_avant),
        devise=devise,
        total_ht=lecteur.nombre(plan.total_ht),
        total_tva=lecteur.nombre(plan.total_tva.format(devise=devise if devise.isalpha() else "")),
        total_ttc=lecteur.nombre(plan.total_ttc),
        a_payer=lecteur.nombre(plan.a_payer),
        tva=tuple(_ventilation(_Lecteur(bloc, plan)) for bloc in lecteur.blocs(plan.tva)),
        vendeur=_partie(lecteur, plan.vendeur),
        acheteur=_partie(lecteur, plan.acheteur),
        code_service=lecteur.texte(plan.code_service),
        reference_contrat=lecteur.texte(plan.reference_contrat),
        reference_commande=lecteur.texte(plan.reference_commande),
        factures_citees=tuple(dict.fromkeys(lecteur.textes(plan.factures_citees))),
        ibans=tuple(dict.fromkeys(lecteur.textes(plan.ibans))),
        lignes=len(lecteur.blocs(plan.lignes)),
        details=tuple(_lignes(lecteur)),
    )


@dataclass(frozen=True, slots=True)
class _Lecteur:
    noeud: Element
    plan: Plan

    def blocs(self, chemin: str) -> list[Element]:
        trouves = self.noeud.xpath(chemin, namespaces=dict(self.plan.espaces))
        return cast(list[Element], trouves)

    def textes(self, chemin: str) -> list[str]:
        textes = ("".join(map(str, noeud.itertext())).strip() for noeud in self.blocs(chemin))
        return [texte for texte in textes if texte]

    def texte(self, chemin: str) -> str | None:
        return next(iter(self.textes(chemin)), None)

    def nombre(self, chemin: str) -> Decimal | None:
        texte = self.texte(chemin)
        try:
            valeur = Decimal(texte) if texte else None
        except InvalidOperation:
            return None
        return valeur if valeur is not None and valeur.is_finite() else None

    def jour(self, chemin: str) -> dt.date | None:
        """Read a date; UBL writes ISO 8601 (a time zone may follow), CII the format 102."""
        texte = self.texte(chemin)
        try:
            if not texte:
                return None
            if self.plan.dates_iso:
                return dt.date.fromisoformat(texte[:10])
            return dt.datetime.strptime(texte, FORMAT_CII).date()  # noqa: DTZ007
        except ValueError:
            return None


def _partie(lecteur: _Lecteur, plan: PlanPartie) -> Partie:
    identifiants = (
        (noeud.get("schemeID", ""), (noeud.text or "").strip())
        for chemin in plan.identifiants
        for noeud in lecteur.blocs(chemin)
    )
    return Partie(
        nom=lecteur.texte(plan.nom) or "",
        identifiants=tuple(dict.fromkeys(paire for paire in identifiants if paire[1])),
        tva=lecteur.texte(plan.tva),
    )


def _ventilation(bloc: _Lecteur) -> Ventilation:
    plan = bloc.plan
    return Ventilation(
        categorie=bloc.texte(plan.tva_categorie) or "",
        taux=bloc.nombre(plan.tva_taux),
        base=bloc.nombre(plan.tva_base) or Decimal(),
        montant=bloc.nombre(plan.tva_montant) or Decimal(),
    )


def _lignes(lecteur: _Lecteur) -> Iterator[LigneLue]:
    """Lines that say a quantity, a price and an amount; the others are told by the rules."""
    plan = lecteur.plan
    for bloc in lecteur.blocs(plan.lignes):
        ligne = _Lecteur(bloc, plan)
        quantite, prix = ligne.nombre(plan.ligne.quantite), ligne.nombre(plan.ligne.prix)
        montant = ligne.nombre(plan.ligne.montant)
        if quantite is None or prix is None or montant is None:
            continue
        yield LigneLue(
            designation=ligne.texte(plan.ligne.designation) or "",
            article_acheteur=ligne.texte(plan.ligne.article_acheteur),
            article_vendeur=ligne.texte(plan.ligne.article_vendeur),
            quantite=quantite,
            prix_ht=prix / (ligne.nombre(plan.ligne.prix_pour) or Decimal(1)),
            montant_ht=montant,
        )
