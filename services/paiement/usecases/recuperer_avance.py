"""What comes back of an advance on a sum due: invoices and certificates go through here.

`recuperer_avance` is the only writer of recoveries: it locks the advances of the contract, keeps
what their rule says and no more than the sum can bear, writes the entries and tells them.
"""

import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from sqlalchemy import Select, exists, func, or_, select
from sqlalchemy.orm import Session, joinedload

from services.paiement.domain import resorption
from services.paiement.domain.avance import EtatAvance
from services.paiement.domain.decompte import EtatDecompte
from services.paiement.domain.facture import Etat
from services.paiement.tables import Avance, Decompte, Facture, Recuperation
from services.paiement.usecases.avances import cas_de
from services.paiement.usecases.lois import lois
from shared.kernel.montant import Montant
from shared.kernel.parametres import Parametres
from shared.messaging.uow import UnitOfWork

ZERO = Montant.zero()


@dataclass(frozen=True, slots=True)
class Piece:
    """A document that lets a sum be paid.

    `cibles` names the tranches and orders it is about: their advances come back on it, like that
    of the whole contract. `execute(cible)` is what was executed since the start, this document
    included, TTC; it is called once the advances are locked.
    """

    id: uuid.UUID
    numero: str
    marche_id: uuid.UUID
    sommes_dues: Montant
    execute: Callable[[str], Montant]
    cibles: tuple[str, ...] = ()
    solde: bool = False


@dataclass(frozen=True, slots=True)
class Retenue:
    """What one advance keeps on a document."""

    avance: Avance
    execute_ttc: Montant
    deja: Montant
    montant: Montant


def recuperer_avance(uow: UnitOfWork, piece: Piece) -> Montant:
    """Keep what is due of the advances of a contract on a document; return how much.

    Asked twice for one document, it keeps nothing more.
    """
    deja_prise = uow.session.scalar(
        select(func.sum(Recuperation.montant)).where(Recuperation.piece_id == piece.id)
    )
    if deja_prise is not None:
        return Montant(deja_prise)
    avances = uow.session.scalars(
        _versees(piece).with_for_update(of=Avance).execution_options(populate_existing=True)
    ).all()
    retenues = _retenues(uow.session, avances, piece, lois(uow.session))
    for retenue in retenues:
        _inscrire(uow, piece, retenue)
    return Montant.somme(retenue.montant for retenue in retenues)


def prevoir(session: Session, piece: Piece, parametres: Parametres) -> Montant | None:
    """What `recuperer_avance` would keep now; None without an advance paid."""
    avances = session.scalars(_versees(piece)).all()
    if not avances:
        return None
    return Montant.somme(r.montant for r in _retenues(session, avances, piece, parametres))


def piece_de_facture(session: Session, facture: Facture, *, solde: bool = False) -> Piece | None:
    """An invoice as a document; None when nothing can come back on it.

    Another payer, a credit note; or a contract paid by certificates, on which its advance is kept.
    """
    marche = facture.marche
    if marche is None or marche.acheteur_siret != facture.acheteur_siret:
        return None
    if facture.net_a_payer <= ZERO or session.scalar(_par_decomptes(marche.id)):
        return None
    return Piece(
        id=facture.id,
        numero=facture.numero,
        marche_id=marche.id,
        sommes_dues=facture.net_a_payer,
        execute=lambda cible: _execute(session, facture, cible),
        cibles=tuple({r for r in (facture.reference_commande, facture.reference_contrat) if r}),
        solde=solde,
    )


def _par_decomptes(marche_id: uuid.UUID) -> Select[bool]:
    return select(
        exists().where(
            Decompte.marche_id == marche_id, Decompte.etat != EtatDecompte.ABANDONNE.value
        )
    )


def _execute(session: Session, facture: Facture, cible: str) -> Montant:
    """Invoices ordered to be paid since the start, whoever pays them, and this one."""
    requete = select(func.sum(Facture.montant_ttc)).where(
        Facture.marche_id == facture.marche_id,
        Facture.etat.in_((Etat.MANDATEE.value, Etat.MISE_EN_PAIEMENT.value)),
        Facture.id != facture.id,
    )
    if cible:
        requete = requete.where(
            or_(Facture.reference_commande == cible, Facture.reference_contrat == cible)
        )
    return (session.scalar(requete) or ZERO) + facture.montant_ttc


def _versees(piece: Piece) -> Select[Avance]:
    return (
        select(Avance)
        .where(
            Avance.marche_id == piece.marche_id,
            Avance.etat == EtatAvance.VERSEE,
            Avance.cible.in_(("", *piece.cibles)),
        )
        .options(joinedload(Avance.marche))
        .order_by(Avance.cible)
    )


def _retenues(
    session: Session, avances: Sequence[Avance], piece: Piece, parametres: Parametres
) -> list[Retenue]:
    restent, retenues = piece.sommes_dues, []
    for avance in avances:
        deja = session.scalar(
            select(func.sum(Recuperation.montant)).where(Recuperation.avance_id == avance.id)
        )
        execute = piece.execute(avance.cible)
        suivie = resorption.regle(cas_de(avance), parametres)
        montant = suivie.retenir(execute, deja or ZERO, restent, solde=piece.solde)
        if montant:
            retenues.append(Retenue(avance, execute, deja or ZERO, montant))
            restent = restent - montant
    return retenues


def _inscrire(uow: UnitOfWork, piece: Piece, retenue: Retenue) -> None:
    avance, cumul = retenue.avance, retenue.deja + retenue.montant
    uow.session.add(
        Recuperation(
            id=uow.new_id(),
            avance_id=avance.id,
            piece_id=piece.id,
            piece=piece.numero,
            execute_ttc=retenue.execute_ttc,
            montant=retenue.montant,
            solde=piece.solde,
            le=uow.clock.today(),
            acteur=uow.acteur,
            inscrite_le=uow.clock.now(),
        )
    )
    uow.session.flush()
    marche = avance.marche
    uow.emit(
        "paiement.avance.recuperee.v1",
        subject=str(avance.marche_id),
        data={
            "avance_id": avance.id,
            "marche_id": avance.marche_id,
            "marche_reference": marche.reference,
            "titulaire": {"siret": marche.titulaire_siret, "nom": marche.titulaire_nom},
            "montant": avance.montant,
            "piece_id": piece.id,
            "piece": piece.numero,
            "recupere": retenue.montant,
            "cumul": cumul,
            "reste": avance.montant - cumul,
            "execute_ttc": retenue.execute_ttc,
            "solde": piece.solde,
        },
    )
    uow.audit(
        "avance.recuperee",
        str(avance.id),
        {"piece": piece.numero, "montant": retenue.montant, "cumul": cumul},
    )
