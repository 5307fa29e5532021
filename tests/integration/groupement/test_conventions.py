import datetime as dt
from collections.abc import Callable

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError, IntegrityError

from services.groupement import tables as t
from services.groupement.domain.conventions import ModeCoordination
from services.groupement.usecases.commun import convention_de
from services.groupement.usecases.creer_convention import NouvelleConvention, creer_convention
from services.groupement.usecases.mettre_en_vigueur import mettre_en_vigueur
from shared.kernel.errors import ConflictError, NotFoundError
from shared.messaging.envelope import Event
from tests.integration.groupement.monde import AUB, DEBUT, DEP, SDIS, VH, Monde

Events = Callable[..., list[Event]]


def test_a_convention_is_voted_then_enters_into_force(monde: Monde, events: Events) -> None:
    monde.convention(membres=(DEP, SDIS))
    adhesions = events("groupement", "groupement.adhesion.enregistree.v1")
    assert [e.data["membre"]["siret"] for e in adhesions] == [DEP, SDIS]
    (entree,) = events("groupement", "groupement.convention.entree_en_vigueur.v1")
    assert entree.data["le"] == "2026-01-05"
    assert [m["siret"] for m in entree.data["membres"]] == [DEP, SDIS]
    assert entree.data["mode"] == "PASSATION_SIGNATURE"


def test_a_vote_is_recorded_once(monde: Monde, events: Events) -> None:
    monde.convention(membres=(DEP, SDIS))
    with pytest.raises(ConflictError, match="déjà adhéré"):
        monde.adherer(SDIS, DEBUT + dt.timedelta(days=3))
    assert len(events("groupement", "groupement.adhesion.enregistree.v1")) == 2


def test_a_member_that_was_not_invited_may_join_later(monde: Monde) -> None:
    monde.convention(membres=(DEP, SDIS))
    monde.adherer(AUB, dt.date(2026, 3, 1))
    with monde.transactions.read() as session:
        lue = convention_de(session, monde.convention_id)
    assert {a.siret for a in lue.adherents(dt.date(2026, 2, 28))} == {DEP, SDIS}
    assert {a.siret for a in lue.adherents(dt.date(2026, 3, 1))} == {DEP, SDIS, AUB}


def test_it_does_not_enter_into_force_without_votes(monde: Monde) -> None:
    monde.convention(en_vigueur=False, membres=(DEP,))
    with pytest.raises(ConflictError, match="deux membres"):
        monde.faire(mettre_en_vigueur, monde.convention_id, DEBUT)


def test_the_next_version_ends_the_one_before(monde: Monde) -> None:
    monde.convention(membres=(DEP, SDIS))
    premiere = monde.convention_id
    monde.convention_id = monde.faire(
        creer_convention,
        NouvelleConvention("Groupement permanent", DEP, ModeCoordination.INTEGREE, (VH,)),
    )
    for siret in (DEP, VH):
        monde.adherer(siret, dt.date(2026, 6, 1))
    monde.faire(mettre_en_vigueur, monde.convention_id, dt.date(2026, 6, 1))
    with monde.transactions.read() as session:
        ancienne, nouvelle = (convention_de(session, i) for i in (premiere, monde.convention_id))
    assert (ancienne.fin, nouvelle.version) == (dt.date(2026, 6, 1), 2)
    assert not ancienne.en_vigueur(dt.date(2026, 6, 1))


def test_an_unknown_organisation_cannot_be_invited(monde: Monde) -> None:
    monde.organisations()
    with pytest.raises(NotFoundError):
        monde.faire(
            creer_convention,
            NouvelleConvention("X", DEP, ModeCoordination.PASSATION, ("90079999999999",)),
        )


def test_a_stay_is_never_deleted(monde: Monde) -> None:
    monde.convention(membres=(DEP, SDIS))
    with pytest.raises(DBAPIError, match="historique"), monde.transactions.begin() as uow:
        uow.session.execute(sa.delete(t.Adhesion))


def test_two_stays_of_a_member_never_overlap(monde: Monde) -> None:
    monde.convention(membres=(DEP, SDIS))
    with (
        pytest.raises(IntegrityError, match="ex_adhesion_sejours"),
        monde.transactions.begin() as uow,
    ):
        uow.session.add(
            t.Adhesion(
                id=uow.new_id(),
                convention_id=monde.convention_id,
                siret=SDIS,
                deliberation_le=dt.date(2026, 3, 1),
                effet_le=dt.date(2026, 3, 1),
            )
        )
