"""K1: a contract is evaluated at its end, or its evaluation is waived with a reason."""

import datetime as dt
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from services.groupement import tables as t
from services.groupement.domain.evaluations import CRITERES
from services.groupement.domain.solde import Renonciations
from services.groupement.jobs import ouvrir_evaluations
from services.groupement.queries import evaluations
from services.groupement.queries.evaluations import evaluation_manquante
from services.groupement.usecases.dispenser_evaluation import dispenser_evaluation
from services.groupement.usecases.enregistrer_reception import (
    NouvelleReception,
    enregistrer_reception,
)
from services.groupement.usecases.fixer_grille import fixer_grille
from services.groupement.usecases.noter_marche import noter_marche
from services.groupement.usecases.ouvrir_evaluation import ouvrir_evaluation
from services.groupement.usecases.repondre_evaluation import repondre_evaluation
from services.groupement.usecases.solder_achat import solder_achat
from services.groupement.usecases.transmettre_evaluation import transmettre_evaluation
from shared.kernel.errors import ConflictError, NotFoundError
from tests.integration.groupement.monde import AUB, DEP, MARCHE, SDIS, Monde

NOTES = dict.fromkeys(CRITERES, 4)


def manque(monde: Monde) -> bool:
    with monde.transactions.read() as session:
        return evaluation_manquante(session, MARCHE)


def noter(monde: Monde, siret: str, **notes: int) -> None:
    monde.faire(noter_marche, MARCHE, siret, NOTES | notes, "Livré comme prévu")


def test_K1_the_way_from_opening_to_the_reply(
    monde: Monde, events: Callable[..., list[Any]]
) -> None:
    monde.commande()
    assert manque(monde)
    monde.faire(ouvrir_evaluation, MARCHE)
    noter(monde, DEP)
    noter(monde, AUB, Délais=1)
    noter(monde, AUB, Délais=2)
    assert manque(monde)
    monde.faire(transmettre_evaluation, MARCHE, "contact@papeterie.exemple")
    assert not manque(monde)
    with pytest.raises(ConflictError, match="ne changent plus"):
        noter(monde, SDIS)
    monde.faire(repondre_evaluation, MARCHE, "Nous avons changé de transporteur.")
    with pytest.raises(ConflictError):
        monde.faire(repondre_evaluation, MARCHE, "Encore")
    with monde.transactions.read() as session:
        lue = evaluations.evaluation_connue(session, MARCHE)
        moyennes = {m.critere: (str(m.valeur), m.nombre) for m in evaluations.moyennes(lue)}
    assert moyennes["Délais"] == ("3.0", 2)
    assert lue.reponse == "Nous avons changé de transporteur."
    faits = [e.type for e in events("groupement") if ".evaluation." in e.type]
    assert faits == [
        f"groupement.evaluation.{fait}.v1"
        for fait in ("ouverte", "notee", "notee", "notee", "transmise", "repondue")
    ]


def test_K1_only_those_who_ordered_mark(monde: Monde) -> None:
    monde.notifie()
    monde.commander(DEP, 40)
    monde.faire(ouvrir_evaluation, MARCHE)
    with pytest.raises(ConflictError, match="qui ont commandé"):
        noter(monde, SDIS)


def test_K1_without_any_mark_nothing_is_sent_but_it_may_be_waived(monde: Monde) -> None:
    monde.commande()
    with pytest.raises(NotFoundError):
        monde.faire(transmettre_evaluation, MARCHE, None)
    monde.faire(ouvrir_evaluation, MARCHE)
    with pytest.raises(ConflictError, match="Aucun membre"):
        monde.faire(transmettre_evaluation, MARCHE, None)
    monde.faire(dispenser_evaluation, MARCHE, "Aucune commande n’a été passée")
    assert not manque(monde)


def test_K1_the_database_itself_refuses_to_settle_without_evaluation(monde: Monde) -> None:
    monde.commande()
    livraison = NouvelleReception(
        monde.ligne_de_marche(), "BL-1", Decimal(105), dt.date(2026, 3, 2)
    )
    monde.faire(enregistrer_reception, livraison)
    solder = sa.update(t.Achat).where(t.Achat.id == monde.achat_id).values(etat="SOLDE")
    with (
        pytest.raises(IntegrityError, match="ni évalué ni dispensé"),
        monde.transactions.begin() as uow,
    ):
        uow.session.execute(solder)
    monde.faire(dispenser_evaluation, MARCHE, "Marché sans objet")
    sans_facture = Renonciations(paiement="Factures suivies hors de la plateforme")
    monde.faire(solder_achat, monde.achat_id, sans_facture)
    assert monde.etat() == "SOLDE"


def test_K1_the_job_opens_it_at_the_legal_instant_whenever_it_runs(
    monde: Monde, contexte: Callable[..., Any]
) -> None:
    monde.commande()
    assert ouvrir_evaluations(contexte("groupement")) == 0
    monde.clock.set(dt.datetime(2027, 2, 3, 9, tzinfo=dt.UTC))
    assert ouvrir_evaluations(contexte("groupement")) == 1
    assert ouvrir_evaluations(contexte("groupement")) == 0
    with monde.transactions.read() as session:
        ouverte = session.get_one(t.Evaluation, MARCHE).ouverte_le
    assert ouverte == dt.datetime(2027, 1, 27, 23, tzinfo=dt.UTC)


def test_criteria_are_those_of_the_convention_when_it_opens(monde: Monde) -> None:
    monde.commande()
    monde.faire(fixer_grille, monde.convention_id, ("Délais", "Écoute"))
    monde.faire(ouvrir_evaluation, MARCHE)
    monde.faire(fixer_grille, monde.convention_id, ("Autre",))
    monde.faire(noter_marche, MARCHE, DEP, {"Délais": 5, "Écoute": 4}, "")
    with monde.transactions.read() as session:
        assert session.get_one(t.Evaluation, MARCHE).criteres == ["Délais", "Écoute"]
