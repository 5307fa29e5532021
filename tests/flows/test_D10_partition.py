"""D10: a Drôme member, hosted on its own instance, opts in through an hour without the link.

Two instances, two databases. The group's runs as real processes; cutting the link is stopping its
web server. The member's side is the example given to members, run as it stands.
"""

import datetime as dt
import json
import subprocess
import sys
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from services.groupement import tables as t
from services.groupement.queries.historique import Instance
from services.groupement.usecases.clore_recensement import clore_recensement
from services.groupement.usecases.creer_acces import NouvelAcces, creer_acces
from services.groupement.usecases.inscrire_organisation import (
    NouvelleOrganisation,
    inscrire_organisation,
)
from services.groupement.usecases.reprendre_historique import (
    exporter_historique,
    lire_historique,
    reprendre_historique,
)
from shared.db.database import Database
from shared.kernel.clock import OffsetClock
from shared.kernel.parametres import ClasseAcheteur
from shared.messaging.uow import Transactions
from tests.integration.groupement.monde import DEP, SDIS, Monde
from tests.integration.groupement.test_processus import port_libre
from tests.kit.processus import Processus, listens, python, wait_for

pytestmark = [pytest.mark.db, pytest.mark.timeout(240)]
EXEMPLE = Path(__file__).parents[2] / "examples" / "membre_horsligne.py"
DROME = "90026001900014"
JETON = "ess_essai_drome"
ARTICLE = "PAPIER-A4-80"
INSTANT = dt.datetime(2026, 3, 2, 8, tzinfo=dt.UTC)


class Membre:
    """The software of the Drôme member: one durable file, one command line."""

    def __init__(self, dossier: Path, port: int) -> None:
        self.boite = dossier / "boite.jsonl"
        self.adresse = f"http://127.0.0.1:{port}"
        self.env = {
            "PATH": "/usr/bin:/bin",
            "ESSAIM": self.adresse,
            "JETON": JETON,
            "SIRET": DROME,
            "BOITE": str(self.boite),
        }

    def faire(self, *action: str) -> str:
        fait = subprocess.run(
            [sys.executable, EXEMPLE, *action],
            env=self.env, capture_output=True, text=True, check=False, timeout=60,
        )  # fmt: skip
        return fait.stdout + fait.stderr

    def lignes(self) -> list[dict[str, Any]]:
        return [json.loads(ligne) for ligne in self.boite.read_text().splitlines()]

    def reponses(self) -> dict[str, dict[str, Any]]:
        """The answers read so far, by the member's own reference; one each, or it fails."""
        lues = [r for ligne in self.lignes() for r in ligne.get("reponses", [])]
        par_reference = {r["data"]["reference_membre"]: r for r in lues}
        assert len(par_reference) == len(lues), "an answer was read twice"
        return par_reference

    def synchroniser(self, attendues: int) -> str:
        dit = [self.faire("synchroniser")]

        def tout_lu() -> bool:
            if len(self.reponses()) < attendues:
                dit.append(self.faire("synchroniser"))
            return len(self.reponses()) >= attendues

        wait_for(tout_lu, what="the answers")
        return "".join(dit)

    def historique(self) -> bytes:
        demande = urllib.request.Request(
            f"{self.adresse}/groupement/api/v1/historique",
            headers={"Authorization": f"Bearer {JETON}"},
        )
        with urllib.request.urlopen(demande, timeout=20) as reponse:
            return bytes(reponse.read())


@pytest.fixture
def horloge(tmp_path: Path) -> OffsetClock:
    horloge = OffsetClock(tmp_path / "horloge")
    horloge.set(INSTANT)
    return horloge


@pytest.fixture
def groupe(database: Callable[[str], Database], horloge: OffsetClock) -> Monde:
    """The group's instance: a Drôme member, and a call that is open for a week."""
    tx = Transactions(database("groupement"), service="groupement", siret=DEP, clock=horloge)
    monde = Monde(tx, horloge)  # type: ignore[arg-type] -- another clock of the same protocol
    voisine = NouvelleOrganisation(
        DROME, "Commune de la Drôme", ClasseAcheteur.COLLECTIVITE, None, "Valence"
    )
    monde.faire(inscrire_organisation, voisine)
    monde.convention(membres=(DEP, SDIS, DROME))
    monde.faire(creer_acces, NouvelAcces(DROME, "Instance de la Drôme", jeton=JETON))
    monde.achat()
    monde.ouvrir()
    return monde


@pytest.fixture
def serveurs(groupe: Monde, tmp_path: Path) -> Iterator[tuple[Processus, Processus, int]]:
    port = port_libre()
    env = {
        "DATABASE_URL_GROUPEMENT": groupe.transactions.database.url,
        "METRICS_PORT": str(port_libre()),
        "DATA_DIR": str(tmp_path),
        "CLOCK_FILE": str(tmp_path / "horloge"),
        "PORT": str(port),
    }
    web = python("api", "services.groupement", "api", env=env, folder=tmp_path)
    worker = python("worker", "shared.ops.worker", "groupement", env=env, folder=tmp_path)
    yield web, worker, port
    web.kill9()
    worker.kill9()


@pytest.fixture
def drome(pg: Any, horloge: OffsetClock) -> Iterator[Transactions]:
    """The member's own instance, with a database of its own."""
    base = Database(pg.create("test_groupement_d10", "groupement"), pool_size=2)
    yield Transactions(base, service="groupement", siret=DROME, clock=horloge)
    base.dispose()


