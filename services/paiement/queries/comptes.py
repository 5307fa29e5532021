"""The ledger read: balances of contracts, entries of one, what the control finds."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from importlib.resources import files
from typing import Any

from sqlalchemy import ColumnElement, func, select, text, true
from sqlalchemy.orm import Session, joinedload, selectinload

from services.paiement.domain import ecritures as regle
from services.paiement.domain.ecritures import LIBELLES, Compte, Situation
from services.paiement.domain.phrases import euros
from services.paiement.queries.marches import visible
from services.paiement.tables import ControleComptes, Ecriture, Marche, Mouvement
from shared.kernel.errors import NotFoundError
from shared.kernel.montant import Montant
from shared.web.pagination import PAR_PAGE, Page, paginate

_CONTROLE = text(files(__package__).joinpath("comptes.sql").read_text(encoding="utf-8"))
_DIT = {
    "FIGURE": "{compte}\u00a0: {ecrit} écrits, {attendu} attendus.",
    "DESEQUILIBRE": "«\u00a0{compte}\u00a0» n’est pas équilibré\u00a0: il reste {ecrit}.",
    "VIDE": "«\u00a0{compte}\u00a0» n’a aucune ligne.",
    "CONTREPASSATION": "«\u00a0{compte}\u00a0» n’annule pas ce qu’elle contre-passe\u00a0: "
    "il reste {ecrit}.",
}
_DOCUMENTS = {
    "marche": "Marché",
    "avenant": "Avenant",
    "commande": "Commande",
    "avance": "Avance",
    "facture": "Facture",
}


@dataclass(frozen=True, slots=True)
class Ecart:
    """A difference, the document that bears it, and whose it is."""

    piece: str
    phrase: str
    marche_id: str | None
    acheteur_siret: str

    def en_dict(self) -> dict[str, Any]:
        return {
            "piece": self.piece,
            "phrase": self.phrase,
            "marche_id": self.marche_id,
            "acheteur_siret": self.acheteur_siret,
        }

    @property
    def document(self) -> str:
        """`facture:0198…` → « Facture »."""
        return _DOCUMENTS.get(self.piece.partition(":")[0], "Document")

    @property
    def adresse(self) -> str | None:
        """The page of the document, or of the entries of its contract."""
        genre, _, cle = self.piece.partition(":")
        if genre == "facture":
            return f"/paiement/factures/{cle}"
        return f"/paiement/marches/{self.marche_id}/ecritures" if self.marche_id else None


def ecarts(session: Session) -> Sequence[Ecart]:
    """Compare the whole ledger with the documents, in the database."""
    return [_ecart(ligne) for ligne in session.execute(_CONTROLE)]


def _ecart(ligne: Any) -> Ecart:
    compte = LIBELLES[Compte(ligne.compte)] if ligne.genre == "FIGURE" else ligne.compte
    phrase = _DIT[ligne.genre].format(
        compte=compte, ecrit=_euros(ligne.ecrit), attendu=_euros(ligne.attendu)
    )
    marche_id = None if ligne.marche_id is None else str(ligne.marche_id)
    return Ecart(ligne.piece, phrase, marche_id, ligne.acheteur_siret)


def _euros(montant: Decimal) -> str:
    return euros(Montant(montant))


def nombre(session: Session) -> int:
    return session.scalar(select(func.count()).select_from(Mouvement)) or 0


def dernier_controle(session: Session) -> ControleComptes | None:
    return session.scalar(select(ControleComptes).order_by(ControleComptes.le.desc()).limit(1))


def ecarts_de(session: Session, controle: ControleComptes, siret: str) -> Sequence[Ecart]:
    """What the last control found on the documents and contracts of an organisation."""
    lus = [Ecart(**ecart) for ecart in controle.ecarts]
    marches = {uuid.UUID(e.marche_id) for e in lus if e.marche_id}
    requete = select(Marche.id).where(Marche.id.in_(marches), Marche.acheteur_siret == siret)
    miens = {str(cle) for cle in session.scalars(requete)}
    return [e for e in lus if e.acheteur_siret == siret or e.marche_id in miens]


@dataclass(frozen=True, slots=True)
class Grand:
    """A contract, its figures as its entries give them, and what is not in order."""

    marche: Marche
    situation: Situation

    @property
    def depassements(self) -> Sequence[str]:
        return regle.depassements(self.situation)


def grand_livre(session: Session, acheteur: str, page: int) -> Page[Grand]:
    """Contracts of a buyer with their figures, newest first."""
    lus: Page[Marche] = paginate(
        session,
        select(Marche)
        .where(Marche.acheteur_siret == acheteur)
        .order_by(Marche.date_notification.desc(), Marche.reference),
        page,
    )
    soldes = _soldes(session, [marche.id for marche in lus.items])
    grands = [Grand(m, regle.situation(soldes.get(m.id, {}))) for m in lus.items]
    return Page(grands, lus.total, lus.numero, lus.pages, lus.par)


def _soldes(
    session: Session, marches: Sequence[uuid.UUID], payeur: str | None = None
) -> dict[uuid.UUID, dict[Compte, Montant]]:
    requete = (
        select(Mouvement.marche_id, Ecriture.compte, func.sum(Ecriture.montant))
        .join(Ecriture, Ecriture.mouvement_id == Mouvement.id)
        .where(Mouvement.marche_id.in_(marches), _paye_par(payeur))
        .group_by(Mouvement.marche_id, Ecriture.compte)
    )
    soldes: dict[uuid.UUID, dict[Compte, Montant]] = {}
    for marche_id, compte, montant in session.execute(requete):
        if marche_id is None:
            continue
        soldes.setdefault(marche_id, {})[Compte(compte)] = Montant(montant)
    return soldes


def _paye_par(payeur: str | None) -> ColumnElement[bool]:
    return true() if payeur is None else Mouvement.acheteur_siret == payeur


@dataclass(frozen=True, slots=True)
class Livre:
    """The entries of one contract, as far as the reader may see."""

    grand: Grand
    page: Page[Mouvement]


def livre(
    session: Session, marche_id: uuid.UUID, siret: str, page: int, par: int = PAR_PAGE
) -> Livre:
    """Every movement of a contract, latest first; a member sees its own."""
    marche = session.scalar(
        select(Marche)
        .where(Marche.id == marche_id, visible(siret))
        .options(joinedload(Marche.acheteur))
    )
    if marche is None:
        raise NotFoundError("Ce marché n’existe pas.", code="marche_inconnu")
    payeur = None if siret in {marche.acheteur_siret, marche.titulaire_siret} else siret
    requete = (
        select(Mouvement)
        .where(Mouvement.marche_id == marche_id, _paye_par(payeur))
        .options(selectinload(Mouvement.lignes))
        .order_by(Mouvement.le.desc(), Mouvement.id.desc())
    )
    soldes = _soldes(session, [marche_id], payeur).get(marche_id, {})
    return Livre(Grand(marche, regle.situation(soldes)), paginate(session, requete, page, par))
