"""The ledger and a real SMTP exchange: told once, told again when it matters, never lost."""

import datetime as dt
import html
import json
import logging
import re
import socket
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from sqlalchemy import select

from services.notification import boite
from services.notification.domain.remise import Courriel, Etat
from services.notification.gateways import courriels_recus
from services.notification.gateways.courriels_recus import CourrielRecu
from services.notification.gateways.facteur import Expediteur, facteur_de
from services.notification.gateways.redaction import Redacteur
from services.notification.tables import Remise
from services.notification.usecases.arreter import arreter_par_jeton
from services.notification.usecases.prevenir import prevenir
from services.notification.usecases.remettre import Expedition
from shared.contracts import catalogue
from tests.integration.notification.conftest import AVIS, Monde

URL = "https://achats.exemple.fr"
MAUVAISE_TYPO = re.compile(r"[ \n][;:!?»](?!//)|«[ \n]")


def port_libre() -> int:
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return int(s.getsockname()[1])


class Poste:
    """A mailbox, the way to it, and what was counted."""

    def __init__(self, monde: Monde, dossier: Path, port: int) -> None:
        self.monde = monde
        self.dossier = dossier
        self.comptes: Counter[str] = Counter()
        self.expedition = Expedition(
            transactions=monde.transactions,
            facteur=facteur_de(
                f"smtp://127.0.0.1:{port}", Expediteur("Ardèche", "achats@exemple.fr"), monde.clock
            ),
            composer=Redacteur(instance="Département de l’Ardèche", public_url=URL).composer,
            compter=lambda etat: self.comptes.update([etat.value]),
        )

    def relever(self) -> list[CourrielRecu]:
        noms = reversed(courriels_recus.lister(self.dossier))
        return [c for nom in noms if (c := courriels_recus.lire(self.dossier, nom))]

    def remettre(self) -> list[CourrielRecu]:
        """Send what is due; return what arrived since the start."""
        self.expedition.remettre()
        return self.relever()

    def etats(self) -> dict[str, tuple[str, int]]:
        """State and tries by recipient and model, as the ledger says."""
        with self.monde.transactions.read() as session:
            lignes = session.connection().exec_driver_sql(
                "SELECT d.courriel || ' ' || m.modele, r.etat, r.tentatives FROM remise r"
                " JOIN destinataire d ON d.id = r.destinataire_id"
                " JOIN message m ON m.id = r.message_id"
            )
            return {cle: (etat, tentatives) for cle, etat, tentatives in lignes}


@pytest.fixture
def poste(monde: Monde, tmp_path: Path) -> Iterator[Poste]:
    port = port_libre()
    serveur = boite.demarrer(port, tmp_path)
    yield Poste(monde, tmp_path, port)
    serveur.stop()


def avis_recus(courriels: list[CourrielRecu], a: str = "") -> list[CourrielRecu]:
    return [c for c in courriels if "vis" in c.sujet and (not a or c.a == a)]


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


def test_headers_and_both_bodies(poste: Poste, monde: Monde) -> None:
    monde.abonner("p@x.exemple", cpv=["3019"], lieux=["07"])
    monde.annoncer()
    (recu,) = avis_recus(poste.remettre())
    assert re.fullmatch(r"<[0-9a-f-]{36}@achats\.exemple\.fr>", recu.entetes["Message-ID"])
    assert recu.entetes["Auto-Submitted"] == "auto-generated"
    assert recu.entetes["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert recu.entetes["List-Unsubscribe"].startswith(f"<{URL}/alertes/stop/")
    assert recu.de == "Ardèche <achats@exemple.fr>"
    assert recu.sujet == "Nouvel avis\u00a0: Papier et enveloppes 2026"
    for corps in (recu.texte, html.unescape(recu.html)):
        assert "CPV 3019…" in corps
        assert "65\u202f880\u00a0€ HT" in corps
        assert "23 février 2026 à\u00a012\u00a0h" in corps
    assert "<style" not in recu.html
    assert 'style="' in recu.html


def test_every_event_mail_is_plain_useful_and_well_set(poste: Poste, monde: Monde) -> None:
    types = [
        type_
        for consumer in ("on_recensement_ouvert", "on_quotas_ouverts", "on_reception_repartie")
        for type_ in catalogue.load().subscriptions(f"notification.{consumer}")
    ]
    types += catalogue.load().subscriptions("notification.on_facture")
    for type_ in types:
        with monde.transactions.begin() as uow:
            prevenir(uow, monde.evenement(type_))
            prevenir(uow, monde.evenement(type_))
    recus = poste.remettre()
    assert len(recus) == len(types) == 11
    assert len({c.sujet for c in recus}) == 11
    for c in recus:
        assert len(c.texte) > 200
        assert not MAUVAISE_TYPO.search(c.texte), c.texte
        assert not MAUVAISE_TYPO.search(html.unescape(re.sub(r"<[^>]+>|https?:\S+", "", c.html))), (
            c.sujet
        )
        assert "List-Unsubscribe" not in c.entetes
    tout = "\n".join(c.texte for c in recus)
    for fait in (
        "23\u00a0palettes",
        "182,60\u00a0€",
        "1er avril 2026",
        "BR-CO-15",
        "18\u202f240,00",
    ):
        assert fait in tout


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
