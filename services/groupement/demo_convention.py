"""The demonstration's convention: its clauses, a member that is leaving, an amendment to sign."""

import datetime as dt
import uuid
from dataclasses import replace

import sqlalchemy as sa

from services.groupement import tables as t
from services.groupement.domain.clauses import (
    ChargeRetrait,
    Clauses,
    Coordination,
    Remuneration,
)
from services.groupement.domain.conventions import EtatConvention, ModeCoordination
from services.groupement.domain.formes import FormeJuridique
from services.groupement.usecases.conduire_convention import (
    amender,
    mettre_en_signature,
    modifier_clauses,
)
from services.groupement.usecases.enregistrer_adhesion import (
    NouvelleAdhesion,
    enregistrer_adhesion,
    signer_convention,
)
from services.groupement.usecases.inscrire_organisation import (
    NouvelleOrganisation,
    inscrire_organisation,
)
from services.groupement.usecases.retirer_membre import NouveauRetrait, notifier_retrait
from shared.kernel.montant import Montant
from shared.kernel.parametres import ClasseAcheteur
from shared.messaging.uow import UnitOfWork
from shared.ops import demo
from shared.ops.context import ServiceContext

DEP, SDIS, SDEA, VH, AUB = (membre.siret for membre in demo.MEMBRES)
CCAS = "90070006300010"
FORMES = {
    DEP: FormeJuridique.DEPARTEMENT,
    SDIS: FormeJuridique.SDIS,
    SDEA: FormeJuridique.SYNDICAT_MIXTE,
    VH: FormeJuridique.OPH,
    AUB: FormeJuridique.COMMUNE,
    CCAS: FormeJuridique.CCAS,
    demo.PRIVAS.siret: FormeJuridique.COMMUNE,
}
CLAUSES = Clauses(
    ModeCoordination.PASSATION_SIGNATURE,
    objet=(
        "l’achat de fournitures, de services et d’énergie nécessaires au fonctionnement courant "
        "de ses membres"
    ),
    coordinations=(Coordination(SDIS, ModeCoordination.PASSATION, cpv="35"),),
    preavis_mois=6,
    charge_retrait=ChargeRetrait.MEMBRES_RESTANTS,
    delai_reponse_jours=2,
    conciliation_jours=60,
    tribunal="tribunal administratif de Lyon",
)
AVENANT = replace(
    CLAUSES,
    coordinations=(
        *CLAUSES.coordinations,
        Coordination(SDEA, ModeCoordination.PASSATION_SIGNATURE, famille="Énergie"),
    ),
    remuneration=Remuneration.FORFAIT_ANNUEL,
    forfait_annuel=Montant("6000"),
    preavis_mois=4,
    delai_reponse_jours=10,
)


def inscrire_le_partant(uow: UnitOfWork) -> None:
    """A sixth member: the social centre of the commune, which will leave."""
    inscrire_organisation(
        uow,
        NouvelleOrganisation(
            CCAS,
            "CCAS d’Aubenas",
            ClasseAcheteur.COLLECTIVITE,
            "achats@ccas-aubenas.exemple",
            "Aubenas",
            forme=FormeJuridique.CCAS,
            a_cao=False,
        ),
    )


def faire_adherer_le_partant(uow: UnitOfWork, convention_id: uuid.UUID, debut: dt.date) -> None:
    """Its stay begins before every purchase of the demonstration, and so does its notice."""
    effet = min(debut, _notification(uow) - dt.timedelta(days=1))
    vote = NouvelleAdhesion(convention_id, CCAS, effet, effet, "2025-41")
    enregistrer_adhesion(uow, vote)


def notifier_le_depart(uow: UnitOfWork, convention_id: uuid.UUID) -> None:
    """Five weeks ago: it is on notice today, whenever the demonstration is played."""
    motif = "Le CCAS rejoint une centrale d’achat spécialisée"
    notifier_retrait(uow, NouveauRetrait(convention_id, CCAS, _notification(uow), motif))


def _notification(uow: UnitOfWork) -> dt.date:
    return uow.clock.today() - dt.timedelta(days=35)


def semer_avenant(context: ServiceContext, nom: str) -> int:
    """A second version in signature: two members have signed, the others are awaited."""
    with context.transactions.begin(acteur="demonstration") as uow:
        versions = uow.session.scalars(
            sa.select(t.Convention).where(t.Convention.nom == nom).order_by(t.Convention.version)
        ).all()
        if len(versions) != 1 or versions[0].etat != EtatConvention.EN_VIGUEUR:
            return 0
        avenant = amender(uow, versions[0].id)
        modifier_clauses(uow, avenant, AVENANT)
        mettre_en_signature(uow, avenant)
        jour = uow.clock.today()
        for siret, numero in ((DEP, "2.14"), (SDIS, "07-32")):
            effet = jour + dt.timedelta(days=60)
            vote = NouvelleAdhesion(avenant, siret, jour, effet, f"{jour.year}-{numero}")
            signer_convention(uow, vote)
    return 1