def seconde_urgente(groupe: Monde) -> tuple[Any, str]:
    """A second purchase, whose call closes within the hour."""
    premier = groupe.achat_id
    achat = groupe.achat(objet="Enveloppes 2026")
    groupe.ouvrir()
    groupe.achat_id = premier
    return achat.id, achat.reference


def etat(groupe: Monde) -> tuple[list[str], str, str]:
    """Each movement of the member's need, its last word, and its answer."""
    with groupe.transactions.read() as session:
        besoin = session.scalars(
            sa.select(t.Besoin).where(t.Besoin.siret == DROME, t.Besoin.achat_id == groupe.achat_id)
        ).one()
        mouvements = session.scalars(
            sa.select(t.Increment.quantite)
            .where(t.Increment.besoin_id == besoin.id)
            .order_by(t.Increment.version)
        ).all()
        reponse = session.get_one(t.Participation, (groupe.achat_id, DROME))
        return [str(m) for m in mouvements], str(besoin.quantite), str(reponse.engagement_max_ht)


def test_D10_two_instances_converge_after_an_hour_without_the_link(
    groupe: Monde,
    serveurs: tuple[Processus, Processus, int],
    drome: Transactions,
    horloge: OffsetClock,
    tmp_path: Path,
) -> None:
    web, worker, port = serveurs
    membre = Membre(tmp_path, port)
    urgent, urgent_reference = seconde_urgente(groupe)
    web.start()
    worker.start()
    wait_for(lambda: listens(port), what="the web server")
    membre.faire("participer", "ACH-2026-0001", "PARTICIPE", "5000.00")
    membre.faire("declarer", "ACH-2026-0001", ARTICLE, "10", "palette")
    assert "HL-2 acceptee" in membre.synchroniser(2)
    assert etat(groupe) == (["10"], "10", "5000.00")

    web.terminate()
    membre.faire("declarer", "ACH-2026-0001", ARTICLE, "12", "palette")
    membre.faire("declarer", "ACH-2026-0001", ARTICLE, "15", "palette")
    membre.faire("participer", "ACH-2026-0001", "PARTICIPE", "9000.00")
    membre.faire("declarer", urgent_reference, ARTICLE, "3", "palette")
    assert "Lien coupé, tout est gardé" in membre.faire("synchroniser")
    horloge.set(INSTANT + dt.timedelta(hours=1))
    groupe.declarer(SDIS, "30")
    groupe.faire(clore_recensement, urgent)
    assert etat(groupe) == (["10"], "10", "5000.00")

    web.start()
    wait_for(lambda: listens(port), what="the web server again")
    dit = membre.synchroniser(6)
    assert etat(groupe) == (["10", "12", "15"], "15", "9000.00")
    assert "HL-6 refusee" in dit
    refus = membre.reponses()["HL-6"]["data"]["motifs"]
    assert [motif["code"] for motif in refus] == ["recensement_clos"]
    assert "est clos" in refus[0]["message"]

    _renvoyer_tout(membre)
    _envoyer_en_retard(membre)
    membre.synchroniser(7)
    assert membre.reponses()["HL-3-bis"]["data"]["motifs"][0]["code"] == "demande_depassee"
    assert etat(groupe) == (["10", "12", "15"], "15", "9000.00")

    document = lire_historique(membre.historique())
    with drome.begin(acteur="porte") as uow:
        reprendre_historique(uow, document)
    _memes(groupe, drome)
    assert (web.terminate().code, worker.terminate().code) == (0, 0)


def _renvoyer_tout(membre: Membre) -> None:
    """The member restores an old copy of its outbox: it no longer knows that it sent anything."""
    gardees = [ligne for ligne in membre.lignes() if "envoyee" not in ligne]
    membre.boite.write_text("".join(json.dumps(ligne) + "\n" for ligne in gardees))


def _envoyer_en_retard(membre: Membre) -> None:
    """A need overtaken by a newer one leaves again under another id, but with its own number."""
    demande = next(
        ligne["demande"] for ligne in membre.lignes()
        if ligne.get("demande", {}).get("sequence") == "3"
    )  # fmt: skip
    ancienne = json.loads(json.dumps(demande))
    ancienne["id"] = "0198a3c0-0000-7000-8000-00000000d010"
    ancienne["data"]["reference_membre"] = "HL-3-bis"
    with membre.boite.open("a") as boite:
        boite.write(json.dumps({"demande": ancienne}) + "\n")


def _memes(groupe: Monde, drome: Transactions) -> None:
    """Both instances say the same of the member, word for word."""
    ici = Instance(DEP, "Ardèche")
    with groupe.transactions.read() as session:
        la_bas = exporter_historique(session, DROME, ici, groupe.clock)["contenu"]
    with drome.read() as session:
        chez_elle = exporter_historique(session, DROME, ici, groupe.clock)["contenu"]
    for achat in (*la_bas["achats"], *chez_elle["achats"]):
        achat.pop("instance")
    assert chez_elle["achats"] == la_bas["achats"]
    (besoin,) = next(a for a in chez_elle["achats"] if a["id"] == str(groupe.achat_id))["besoins"]
    assert besoin["quantite"] == "15"
