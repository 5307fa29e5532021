"""`python -m services.paiement.gateways.efacture.commande < facture.xml`: examine one file.

Prints the verdict and the anomalies as JSON; exits 0 when there is a verdict, 2 when the file is
refused.
"""

import json
import sys
from dataclasses import asdict

from services.paiement.gateways.efacture.examen import examiner
from services.paiement.gateways.efacture.refus import FichierRefuse


def main() -> int:
    """Examine what comes on the standard input."""
    try:
        examen = examiner(sys.stdin.buffer.read())
    except FichierRefuse as refus:
        sys.stdout.write(json.dumps({"code": refus.code, "message": refus.message}))
        return 2
    anomalies = [asdict(anomalie) for anomalie in examen.anomalies]
    sys.stdout.write(json.dumps({"verdict": examen.verdict, "anomalies": anomalies}))
    return 0


if __name__ == "__main__":
    sys.exit(main())
