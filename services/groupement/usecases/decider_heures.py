"""The coordinator validates declared hours, or sets them aside with a reason."""

import uuid

import sqlalchemy as sa

from services.groupement import tables as t
from services.groupement.domain.banque_heures import EtatHeures
from services.groupement.domain.declarations_insertion import decider, ecart
from services.groupement.usecases.banque import reaffecter, verrouiller_banque
from services.groupement.usecases.commun import verrouille
from services.groupement.usecases.declarer_heures import heures_et_marche
from shared.kernel.errors import NotFoundError
from shared.messaging.uow import UnitOfWork


def valider_heures(uow: UnitOfWork, declaration_id: uuid.UUID) -> None:
    """The proof has been seen: the hours enter the bank and discharge what they can."""
    lue = _verrouillee(uow, declaration_id)
    lue.etat = decider(EtatHeures(lue.etat), EtatHeures.VALIDEE).value
    lue.decidee_le = uow.clock.now()
    reaffecter(uow, lue.titulaire_siret)
    contrat = uow.session.get_one(t.Contrat, lue.marche_id)
    donnees = {
        **heures_et_marche(lue, contrat),
        "heures_comptees": round(lue.comptees, 6),
        "validees_le": lue.decidee_le,
    }
    uow.audit("insertion.heures_validees", str(contrat.achat_id), donnees)
    uow.emit("groupement.insertion.heures_validees.v1", subject=str(lue.id), data=donnees)


def ecarter_heures(uow: UnitOfWork, declaration_id: uuid.UUID, motif: str) -> None:
    """Refuse hours, or cancel those validated by mistake and compute the bank again."""
    lue = _verrouillee(uow, declaration_id)
    depuis = EtatHeures(lue.etat)
    lue.etat = decider(depuis, ecart(depuis)).value
    lue.motif, lue.decidee_le = motif, uow.clock.now()
    if depuis is EtatHeures.VALIDEE:
        reaffecter(uow, lue.titulaire_siret)
    contrat = uow.session.get_one(t.Contrat, lue.marche_id)
    donnees = {
        **heures_et_marche(lue, contrat),
        "etat": lue.etat,
        "motif": motif,
        "ecartees_le": lue.decidee_le,
    }
    uow.audit("insertion.heures_ecartees", str(contrat.achat_id), donnees)
    uow.emit("groupement.insertion.heures_ecartees.v1", subject=str(lue.id), data=donnees)


def _verrouillee(uow: UnitOfWork, declaration_id: uuid.UUID) -> t.HeuresInsertion:
    """The declaration under the lock of its firm's bank, taken first as everywhere."""
    siret = uow.session.scalar(
        sa.select(t.HeuresInsertion.titulaire_siret).where(t.HeuresInsertion.id == declaration_id)
    )
    if siret is not None:
        verrouiller_banque(uow, siret)
    lue = verrouille(
        uow, sa.select(t.HeuresInsertion).where(t.HeuresInsertion.id == declaration_id)
    )
    if lue is None:
        raise NotFoundError("Cette déclaration n’existe pas.", code="declaration_inconnue")
    return lue
