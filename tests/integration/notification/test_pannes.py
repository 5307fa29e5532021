"""B5: killed, refused, unreachable: nobody is lost, copies carry the same name."""

import datetime as dt
import logging
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from sqlalchemy import select

from services.notification.domain.remise import Courriel, Etat
from services.notification.tables import Remise
from services.notification.usecases.remettre import Expedition
from tests.integration.notification.monde import Monde
from tests.integration.notification.poste import Poste, avis_recus, port_libre


class _Mort(BaseException):
    """The process dies here."""


def test_B5_killed_between_send_and_mark_same_message_id(
    poste: Poste, monde: Monde, monkeypatch: pytest.MonkeyPatch
) -> None:
    monde.abonner("p@x.exemple", mots=["papier"])
    poste.remettre()
    monde.annoncer()

    def mourir(*_: Any) -> None:
        raise _Mort

    with monkeypatch.context() as patch:
        patch.setattr(Expedition, "_clore", mourir)
        with pytest.raises(_Mort):
            poste.expedition.remettre()
    assert poste.etats()["p@x.exemple avis_publie"] == ("A_REMETTRE", 1)
    assert len(avis_recus(poste.remettre())) == 1, "the lease still runs"
    monde.clock.advance(dt.timedelta(minutes=5))
    un, deux = avis_recus(poste.remettre())
    assert un.entetes["Message-ID"] == deux.entetes["Message-ID"]
    assert poste.etats()["p@x.exemple avis_publie"] == ("REMIS", 2)
    assert len(avis_recus(poste.remettre())) == 2


def test_B5_killed_before_sending_loses_nobody(
    poste: Poste, monde: Monde, monkeypatch: pytest.MonkeyPatch
) -> None:
    for numero in range(25):
        monde.abonner(f"{numero}@x.exemple", mots=["papier"])
    poste.remettre()
    monde.annoncer()
    envoyer = Expedition._remettre_un
    coups = iter(range(100))

    def mourir(self: Expedition, liaison: Any, pli: Any) -> None:
        if next(coups) == 7:
            raise _Mort
        envoyer(self, liaison, pli)

    with monkeypatch.context() as patch:
        patch.setattr(Expedition, "_remettre_un", mourir)
        with pytest.raises(_Mort):
            poste.expedition.remettre()
    poste.remettre()
    monde.clock.advance(dt.timedelta(minutes=5))
    recus = Counter(c.a for c in avis_recus(poste.remettre()))
    assert recus == {f"{n}@x.exemple": 1 for n in range(25)}


def test_a_server_away_loses_nobody_and_blames_nobody(
    poste: Poste, monde: Monde, tmp_path: Path
) -> None:
    muette = Poste(monde, tmp_path, port_libre())
    monde.abonner("p@x.exemple", confirmer=False, mots=["papier"])
    for _ in range(20):
        assert muette.remettre() == []
        monde.clock.advance(dt.timedelta(minutes=10))
    assert poste.etats()["p@x.exemple alerte_a_confirmer"] == ("A_REMETTRE", 0)
    assert len(poste.remettre()) == 1


class _Capricieux:
    """Refuses some for ever, some for now."""

    def __init__(self) -> None:
        self.recus: list[str] = []

    async def handle_RCPT(self, _s: Any, _x: Any, env: Any, adresse: str, _o: Any) -> str:
        if adresse.startswith("inconnu"):
            return f"550 5.1.1 <{adresse}> no such user"
        if adresse.startswith("pleine"):
            return "452 4.2.2 mailbox full"
        env.rcpt_tos.append(adresse)
        return "250 OK"

    async def handle_DATA(self, _s: Any, _x: Any, env: Any) -> str:
        self.recus += env.rcpt_tos
        return "250 OK"


def test_refusals_become_states_and_never_hold_back_neighbours(
    monde: Monde, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    port, capricieux = port_libre(), _Capricieux()
    serveur = Controller(capricieux, hostname="127.0.0.1", port=port)
    logging.getLogger("mail.log").setLevel(logging.WARNING)
    serveur.start()
    try:
        poste = Poste(monde, tmp_path, port)
        for nom in ("inconnu", "pleine", "bonne"):
            monde.abonner(f"{nom}@x.exemple", confirmer=False, mots=["papier"])
        with caplog.at_level(logging.DEBUG):
            for _ in range(12):
                poste.expedition.remettre()
                monde.clock.advance(dt.timedelta(hours=12))
    finally:
        serveur.stop()
    assert poste.etats() == {
        "inconnu@x.exemple alerte_a_confirmer": ("REBOND", 1),
        "pleine@x.exemple alerte_a_confirmer": ("ECHEC", 8),
        "bonne@x.exemple alerte_a_confirmer": ("REMIS", 1),
    }
    assert capricieux.recus == ["bonne@x.exemple"]
    assert poste.comptes == {"REBOND": 1, "ECHEC": 1, "REMIS": 1}
    with monde.transactions.read() as session:
        raisons = session.scalars(select(Remise.raison).where(Remise.etat == Etat.REBOND)).all()
    assert raisons == ["550 5.1.1 ‹adresse› no such user"]
    assert "@x.exemple" not in caplog.text


def test_one_message_that_cannot_be_written_does_not_hold_back_the_others(
    poste: Poste, monde: Monde, caplog: pytest.LogCaptureFixture
) -> None:
    monde.abonner("un@x.exemple", confirmer=False, mots=["papier"])
    monde.abonner("deux@x.exemple", confirmer=False, mots=["papier"])
    composer = poste.expedition.composer

    def capricieux(pli: Any) -> Courriel:
        if pli.courriel.startswith("un@"):
            raise KeyError(pli.courriel)
        return composer(pli)

    object.__setattr__(poste.expedition, "composer", capricieux)
    assert [c.a for c in poste.remettre()] == ["deux@x.exemple"]
    assert poste.etats()["un@x.exemple alerte_a_confirmer"] == ("A_REMETTRE", 1)
    assert "composer" in caplog.text
