"""Check an invoice again from a process that must not start threads or Saxon (the worker)."""

import json
import subprocess
import sys

from services.paiement.domain.efacture import Anomalie, Gravite, Verdict
from services.paiement.gateways.efacture import commande

DELAI_S = 120

Conclusion = tuple[Verdict, tuple[Anomalie, ...]]


def controler_a_part(octets: bytes) -> Conclusion:
    """Examine in a process of its own; whatever goes wrong, the verdict stays undetermined."""
    try:
        fini = subprocess.run(  # noqa: S603 - our own module, no shell
            [sys.executable, "-m", commande.__name__],
            input=octets,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            timeout=DELAI_S,
            check=True,
        )
    except (subprocess.SubprocessError, OSError):
        return Verdict.INDETERMINE, ()
    lu = json.loads(fini.stdout)
    return Verdict(lu["verdict"]), tuple(
        Anomalie(a["regle"], Gravite(a["gravite"]), a["message"]) for a in lu["anomalies"]
    )
