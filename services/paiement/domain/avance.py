"""The advance: when the law imposes it, at which rate, on which base, and what policy adds.

Key date of every parameter: the launch of the consultation.
"""

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from services.paiement.domain.phrases import euros, jour, pourcent
from shared.kernel.calendrier import echeance
from shared.kernel.errors import ConflictError, ValidationError
from shared.kernel.montant import Montant
from shared.kernel.parametres import ClasseAcheteur, ParametreLegal, Parametres

MOIS_ANNEE = 12
ZERO = Montant.zero()
PART_PROPRE = dt.date(2026, 1, 1)  # décret 2025-1386: co-contractors, each on its own share
GRAND_ACHETEUR = Montant(60_000_000)  # real operating expenditure, main budget, year N-2


class EtatAvance(StrEnum):
    """Proposed to the authorising officer, accepted by the contractor, then paid; or refused."""

    PROPOSEE = "PROPOSEE"
    ACCEPTEE = "ACCEPTEE"
    VERSEE = "VERSEE"
    REFUSEE = "REFUSEE"


class Forme(StrEnum):
    """What the advance is computed on, one by one."""

    MARCHE = "MARCHE"
    TRANCHE = "TRANCHE"
    BON_DE_COMMANDE = "BON_DE_COMMANDE"
    ACCORD_CADRE_AVEC_MINIMUM = "ACCORD_CADRE_AVEC_MINIMUM"


class Garantie(StrEnum):
    """What guarantees an advance: at first demand, or a joint surety if both parties agree."""

    PREMIERE_DEMANDE = "PREMIERE_DEMANDE"
    CAUTION = "CAUTION"


_FORMES = {
    Forme.TRANCHE: "Tranche affermie\u00a0: l’avance se décide tranche par tranche (CCP R2191-3).",
    Forme.BON_DE_COMMANDE: "Bon de commande\u00a0: l’avance se décide bon par bon (CCP R2191-16 "
    "et R2191-18).",
    Forme.ACCORD_CADRE_AVEC_MINIMUM: "Accord-cadre avec minimum\u00a0: une seule avance, sur le "
    "montant minimum (CCP R2191-17).",
}

_SUITES = {
    EtatAvance.PROPOSEE: {EtatAvance.ACCEPTEE, EtatAvance.REFUSEE},
    EtatAvance.ACCEPTEE: {EtatAvance.VERSEE},
    EtatAvance.VERSEE: set[EtatAvance](),
    EtatAvance.REFUSEE: set[EtatAvance](),
}


@dataclass(frozen=True, slots=True)
class Politique:
    """What the contract grants beyond the law: a rate, with or without a guarantee."""

    taux: Decimal
    garantie: bool = False


@dataclass(frozen=True, slots=True)
class Marche:
    """What the rule needs; amounts and duration are those of `forme`: its minimum, its order…"""

    date_lancement: dt.date
    acheteur: ClasseAcheteur
    montant_ht: Montant
    taux_tva: Decimal
    duree_mois: int
    titulaire_pme: bool = False
    depenses_reelles: Montant | None = None
    sous_traite_ht: Montant = ZERO
    politique: Politique | None = None
    forme: Forme = Forme.MARCHE


@dataclass(frozen=True, slots=True)
class Proposition:
    """An advance with its reasoning; `taux` is a part of 1; no advance is a zero amount."""

    obligatoire: bool
    taux: Decimal
    assiette_ttc: Montant
    montant: Montant
    garantie: bool
    motifs: tuple[str, ...]

    @property
    def regle(self) -> str:
        return " ".join(self.motifs)


def proposer(marche: Marche, parametres: Parametres) -> Proposition:
    """Compute the advance of a contract, of an order or of a framework's minimum."""
    obligatoire, motif = _obligation(marche, parametres)
    motifs = [_FORMES[marche.forme]] if marche.forme in _FORMES else []
    demande, motifs_taux = _taux(marche, obligatoire, parametres)
    taux, plafonnement = _plafonner(demande, marche.date_lancement, parametres)
    motifs += [motif, *motifs_taux, *plafonnement]
    if not taux:
        return Proposition(False, Decimal(0), ZERO, ZERO, False, tuple(motifs))
    exacte, motif_base = _assiette(marche)
    montant = Montant(exacte * taux)
    garantie, motif_garantie = _garantie(marche, taux, parametres)
    motifs += [motif_base, *motif_garantie, _conclusion(taux, montant, garantie)]
    return Proposition(obligatoire, taux, Montant(exacte), montant, garantie, tuple(motifs))


def _plafonner(
    taux: Decimal, lancement: dt.date, parametres: Parametres
) -> tuple[Decimal, tuple[str, ...]]:
    plafond = parametres.valeur("avance_plafond", lancement)
    if taux <= plafond.valeur:
        return taux, ()
    return plafond.valeur, (f"Ramenée au plafond de {pourcent(plafond.valeur)} ({plafond.ref}).",)


def _garantie(
    marche: Marche, taux: Decimal, parametres: Parametres
) -> tuple[bool, tuple[str, ...]]:
    """Asked for by the contract, or by the law of the launch date beyond a rate."""
    seuil = parametres.valeur("avance_garantie_au_dela", marche.date_lancement)
    if taux > seuil.valeur:
        return True, (
            f"Au-delà de {pourcent(seuil.valeur)}, une garantie est obligatoire ({seuil.ref}).",
        )
    return bool(marche.politique and marche.politique.garantie), ()


