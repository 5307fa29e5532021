"""Rows of every kind that an address of groupement may name; the member's own are the SDIS's."""

import dataclasses
import datetime as dt
import uuid
from decimal import Decimal

import sqlalchemy as sa

from services.groupement import tables as t
from services.groupement.domain.evaluations import CRITERES
from services.groupement.jobs import chercher_opportunites
from services.groupement.queries.historique import Instance
from services.groupement.usecases.declarer_heures import declarer_heures
from services.groupement.usecases.enregistrer_reception import (
    NouvelleReception,
    enregistrer_reception,
)
from services.groupement.usecases.fixer_clause_insertion import fixer_clause_insertion
from services.groupement.usecases.inscrire_prevision import inscrire_prevision
from services.groupement.usecases.noter_marche import noter_marche
from services.groupement.usecases.ouvrir_evaluation import ouvrir_evaluation
from services.groupement.usecases.reprendre_historique import (
    exporter_historique,
    reprendre_historique,
)
from services.groupement.usecases.retirer_membre import NouveauRetrait, notifier_retrait
from services.groupement.usecases.substituer import proposer_substitution
from services.groupement.usecases.transferer_quota import NouveauTransfert, proposer_transfert
from services.groupement.usecases.transmettre_evaluation import transmettre_evaluation
from shared.ops import demo
from shared.ops.context import ServiceContext
from shared.web.liens import signer
from tests.integration.groupement.monde import MARCHE, PARAMETRES, Monde
from tests.integration.groupement.test_insertion import CLAUSE, HEURES
from tests.integration.groupement.test_modifications_marche import propose
from tests.integration.groupement.test_opportunites import projet

JOUR = dt.date(2026, 3, 2)


def lignes_en_profondeur(context: ServiceContext, monde: Monde) -> dict[str, uuid.UUID | str]:
    """Ids by the name that addresses give them."""
    return {
        "marche_id": MARCHE,
        **_insertion(monde),
        **_opportunites(context, monde),
        "historique_id": _historique(monde),
        "jeton": _lien(context, monde),
        **_execution(monde),
        "adhesion_id": _depart(monde),
    }


def _insertion(monde: Monde) -> dict[str, uuid.UUID]:
    monde.faire(fixer_clause_insertion, CLAUSE)
    heures = dataclasses.replace(HEURES, debut=JOUR, fin=JOUR, heures=Decimal(7))
    return {"declaration_id": monde.faire(declarer_heures, MARCHE, heures, PARAMETRES).id}


def _opportunites(context: ServiceContext, monde: Monde) -> dict[str, uuid.UUID]:
    """Two members plan the same; the plan named is the SDIS's."""
    sienne = monde.faire(inscrire_prevision, demo.SDIS.siret, projet())
    monde.faire(inscrire_prevision, demo.SDEA.siret, projet())
    chercher_opportunites(context)
    with monde.transactions.read() as session:
        trouvee = session.scalars(sa.select(t.Opportunite)).one()
    return {"prevision_id": sienne.id, "opportunite_id": trouvee.id}


def _historique(monde: Monde) -> uuid.UUID:
    """What the SDIS lived on another instance."""
    instance = Instance("90026001000015", "Drôme")
    with monde.transactions.read() as session:
        document = exporter_historique(session, demo.SDIS.siret, instance, monde.clock)
    repris: t.Historique = monde.faire(reprendre_historique, document)
    return repris.id


def _lien(context: ServiceContext, monde: Monde) -> str:
    """The link that a firm receives with its evaluation."""
    monde.faire(ouvrir_evaluation, MARCHE)
    monde.faire(noter_marche, MARCHE, demo.SDIS.siret, dict.fromkeys(CRITERES, 4), "Conforme")
    monde.faire(transmettre_evaluation, MARCHE, demo.PAPETERIE.courriel)
    return signer(context.settings.secret_key, "evaluation", str(MARCHE))


def _execution(monde: Monde) -> dict[str, uuid.UUID]:
    """Quotas offered to the SDIS and by it, another article proposed in place of an ordered one."""
    ligne, deux = monde.ligne_de_marche(), Decimal(2)
    recu = NouveauTransfert(ligne, demo.AUBENAS.siret, demo.SDIS.siret, deux, "Moins d’élèves")
    donne = NouveauTransfert(ligne, demo.SDIS.siret, demo.AUBENAS.siret, deux, "Un site fermé")
    substitution = monde.faire(proposer_substitution, ligne, propose(monde))
    livree = NouvelleReception(ligne, "BL-1", Decimal(2), JOUR)
    return {
        "reception_id": monde.faire(enregistrer_reception, livree).id,
        "transfert_id": monde.faire(proposer_transfert, recu).id,
        "transfert_donne_id": monde.faire(proposer_transfert, donne).id,
        "substitution_id": substitution.id,
    }


def _depart(monde: Monde) -> uuid.UUID:
    """The stay of a member that is leaving."""
    partant = demo.VIVARAIS_HABITAT.siret
    retrait = NouveauRetrait(monde.convention_id, partant, JOUR, "Une autre centrale d’achat")
    monde.faire(notifier_retrait, retrait)
    with monde.transactions.read() as session:
        sejour = sa.select(t.Adhesion.id).where(t.Adhesion.siret == partant)
        return session.scalars(sejour).one()
