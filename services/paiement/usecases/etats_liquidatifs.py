"""Interest of a late payment: stated as soon as it is known, then paid within its own deadline."""

import datetime as dt
import uuid

from sqlalchemy import func, select, text

from services.paiement.domain import interets
from services.paiement.domain.ecritures import payer_interets
from services.paiement.domain.phrases import jour
from services.paiement.tables import EtatLiquidatif, Facture
from services.paiement.usecases.ecrire import ecrire, piece_facture
from shared.kernel.errors import ConflictError, NotFoundError, ValidationError
from shared.kernel.parametres import Parametres
from shared.messaging.uow import UnitOfWork

_VERROU = text("SELECT pg_advisory_xact_lock(hashtextextended('etat_liquidatif', 0))")


def etablir_etat(uow: UnitOfWork, facture: Facture, parametres: Parametres) -> None:
    """State what is owed for a late invoice; nothing while its rate is unknown, or on time.

    Needs the buyer loaded.
    """
    if not facture.jours_retard or facture.interets is None or facture.taux_interet is None:
        return
    if facture.payee_le is None or facture.echeance_le is None or facture.indemnite is None:
        return
    etat = EtatLiquidatif(
        id=uow.new_id(),
        numero=_numero(uow),
        facture_id=facture.id,
        acheteur_siret=facture.acheteur_siret,
        principal_ttc=facture.net_a_payer,
        echeance_le=facture.echeance_le,
        payee_le=facture.payee_le,
        jours_retard=facture.jours_retard,
        taux=facture.taux_interet,
        interets=facture.interets,
        indemnite=facture.indemnite,
        a_verser_avant_le=interets.a_verser_avant(facture.payee_le, parametres),
        etabli_le=uow.clock.now(),
    )
    uow.session.add(etat)
    uow.session.flush()
    uow.emit(
        "paiement.interets.liquides.v1",
        subject=str(facture.id),
        data=_identite(etat, facture)
        | {
            "principal_ttc": etat.principal_ttc,
            "jours_retard": etat.jours_retard,
            "taux": etat.taux / 100,
            "a_verser_avant_le": etat.a_verser_avant_le,
        },
    )
    uow.audit("interets.liquides", str(facture.id), {"numero": etat.numero, "total": etat.total})


def verser_interets(
    uow: UnitOfWork, etat_id: uuid.UUID, acheteur_siret: str, verse_le: dt.date
) -> EtatLiquidatif:
    """Record that the supplier received what a statement owes."""
    etat = uow.session.scalar(
        select(EtatLiquidatif)
        .where(EtatLiquidatif.id == etat_id, EtatLiquidatif.acheteur_siret == acheteur_siret)
        .with_for_update()
    )
    if etat is None:
        raise NotFoundError("Cet état liquidatif n’existe pas.", code="etat_inconnu")
    if etat.verse_le is not None:
        raise ConflictError(
            f"Ces intérêts sont versés depuis le {jour(etat.verse_le)}.", code="interets_verses"
        )
    if not etat.payee_le <= verse_le <= uow.clock.today():
        raise ValidationError(
            "Cette date n’est pas possible.",
            code="date_impossible",
            champs={
                "verse_le": f"Choisissez une date du {jour(etat.payee_le)}, paiement de la "
                "facture, à aujourd’hui."
            },
        )
    etat.verse_le = verse_le
    facture = uow.session.get_one(Facture, etat.facture_id)
    ecrire(
        uow,
        piece_facture(facture),
        "versement-interets",
        payer_interets(etat.total),
        libelle=f"Intérêts et indemnité versés, état {etat.numero}",
        jour=verse_le,
    )
    uow.emit(
        "paiement.interets.verses.v1",
        subject=str(facture.id),
        data=_identite(etat, facture) | {"verse_le": verse_le},
    )
    uow.audit("interets.verses", str(facture.id), {"numero": etat.numero, "le": verse_le})
    return etat


def _identite(etat: EtatLiquidatif, facture: Facture) -> dict[str, object]:
    return {
        "etat_id": etat.id,
        "numero": etat.numero,
        "facture_id": facture.id,
        "facture_numero": facture.numero,
        "fournisseur": {"siret": facture.fournisseur_siret, "nom": facture.fournisseur_nom},
        "acheteur_siret": etat.acheteur_siret,
        "marche_id": facture.marche_id,
        "interets": etat.interets,
        "indemnite": etat.indemnite,
    }


def _numero(uow: UnitOfWork) -> str:
    """The next number of the year, one writer at a time: no hole, no double."""
    uow.session.execute(_VERROU)
    racine = f"IM-{uow.clock.today().year}-"
    deja = uow.session.scalar(
        select(func.count()).where(EtatLiquidatif.numero.startswith(racine, autoescape=True))
    )
    return f"{racine}{(deja or 0) + 1:05d}"