def _conclusion(taux: Decimal, montant: Montant, garantie: bool) -> str:
    return (
        f"Avance de {pourcent(taux)}\u00a0: {euros(montant)}, "
        f"{'avec' if garantie else 'sans'} garantie."
    )


def base_de_resorption(marche: Marche) -> Montant:
    """What the recovery is measured on, TTC: the contractor's own share from 2026 on."""
    ht = marche.montant_ht
    if marche.date_lancement >= PART_PROPRE:
        ht = ht - marche.sous_traite_ht
    return Montant(ht.decimal * (1 + marche.taux_tva))


def payable_avant(
    commencement: dt.date, garantie_recue: dt.date | None, delai_jours: int
) -> dt.date:
    """An advance is due within the payment deadline, never before its guarantee is received.

    `commencement` is the notification, or the act that starts the execution if the contract says
    so (CCP R2192-24 and R2192-25).
    """
    return echeance(max(commencement, garantie_recue or commencement), delai_jours)


def verifier_versement(
    *, garantie: bool, garantie_recue: dt.date | None, commencement: dt.date, versee_le: dt.date
) -> None:
    """Refuse a payment before the start, or before the guarantee that the contract asks for."""
    if garantie and garantie_recue is None:
        raise ConflictError(
            "La garantie n’est pas reçue\u00a0: l’avance ne peut pas être versée avant elle. "
            "Constatez d’abord sa réception.",
            code="garantie_manquante",
        )
    premier = max(commencement, garantie_recue or commencement)
    if versee_le < premier:
        raise ValidationError(
            "La date de versement n’est pas possible.",
            code="date_impossible",
            champs={"versee_le": f"Choisissez une date à partir du {jour(premier)}."},
        )


def changer(etat: EtatAvance, vers: EtatAvance) -> EtatAvance:
    """Move an advance to its next state, or refuse."""
    if vers not in _SUITES[etat]:
        raise ConflictError(
            f"L’avance est «\u00a0{etat.lower()}\u00a0»\u00a0: elle ne peut pas devenir "
            f"«\u00a0{vers.lower()}\u00a0».",
            code="etat_avance",
            etat=etat,
        )
    return vers


def _obligation(marche: Marche, parametres: Parametres) -> tuple[bool, str]:
    seuil = parametres.valeur("avance_seuil_ht", marche.date_lancement)
    duree = parametres.valeur("avance_duree_mois", marche.date_lancement)
    obligatoire = marche.montant_ht.decimal > seuil.valeur and marche.duree_mois > duree.valeur
    faits = f"{euros(marche.montant_ht)} HT sur {marche.duree_mois}\u00a0mois"
    regle = (
        f"plus de {euros(Montant(seuil.valeur))} HT et de {duree.valeur}\u00a0mois ({seuil.ref})"
    )
    return obligatoire, (
        f"{faits}\u00a0: l’avance est obligatoire, au-delà de {regle.removeprefix('plus de ')}."
        if obligatoire
        else f"{faits}\u00a0: l’avance n’est pas obligatoire, il faudrait {regle}."
    )


def _taux(
    marche: Marche, obligatoire: bool, parametres: Parametres
) -> tuple[Decimal, tuple[str, ...]]:
    politique = marche.politique.taux if marche.politique else Decimal(0)
    accorde = f"Le marché accorde {pourcent(politique)}." if politique else ""
    if not obligatoire:
        return politique, (accorde or "Le marché n’en accorde pas.",)
    minimum = _taux_minimal(marche, parametres)
    motif = (
        f"Taux minimal de {pourcent(minimum.valeur)} pour une consultation lancée le "
        f"{jour(marche.date_lancement)} ({minimum.ref})."
    )
    return max(minimum.valeur, politique), (motif, accorde) if accorde else (motif,)


def _taux_minimal(marche: Marche, parametres: Parametres) -> ParametreLegal:
    if not marche.titulaire_pme:
        return parametres.valeur("avance_taux_min", marche.date_lancement, marche.acheteur)
    codes = ["avance_taux_min_pme"]
    if marche.depenses_reelles is not None and marche.depenses_reelles > GRAND_ACHETEUR:
        codes.append("avance_taux_min_pme_plus_60m")
    lignes = (parametres.valeur(c, marche.date_lancement, marche.acheteur) for c in codes)
    return max(lignes, key=lambda ligne: ligne.valeur)


def _assiette(marche: Marche) -> tuple[Decimal, str]:
    """Exact base in euros TTC: no rounding before the advance itself."""
    ht = (marche.montant_ht - marche.sous_traite_ht).decimal
    ttc = ht * (1 + marche.taux_tva)
    if marche.duree_mois <= MOIS_ANNEE:
        return ttc, f"Assiette\u00a0: {euros(Montant(ttc))} TTC."
    assiette = MOIS_ANNEE * ttc / marche.duree_mois
    return assiette, (
        f"Assiette sur douze mois\u00a0: 12 × {euros(Montant(ttc))} / {marche.duree_mois} = "
        f"{euros(Montant(assiette))} TTC."
    )
