"""Publish the notice of a consultation in the single window."""

import datetime as dt
import uuid
from dataclasses import dataclass, replace

from services.publication.domain.avis import (
    ContenuAvis,
    avertissements,
    procedure_annoncee,
    verifier_publiable,
)
from services.publication.domain.consultation import Preparation, Statut, exiger
from services.publication.domain.delais import reponse_conseillee, reponse_imposee
from services.publication.domain.valeurs import Organisation
from services.publication.tables import Avis, Consultation, Programme, VersionAvis
from services.publication.usecases import faits_publies
from services.publication.usecases.changer_programme import lancer
from services.publication.usecases.chargement import consultation_de, faits
from services.publication.usecases.contenu import contenu_de, indexer, instantane, reporter
from services.publication.usecases.creer_consultation import creer_consultation
from services.publication.usecases.numerotation import numeroter
from shared.kernel.clock import Clock
from shared.kernel.errors import DomainError
from shared.kernel.parametres import ClasseAcheteur, Parametres
from shared.kernel.seuils import procedure
from shared.messaging.uow import UnitOfWork
from shared.ops import metrics


@dataclass(frozen=True, slots=True, kw_only=True)
class Examen:
    """What publishing now would give: the same object is shown for confirmation, then posted."""

    contenu: ContenuAvis
    explication: str
    refus: DomainError | None
    avertissements: tuple[str, ...]


def examiner(consultation: Consultation, parametres: Parametres, clock: Clock) -> Examen:
    """Decide on the procedure, then check the notice against what the procedure requires."""
    contenu, explication = _decider(consultation, parametres, clock.today())
    impose = reponse_imposee(parametres, contenu.procedure, clock.today())
    try:
        verifier_publiable(contenu, clock.now(), impose)
    except DomainError as erreur:
        return Examen(contenu=contenu, explication=explication, refus=erreur, avertissements=())
    conseil = reponse_conseillee(parametres, contenu.procedure, clock.today())
    return Examen(
        contenu=contenu,
        explication=explication,
        refus=None,
        avertissements=avertissements(contenu, clock.now(), conseil),
    )


@dataclass(frozen=True, slots=True)
class Parution:
    """A notice just published, and what deserves a second look."""

    avis: Avis
    avertissements: tuple[str, ...]


def publier_avis(
    uow: UnitOfWork,
    parametres: Parametres,
    consultation_id: uuid.UUID,
    siret: str,
    public_url: str,
) -> Parution:
    """Publish version 1, or refuse with the fields to complete (A2)."""
    consultation = consultation_de(uow, consultation_id, siret)
    exiger(faits(consultation).statut(uow.clock.now()), Statut.PREPARATION)
    return _publier(uow, parametres, consultation, public_url)


def publier_avis_direct(
    uow: UnitOfWork,
    parametres: Parametres,
    preparation: Preparation,
    acheteur: Organisation,
    *,
    public_url: str,
    programme_id: uuid.UUID | None = None,
) -> Parution:
    """Open a consultation and publish its notice at once: nothing remains of it when refused."""
    consultation = creer_consultation(uow, parametres, preparation, acheteur, programme_id)
    return _publier(uow, parametres, consultation, public_url)


def _publier(
    uow: UnitOfWork, parametres: Parametres, consultation: Consultation, public_url: str
) -> Parution:
    examen = examiner(consultation, parametres, uow.clock)
    if examen.refus is not None:
        raise examen.refus
    reporter(examen.contenu, consultation)
    avis = _avis(uow, consultation, examen.contenu, public_url)
    uow.session.add(avis)
    consultation.avis = avis
    _lancer_programme(uow, consultation)
    uow.session.flush()
    metrics.NOTICES_PUBLISHED.labels("publie").inc()
    uow.emit(
        "publication.avis.publie.v1",
        subject=str(avis.id),
        data=faits_publies.avis(avis, examen.contenu),
    )
    uow.audit("avis.publie", str(avis.id), {"reference": avis.reference})
    return Parution(avis, examen.avertissements)


def _decider(
    consultation: Consultation, parametres: Parametres, aujourd_hui: dt.date
) -> tuple[ContenuAvis, str]:
    """A launched purchase keeps the procedure of its launch; a buyer's own is decided today."""
    contenu = contenu_de(consultation, consultation)
    if consultation.achat_id is not None or contenu.montant_estime_ht is None:
        return contenu, ""
    decision = procedure(
        parametres,
        aujourd_hui,
        ClasseAcheteur.COLLECTIVITE,
        contenu.nature,
        contenu.montant_estime_ht,
    )
    decide = replace(
        contenu,
        procedure=procedure_annoncee(decision.procedure),
        publicite=decision.publicite,
        date_lancement=aujourd_hui,
    )
    return decide, decision.explication


def _avis(
    uow: UnitOfWork, consultation: Consultation, contenu: ContenuAvis, public_url: str
) -> Avis:
    maintenant = uow.clock.now()
    avis_id = uow.new_id()
    avis = Avis(
        id=avis_id,
        consultation_id=consultation.id,
        reference=numeroter(uow, "AVIS"),
        version=1,
        url=f"{public_url}/avis/{avis_id}",
        acheteur_siret=consultation.acheteur_siret,
        acheteur_nom=consultation.acheteur_nom,
        membres=consultation.membres,
        publie_le=maintenant,
        maj_le=maintenant,
        versions=[
            VersionAvis(
                numero=1,
                le=maintenant,
                acteur=uow.acteur,
                contenu=instantane(contenu),
                changements=[],
            )
        ],
    )
    reporter(contenu, avis)
    indexer(avis, contenu)
    return avis


def _lancer_programme(uow: UnitOfWork, consultation: Consultation) -> None:
    if consultation.programme_id is not None:
        lancer(uow, uow.session.get_one(Programme, consultation.programme_id))
