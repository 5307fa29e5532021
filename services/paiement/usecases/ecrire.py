"""Write in the ledger: the one way in, for every use case that moves money.

`ecrire(uow, piece, geste, lignes)` writes once per (document, gesture): the same call again
changes nothing, other lines under the same gesture are refused. `contrepasser` cancels what a
document wrote, with a reason; `ajuster` brings an account of a document to an absolute amount.
"""

import datetime as dt
import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Select, func, select, text
from sqlalchemy.orm import selectinload

from services.paiement.domain import ecritures as regle
from services.paiement.domain.ecritures import Compte, Ligne
from services.paiement.tables import (
    Avance,
    Avenant,
    Commande,
    Ecriture,
    Facture,
    Marche,
    Mouvement,
)
from shared.kernel.errors import ConflictError
from shared.kernel.montant import Montant
from shared.messaging.uow import UnitOfWork

_VERROU = text("SELECT pg_advisory_xact_lock(hashtextextended(:document, 7))")


@dataclass(frozen=True, slots=True)
class Piece:
    """The document that an entry is about, whose contract it is, and who pays."""

    nom: str
    marche_id: uuid.UUID | None
    acheteur_siret: str


def piece_facture(facture: Facture) -> Piece:
    return Piece(f"facture:{facture.id}", facture.marche_id, facture.acheteur_siret)


def piece_commande(commande: Commande) -> Piece:
    return Piece(f"commande:{commande.id}", commande.marche_id, commande.membre_siret)


def piece_marche(marche: Marche) -> Piece:
    return Piece(f"marche:{marche.id}", marche.id, marche.acheteur_siret)


def ecrire(
    uow: UnitOfWork,
    piece: Piece,
    geste: str,
    lignes: Sequence[Ligne],
    *,
    libelle: str,
    jour: dt.date | None = None,
    motif: str | None = None,
    contrepasse_id: uuid.UUID | None = None,
) -> Mouvement | None:
    """Write a balanced movement once; None when it moves nothing.

    `jour` is the accounting day, today by default.
    """
    utiles = regle.equilibrer(lignes)
    connu = _vivant(uow, piece, geste) if contrepasse_id is None else None
    if connu is not None:
        return _identique(connu, utiles)
    if not utiles:
        return None
    mouvement = Mouvement(
        id=uow.new_id(),
        piece=piece.nom,
        geste=geste,
        rang=_nombre(uow, piece, geste) + 1,
        libelle=libelle,
        marche_id=piece.marche_id,
        acheteur_siret=piece.acheteur_siret,
        le=uow.clock.now(),
        jour=jour or uow.clock.today(),
        acteur=uow.acteur,
        motif=motif,
        contrepasse_id=contrepasse_id,
        lignes=[
            Ecriture(rang=rang, compte=ligne.compte, montant=ligne.montant)
            for rang, ligne in enumerate(utiles, start=1)
        ],
    )
    uow.session.add(mouvement)
    uow.session.flush()
    return mouvement


def contrepasser(uow: UnitOfWork, piece: Piece, motif: str) -> int:
    """Cancel every movement of a document that still counts; tell how many."""
    vivants = uow.session.scalars(_vivants(piece).order_by(Mouvement.id)).all()
    for mouvement in vivants:
        ecrire(
            uow,
            piece,
            mouvement.geste,
            regle.inverser(lues(mouvement)),
            libelle=f"Contre-passation\u00a0: {mouvement.libelle}",
            motif=motif,
            contrepasse_id=mouvement.id,
        )
    return len(vivants)


def ajuster(
    uow: UnitOfWork,
    piece: Piece,
    compte: Compte,
    cible: Montant,
    *,
    libelle: str,
    motif: str | None = None,
) -> Mouvement | None:
    """Write the difference that brings an account of a document to `cible`; None without one.

    Its other side is `CREDITS`. Facts may come twice or late: the amount is absolute. The caller
    holds the lock of the document.
    """
    ecart = cible - solde(uow, piece, compte)
    lignes = regle.virer(Compte.CREDITS, compte, ecart)
    geste = f"{compte.lower()}:{_nombre(uow, piece) + 1}"
    return ecrire(uow, piece, geste, lignes, libelle=libelle, motif=motif)


def solde(uow: UnitOfWork, piece: Piece, compte: Compte) -> Montant:
    """What the entries of a document leave on an account."""
    somme = uow.session.scalar(
        select(func.sum(Ecriture.montant))
        .join(Mouvement, Mouvement.id == Ecriture.mouvement_id)
        .where(Mouvement.piece == piece.nom, Ecriture.compte == compte)
    )
    return somme or Montant.zero()


def lues(mouvement: Mouvement) -> tuple[Ligne, ...]:
    """The lines of a movement as the rules read them."""
    return tuple(Ligne(Compte(x.compte), x.montant) for x in mouvement.lignes)


def tenir(uow: UnitOfWork, document: uuid.UUID) -> None:
    """Let one fact at a time be heard about a document that may not be known yet."""
    uow.session.execute(_VERROU, {"document": str(document)})


