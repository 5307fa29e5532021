"""A supplier without an account asks for a link, then opens it: once, soon, for one SIRET."""

import datetime as dt
import uuid

from sqlalchemy import func, select

from services.paiement.tables import LienFournisseur, Marche
from shared.kernel.errors import ConflictError, NotFoundError
from shared.messaging.uow import UnitOfWork

DUREE = dt.timedelta(hours=2)
FENETRE = dt.timedelta(hours=1)
DEMANDES_MAX = 3
_PERDU = "Ce lien n’est plus valable. Demandez-en un nouveau."


def demander_lien(uow: UnitOfWork, siret: str, courriel: str) -> None:
    """Send a link when a contract of that SIRET knows that address.

    Else, and beyond three requests an hour, do nothing: the caller answers the same every time.
    """
    nom = uow.session.scalar(
        select(Marche.titulaire_nom)
        .where(
            Marche.titulaire_siret == siret,
            func.lower(Marche.titulaire_courriel) == courriel.strip().lower(),
        )
        .order_by(Marche.date_notification.desc())
        .limit(1)
    )
    if nom is None or _demandes_recentes(uow, siret) >= DEMANDES_MAX:
        return
    lien = LienFournisseur(
        id=uow.new_id(),
        siret=siret,
        demande_le=uow.clock.now(),
        expire_le=uow.clock.now() + DUREE,
    )
    uow.session.add(lien)
    uow.emit(
        "paiement.suivi.lien_demande.v1",
        subject=str(lien.id),
        data={
            "lien_id": lien.id,
            "fournisseur": {"siret": siret, "nom": nom},
            "courriel_fournisseur": courriel.strip(),
            "expire_le": lien.expire_le,
        },
    )
    uow.audit("suivi.lien_demande", str(lien.id), {"siret": siret})


def _demandes_recentes(uow: UnitOfWork, siret: str) -> int:
    depuis = uow.clock.now() - FENETRE
    return (
        uow.session.scalar(
            select(func.count())
            .select_from(LienFournisseur)
            .where(LienFournisseur.siret == siret, LienFournisseur.demande_le > depuis)
        )
        or 0
    )


def verifier_lien(lien: LienFournisseur | None, maintenant: dt.datetime) -> LienFournisseur:
    """Refuse a link unknown, already used or too old, in the same words."""
    if lien is None:
        raise NotFoundError(_PERDU, code="lien_invalide")
    if lien.utilise_le is not None or lien.expire_le <= maintenant:
        raise ConflictError(_PERDU, code="lien_perime")
    return lien


def ouvrir_suivi(uow: UnitOfWork, lien_id: uuid.UUID) -> str:
    """Use a link up; return the SIRET that it opens."""
    connu = uow.session.get(LienFournisseur, lien_id, with_for_update=True)
    lien = verifier_lien(connu, uow.clock.now())
    lien.utilise_le = uow.clock.now()
    uow.audit("suivi.ouvert", str(lien.id), {"siret": lien.siret})
    return lien.siret
