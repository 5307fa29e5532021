"""Every command of the guide of simulations runs as it stands, and answers what the guide says."""

import json
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from werkzeug.serving import make_server

from tests.unit.groupement.simulateur import simulateur

GUIDE = Path(__file__).parents[3] / "docs" / "guides" / "simulations.md"
BLOCS = re.compile(r"```sh\n(?P<commande>.*?)```.*?```json\n(?P<reponse>.*?)```", re.DOTALL)
EXEMPLES = [
    (trouve["commande"], json.loads(trouve["reponse"]))
    for trouve in BLOCS.finditer(GUIDE.read_text(encoding="utf-8"))
]


@pytest.fixture(scope="module")
def adresse() -> Iterator[str]:
    serveur = make_server("127.0.0.1", 0, simulateur().application, threaded=True)
    fil = Thread(target=serveur.serve_forever)
    fil.start()
    yield f"http://127.0.0.1:{serveur.server_port}"
    serveur.shutdown()
    fil.join()


def lancer(commande: str, adresse: str) -> Any:
    faite = subprocess.run(
        ["sh", "-c", commande],
        env={"ESSAIM": adresse, "PATH": "/usr/bin:/bin"},
        capture_output=True,
        check=True,
        timeout=30,
    )
    return json.loads(re.sub("[\u00a0\u202f]|\\\\u00a0|\\\\u202f", " ", faite.stdout.decode()))


def test_the_guide_shows_every_simulation() -> None:
    commandes = "".join(commande for commande, _ in EXEMPLES)
    noms = ("repartition", "consolidation", "lots", "quotas", "heures-insertion")
    assert all(f"/simulations/{nom}" in commandes for nom in noms)


@pytest.mark.parametrize(("commande", "attendue"), EXEMPLES)
def test_a_command_of_the_guide_answers_what_the_guide_says(
    commande: str, attendue: dict[str, Any], adresse: str
) -> None:
    reponse = lancer(commande, adresse)
    if "parts" in reponse:
        assert [part["quantite"] for part in reponse["parts"]] == ["23", "17", "11", "6", "3"]
        reponse = reponse["parts"][0]
    reponse.pop("empreinte", None)
    assert reponse == attendue
