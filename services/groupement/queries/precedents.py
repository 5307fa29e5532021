"""What a member asked for in its previous purchase of the same family."""

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from services.groupement import tables as t
from services.groupement.domain.achats import EtatAchat
from services.groupement.domain.besoins import fourchette
from services.groupement.queries.historique import achats_repris
from shared.kernel.clock import jour_de
from shared.kernel.unites import normaliser


@dataclass(frozen=True, slots=True)
class Precedent:
    """« 2025 : 12 cartons », at the place where it was delivered."""

    annee: int
    article: str
    quantite: Decimal
    tolerance: Decimal
    unite: str
    lieu: str
    imputation: str

    @property
    def texte(self) -> str:
        return fourchette(self.quantite, self.tolerance)


def precedents(session: Session, siret: str, achat: t.Achat) -> Mapping[str, list[Precedent]]:
    """By article of this purchase: matched by code, else by designation."""
    dernier = _dernier(session, siret, achat)
    if dernier is None:
        return _repris(session, siret, achat)
    requete = (
        sa.select(t.Besoin, t.Article.designation)
        .join(
            t.Article,
            sa.and_(t.Article.achat_id == t.Besoin.achat_id, t.Article.code == t.Besoin.article),
        )
        .where(t.Besoin.achat_id == dernier.id, t.Besoin.siret == siret, t.Besoin.quantite > 0)
        .order_by(t.Besoin.article, t.Besoin.lieu)
    )
    code_de = _reconnaitre(achat)
    annee = jour_de(dernier.cloture_le or dernier.cree_le).year
    trouves: dict[str, list[Precedent]] = {}
    for besoin, designation in session.execute(requete):
        if code := code_de(besoin.article, designation):
            trouves.setdefault(code, []).append(_precedent(annee, code, besoin))
    return trouves


def _reconnaitre(achat: t.Achat) -> Callable[[str, str], str | None]:
    """Find the article of this purchase that another one called so."""
    codes = {article.code for article in achat.articles}
    noms = {normaliser(article.designation): article.code for article in achat.articles}
    return lambda code, nom: code if code in codes else noms.get(normaliser(nom))


def _repris(session: Session, siret: str, achat: t.Achat) -> Mapping[str, list[Precedent]]:
    """The same, from the history that the member took over from another instance."""
    code_de = _reconnaitre(achat)
    famille = normaliser(achat.famille)
    siens = (a for a in achats_repris(session, siret) if normaliser(a["famille"]) == famille)
    trouves: dict[str, list[Precedent]] = {}
    for passe in siens:
        for besoin in passe["besoins"]:
            code = code_de(besoin["article"], besoin.get("designation") or "")
            if code and Decimal(besoin["quantite"]):
                trouves.setdefault(code, []).append(_repris_de(passe, code, besoin))
        if trouves:
            break
    return trouves


def _repris_de(achat: Mapping[str, Any], code: str, besoin: Mapping[str, Any]) -> Precedent:
    clos = dt.datetime.fromisoformat(achat.get("cloture_le") or achat["cree_le"])
    return Precedent(
        jour_de(clos).year,
        code,
        Decimal(besoin["quantite"]),
        Decimal(besoin.get("tolerance") or 0),
        besoin["unite"],
        besoin["lieu"],
        besoin.get("imputation") or "",
    )


def _dernier(session: Session, siret: str, achat: t.Achat) -> t.Achat | None:
    demandes = sa.exists().where(
        t.Besoin.achat_id == t.Achat.id, t.Besoin.siret == siret, t.Besoin.quantite > 0
    )
    requete = (
        sa.select(t.Achat)
        .where(
            t.Achat.famille == achat.famille,
            t.Achat.id != achat.id,
            t.Achat.cree_le < achat.cree_le,
            t.Achat.etat != EtatAchat.ABANDONNE.value,
            demandes,
        )
        .order_by(t.Achat.cree_le.desc())
        .limit(1)
    )
    return session.scalars(requete).one_or_none()


def _precedent(annee: int, article: str, besoin: t.Besoin) -> Precedent:
    return Precedent(
        annee,
        article,
        besoin.quantite,
        besoin.tolerance,
        besoin.unite,
        besoin.lieu,
        besoin.imputation or "",
    )
