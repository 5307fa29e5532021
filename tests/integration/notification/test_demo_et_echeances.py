"""The demonstration's alerts, and the due dates as the worker runs them."""

import datetime as dt
from collections.abc import Callable
from pathlib import Path
from typing import Any

from services.notification import jobs
from services.notification.demo import ALERTES, semer
from services.notification.gateways.facteur import (
    Expediteur,
    FacteurConsole,
    FacteurMuet,
    facteur_de,
)
from services.notification.settings import NotificationSettings
from shared.ops import courriels
from shared.ops.demo import BUREAU, PAPETERIE
from tests.integration.notification.monde import Monde
from tests.integration.notification.poste import Poste, avis_recus, port_libre


def test_the_story_s_notice_reaches_the_two_suppliers_it_concerns(
    poste: Poste, monde: Monde, contexte: Callable[..., Any]
) -> None:
    assert semer(contexte("notification")) == len(ALERTES)
    assert semer(contexte("notification")) == 0
    monde.annoncer(objet="Papier et enveloppes 2026", lieu="07", montant_estime_ht="65880.00")
    recus = avis_recus(poste.remettre())
    assert {c.a for c in recus} == {PAPETERIE.courriel, BUREAU.courriel}
    assert len(recus) == 2, "two alerts of the same firm make one message"
    (papeterie,) = avis_recus(recus, PAPETERIE.courriel)
    assert "Papeterie en Ardèche (CPV 3019…)" in papeterie.texte
    assert "Papier, Ardèche et Drôme (mot-clé papier)" in papeterie.texte


def test_the_jobs_send_and_forget(
    monde: Monde, contexte: Callable[..., Any], tmp_path: Path
) -> None:
    port = port_libre()
    context = contexte("notification", SMTP_URL=f"smtp://127.0.0.1:{port}")
    monde.abonner("p@x.exemple", confirmer=False, mots=["papier"])
    with courriels.sink(tmp_path, port):
        assert [job.run(context) for job in jobs.JOBS] == [1, 0]
        monde.clock.advance(dt.timedelta(hours=48))
        assert [job.run(context) for job in jobs.JOBS] == [0, 1]
    (recu,) = courriels.liste(tmp_path)
    assert str(recu.message["From"]).endswith("<ne-pas-repondre@localhost>")


def test_the_twins_need_no_server(monde: Monde, caplog: Any) -> None:
    expediteur = Expediteur("Ardèche", "a@x.exemple")
    console = facteur_de("console:", expediteur, monde.clock)
    muet = facteur_de("null:", expediteur, monde.clock)
    assert isinstance(console, FacteurConsole)
    assert isinstance(muet, FacteurMuet)
    from services.notification.domain.remise import Courriel

    courriel = Courriel("<1@x>", "secret@x.exemple", "Bonjour", "texte", "<p>texte</p>")
    with caplog.at_level("INFO"):
        for facteur in (console, muet):
            with facteur.ouvrir() as liaison:
                liaison.remettre(courriel)
    assert "Bonjour" in caplog.text
    assert "secret" not in caplog.text


def test_the_sender_is_the_instance_s_unless_told() -> None:
    propre = NotificationSettings.from_env("notification", {"MAIL_FROM": "achats@x.fr"})
    assert propre.expediteur == "achats@x.fr"
    autre = NotificationSettings.from_env("notification", {"PUBLIC_URL": "https://y.fr"})
    assert autre.expediteur == "ne-pas-repondre@y.fr"
