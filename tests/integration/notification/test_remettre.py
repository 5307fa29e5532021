"""The ledger over real SMTP: told once, told again when it matters, never in advance."""

import json
import logging
from collections import Counter
from typing import Any

import pytest

from services.notification.usecases.arreter import arreter_par_jeton
from tests.integration.notification.monde import AVIS, Monde
from tests.integration.notification.poste import URL, Poste, avis_recus


def test_B3_ten_alerts_one_message_then_nine(poste: Poste, monde: Monde) -> None:
    ids = [monde.abonner("p@x.exemple", cpv=["3019"], mots=[f"papier{n}"]) for n in range(10)]
    monde.annoncer()
    (recu,) = avis_recus(poste.remettre())
    jetons = [monde.alerte(id_).jeton_arret for id_ in ids]
    assert all(f"{URL}/alertes/stop/{jeton}" in recu.texte for jeton in jetons)
    with monde.transactions.begin() as uow:
        arreter_par_jeton(uow, jetons[0])
    monde.annoncer(avis_id=AVIS.replace("aa", "bb"))
    suivant = avis_recus(poste.remettre())[-1]
    assert len(avis_recus(poste.relever())) == 2
    assert jetons[0] not in suivant.texte
    assert all(jeton in suivant.texte for jeton in jetons[1:])


def test_B3_the_header_stops_what_brought_the_message(poste: Poste, monde: Monde) -> None:
    touchees = [monde.abonner("p@x.exemple", mots=[mot]) for mot in ("papier", "enveloppe")]
    autre = monde.abonner("p@x.exemple", mots=["béton"])
    monde.annoncer()
    (recu,) = avis_recus(poste.remettre())
    jeton = recu.entetes["List-Unsubscribe"].strip("<>").rpartition("/")[2]
    with monde.transactions.begin() as uow:
        assert len(arreter_par_jeton(uow, jeton)) == 2
    assert {monde.alerte(id_).etat for id_ in touchees} == {"ARRETE"}
    assert monde.alerte(autre).etat == "ACTIF"


def test_everybody_is_inscribed_at_the_same_instant(monde: Monde) -> None:
    for numero in range(50):
        monde.abonner(f"{numero}@x.exemple", cpv=["30"])
    monde.annoncer()
    with monde.transactions.read() as session:
        lignes = session.connection().exec_driver_sql(
            "SELECT count(*), count(DISTINCT r.xmin::text), count(DISTINCT m.inscrit_le),"
            " bool_and(r.rapproche_le <= m.inscrit_le)"
            " FROM remise r JOIN message m ON m.id = r.message_id WHERE m.modele = 'avis_publie'"
        )
        assert lignes.one() == (50, 1, 1, True)


def test_B4_all_those_told_of_v1_get_v2_and_new_matches_too(poste: Poste, monde: Monde) -> None:
    monde.abonner("ancien@x.exemple", mots=["papier"])
    monde.abonner("nouveau@x.exemple", mots=["béton"])
    monde.abonner("ailleurs@x.exemple", mots=["horlogerie"])
    monde.annoncer(lots=[], description="")
    poste.remettre()
    monde.annoncer("rectifie", version=2, objet="Béton", lots=[], description="")
    recus = avis_recus(poste.remettre())
    assert Counter(c.a for c in recus) == {"ancien@x.exemple": 2, "nouveau@x.exemple": 1}
    for courriel in ("ancien@x.exemple", "nouveau@x.exemple"):
        dernier = avis_recus(recus, courriel)[-1]
        assert dernier.sujet == "Avis rectifié\u00a0: Béton"
        assert "Date limite" in dernier.texte
        assert "devient 2 mars 2026 à\u00a012\u00a0h" in dernier.texte.replace("\n", " ")


def test_B4_a_cancelled_notice_is_told_and_never_sent_again(poste: Poste, monde: Monde) -> None:
    monde.abonner("prevenu@x.exemple", mots=["papier"])
    monde.annoncer()
    poste.remettre()
    monde.abonner("tardif@x.exemple", mots=["papier"])
    monde.annoncer("annule", motif="Abandon de la procédure")
    monde.annoncer("rectifie", version=2)
    recus = avis_recus(poste.remettre())
    assert [c.a for c in recus] == ["prevenu@x.exemple"] * 2
    assert "Abandon de la procédure" in recus[-1].texte
    assert recus[-1].sujet.startswith("Avis annulé")


def test_B4_cancelled_before_leaving_says_nothing(poste: Poste, monde: Monde) -> None:
    monde.abonner("p@x.exemple", mots=["papier"])
    monde.annoncer()
    monde.annoncer("annule", motif="Erreur")
    assert avis_recus(poste.remettre()) == []
    assert poste.etats()["p@x.exemple avis_publie"] == ("SANS_OBJET", 1)
    assert poste.etats()["p@x.exemple avis_annule"] == ("SANS_OBJET", 1)


def test_B4_a_version_replaced_before_leaving_leaves_once(poste: Poste, monde: Monde) -> None:
    monde.abonner("p@x.exemple", mots=["papier"])
    monde.annoncer()
    monde.annoncer("rectifie", version=2)
    (recu,) = avis_recus(poste.remettre())
    assert recu.sujet.startswith("Avis rectifié")


def test_an_older_version_that_comes_late_is_ignored(poste: Poste, monde: Monde) -> None:
    monde.abonner("p@x.exemple", mots=["papier"])
    monde.annoncer("rectifie", version=3)
    monde.annoncer("rectifie", version=2)
    monde.annoncer()
    assert len(avis_recus(poste.remettre())) == 1


def test_the_same_event_again_tells_nobody_twice(poste: Poste, monde: Monde) -> None:
    monde.abonner("p@x.exemple", mots=["papier"])
    for _ in range(3):
        monde.annoncer()
        poste.remettre()
    assert len(avis_recus(poste.relever())) == 1


def test_who_stopped_everything_hears_nothing_more(poste: Poste, monde: Monde) -> None:
    id_ = monde.abonner("p@x.exemple", mots=["papier"])
    monde.annoncer()
    poste.remettre()
    with monde.transactions.begin() as uow:
        arreter_par_jeton(uow, monde.alerte(id_).jeton_arret)
    monde.annoncer("rectifie", version=2)
    assert len(avis_recus(poste.remettre())) == 1
    assert poste.etats()["p@x.exemple avis_rectifie"][0] == "SANS_OBJET"


def test_what_left_is_told_once_without_addresses(
    poste: Poste, monde: Monde, events: Any, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG):
        for numero in range(30):
            monde.abonner(f"{numero}@x.exemple", mots=["papier"])
        evenement = monde.annoncer()
        poste.remettre()
        poste.remettre()
    dits = [e for e in events("notification") if e.data["modele"] == "avis_publie"]
    assert sum(e.data["destinataires"] for e in dits) == 30
    assert {e.correlation_id for e in dits} == {evenement.correlation_id}
    assert {e.causation_id for e in dits} == {str(evenement.id)}
    assert "@" not in json.dumps([dict(e.data) for e in events("notification")])
    assert "@x.exemple" not in caplog.text
    assert poste.comptes == {"REMIS": 30, "SANS_OBJET": 30}