def ecrire_marche(uow: UnitOfWork, marche: Marche) -> None:
    """A contract is notified; amendments heard of before it are written with it."""
    lignes = regle.conclure(marche.montant_ht)
    ecrire(uow, piece_marche(marche), "notification", lignes, libelle="Marché notifié")
    avenants = select(Avenant).where(Avenant.marche_id == marche.id).order_by(Avenant.numero)
    for avenant in uow.session.scalars(avenants).all():
        ecrire_avenant(uow, avenant, marche)


def ecrire_avenant(uow: UnitOfWork, avenant: Avenant, marche: Marche) -> None:
    """An amendment adds to the amount of its contract, or takes from it."""
    ecrire(
        uow,
        Piece(f"avenant:{avenant.id}", marche.id, marche.acheteur_siret),
        "signature",
        regle.conclure(avenant.montant_ht),
        libelle=f"Avenant {avenant.numero}",
        jour=avenant.signe_le,
    )


def ecrire_engagement(
    uow: UnitOfWork, commande: Commande, net_ht: Montant, motif: str | None = None
) -> None:
    """Bring the commitment of an order to what remains of it."""
    libelle = f"Commande {commande.reference}"
    if motif:
        libelle = f"Commande {commande.reference}, quantité libérée"
    ajuster(uow, piece_commande(commande), Compte.ENGAGE, net_ht, libelle=libelle, motif=motif)


def ecrire_admission(uow: UnitOfWork, facture: Facture) -> None:
    """The service is certified: what the invoice asks is due."""
    lignes = regle.admettre(facture.montant_ht, facture.montant_tva, facture.a_payer)
    libelle = f"Facture {facture.numero} admise"
    ecrire(uow, piece_facture(facture), "admission", lignes, libelle=libelle)


def ecrire_recuperation(
    uow: UnitOfWork, facture: Facture, montant: Montant, geste: str = "recuperation"
) -> None:
    """A part of what an invoice is owed is kept on the advance; before its payment."""
    libelle = f"Avance récupérée sur la facture {facture.numero}"
    ecrire(uow, piece_facture(facture), geste, regle.recuperer_avance(montant), libelle=libelle)


def ecrire_paiement(
    uow: UnitOfWork,
    facture: Facture,
    montant: Montant | None = None,
    geste: str = "paiement",
) -> Montant:
    """Pay what is left due on an invoice, or a part of it; return what left."""
    piece = piece_facture(facture)
    paye = montant if montant is not None else -solde(uow, piece, Compte.FOURNISSEUR)
    libelle = f"Facture {facture.numero} payée"
    ecrire(uow, piece, geste, regle.payer(paye), libelle=libelle, jour=facture.payee_le)
    return paye


def ecrire_interets(uow: UnitOfWork, facture: Facture) -> None:
    """What lateness makes due; interest whose rate comes later is written then."""
    piece = piece_facture(facture)
    for geste, montant, libelle in (
        ("indemnite", facture.indemnite, "Indemnité forfaitaire"),
        ("interets", facture.interets, "Intérêts moratoires"),
    ):
        if montant:
            lignes = regle.devoir_interets(montant)
            ecrire(uow, piece, geste, lignes, libelle=f"{libelle}, facture {facture.numero}")


def ecrire_avance(uow: UnitOfWork, avance: Avance, marche: Marche) -> None:
    """The advance of a contract is paid."""
    ecrire(
        uow,
        Piece(f"avance:{avance.id}", marche.id, marche.acheteur_siret),
        "versement",
        regle.verser_avance(avance.montant),
        libelle="Avance versée",
        jour=avance.versee_le,
    )


def _identique(connu: Mouvement, lignes: Sequence[Ligne]) -> Mouvement:
    if regle.soldes(lues(connu)) != regle.soldes(lignes):
        raise ConflictError(
            f"«\u00a0{connu.libelle}\u00a0» est déjà écrit avec d’autres montants\u00a0: "
            "contre-passez-le avec un motif.",
            code="ecriture_existante",
        )
    return connu


def _vivants(piece: Piece) -> Select[Mouvement]:
    """Movements of a document that nothing cancelled, and that cancel nothing."""
    annules = select(Mouvement.contrepasse_id).where(
        Mouvement.piece == piece.nom, Mouvement.contrepasse_id.is_not(None)
    )
    return (
        select(Mouvement)
        .where(
            Mouvement.piece == piece.nom,
            Mouvement.contrepasse_id.is_(None),
            Mouvement.id.not_in(annules),
        )
        .options(selectinload(Mouvement.lignes))
    )


def _vivant(uow: UnitOfWork, piece: Piece, geste: str) -> Mouvement | None:
    return uow.session.scalar(_vivants(piece).where(Mouvement.geste == geste))


def _nombre(uow: UnitOfWork, piece: Piece, geste: str | None = None) -> int:
    requete = select(func.count()).select_from(Mouvement).where(Mouvement.piece == piece.nom)
    if geste is not None:
        requete = requete.where(Mouvement.geste == geste)
    return uow.session.scalar(requete) or 0
