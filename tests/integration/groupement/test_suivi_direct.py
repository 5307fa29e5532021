"""« Suivi du recensement » live: the stream, its limits, and the reminders."""

import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from services.groupement.gateways.guetteur import Guetteur
from services.groupement.pages.flux import CLE, diffuser
from services.groupement.usecases.clore_recensement import clore_recensement
from shared.ops.stopping import STOPPING
from tests.integration.groupement.monde import AUB, SDIS, Monde, achat
from tests.kit.web import lisible

FLUX = "/groupement/flux/recensement"


@pytest.fixture
def veille(monde: Monde) -> Iterator[Guetteur]:
    """A watcher with two places; all are given back at the end."""
    guetteur = Guetteur(monde.transactions, 2)
    yield guetteur
    while guetteur.ouverts:
        guetteur.rendre()


def lignes(flux: Iterator[str]) -> Iterator[str]:
    """The versions only."""
    return (ligne for ligne in flux if ligne.startswith("event: version"))


def test_a_need_is_told_within_two_seconds_and_the_watcher_stops_with_the_last_stream(
    monde: Monde, veille: Guetteur
) -> None:
    monde.ouvert()
    avant = set(threading.enumerate())
    assert veille.reserver()
    flux = diffuser(veille, vie=30, battement=5)
    assert next(flux).startswith("retry: ")
    premiere = next(lignes(flux))
    depart = time.monotonic()
    monde.declarer(SDIS, "3")
    assert next(lignes(flux)) != premiere
    assert time.monotonic() - depart < 2
    (guetteur,) = [f for f in threading.enumerate() if f.name == "guetteur" and f not in avant]
    veille.rendre()
    assert veille.ouverts == 0
    guetteur.join(timeout=20)
    assert not guetteur.is_alive()


def test_streams_are_capped_and_a_place_given_back_serves_again(veille: Guetteur) -> None:
    assert [veille.reserver() for _ in range(3)] == [True, True, False]
    veille.rendre()
    assert veille.reserver()


def test_a_quiet_stream_beats_then_ends_by_itself(monde: Monde, veille: Guetteur) -> None:
    monde.ouvert()
    assert veille.reserver()
    recu = list(diffuser(veille, vie=0.5, battement=0.1))
    assert ": toujours là\n\n" in recu
    assert sum(ligne.startswith("event") for ligne in recu) == 1


def test_P12_a_stream_ends_when_the_process_is_asked_to_stop(
    monde: Monde, veille: Guetteur
) -> None:
    monde.ouvert()
    assert veille.reserver()
    flux = diffuser(veille)
    next(flux)
    STOPPING.set()
    try:
        assert list(flux) == []
    finally:
        STOPPING.clear()


def test_above_the_cap_the_answer_is_204_and_the_page_still_works(
    monde: Monde, coordonnatrice: Any
) -> None:
    monde.ouvert()
    pleine = coordonnatrice.application.extensions[CLE]
    places = 0
    while pleine.reserver():
        places += 1
    assert places == 4
    assert coordonnatrice.get(FLUX).status_code == 204
    page = coordonnatrice.get("/groupement/recensement")
    assert page.status_code == 200
    assert "Actualiser" in lisible(page)
    assert f'data-flux="{FLUX}"' in page.text
    for _ in range(places):
        pleine.rendre()


def test_the_stream_and_its_fragment_are_the_coordinators(
    monde: Monde, coordonnatrice: Any, aubenas: Any
) -> None:
    monde.ouvert()
    assert aubenas.get(FLUX).status_code == 403
    assert aubenas.get("/groupement/recensement/carte").status_code == 403
    ouvert = coordonnatrice.get(FLUX)
    assert ouvert.mimetype == "text/event-stream"
    assert ouvert.headers["X-Accel-Buffering"] == "no"
    veille = coordonnatrice.application.extensions[CLE]
    assert veille.ouverts == 1
    ouvert.close()
    assert veille.ouverts == 0
    fragment = coordonnatrice.get("/groupement/recensement/carte")
    assert fragment.text.count("<h1") == 0
    assert "0 réponse sur 5 attendues" in lisible(fragment)


def test_the_coordinator_reminds_those_awaited_after_a_confirmation_and_reads_the_journal(
    monde: Monde, coordonnatrice: Any
) -> None:
    monde.ouvert()
    monde.declarer(AUB, "5")
    suivi = lisible(coordonnatrice.get("/groupement/recensement"))
    assert "Relancer les 4 membres en attente" in suivi
    confirmation = lisible(coordonnatrice.get(achat(monde, "/relances")))
    assert "4 membres en attente sur 5" in confirmation
    assert "Aucune relance n’a été envoyée" in confirmation
    fait = coordonnatrice.post(achat(monde, "/relances"), follow_redirects=True)
    assert "4 membres relancés" in lisible(fait)
    assert "4 relances sur 4" in lisible(fait)
    encore = coordonnatrice.post(achat(monde, "/relances"), follow_redirects=True)
    assert "Personne à relancer" in lisible(encore)
    monde.faire(clore_recensement, monde.achat_id)
    assert "on ne relance plus personne" in lisible(coordonnatrice.get(achat(monde, "/relances")))
    assert coordonnatrice.post(achat(monde, "/relances")).status_code == 422


def test_another_member_reminds_nobody(monde: Monde, client: Callable[..., Any]) -> None:
    monde.ouvert()
    assert client("groupement", "agent-sdis").post(achat(monde, "/relances")).status_code == 403
