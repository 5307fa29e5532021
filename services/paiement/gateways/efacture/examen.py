"""The whole examination: open, read, check the structure, check the rules."""

import hashlib

from services.paiement.domain.efacture import Anomalie, Examen, Gravite, Verdict
from services.paiement.gateways.efacture import faits, xsd
from services.paiement.gateways.efacture.ouverture import Document, ouvrir
from services.paiement.gateways.efacture.schematron import VALIDATEUR, Anomalies


def examiner(octets: bytes, anomalies: Anomalies = VALIDATEUR.anomalies) -> Examen:
    """Examine the bytes of an invoice; raise `FichierRefuse` when they hold none.

    A structure that breaks the XSD ends the examination: the rules assume it. When the rules
    cannot be run the verdict is `INDETERMINE`, never `VALIDE`.
    """
    document = ouvrir(octets)
    structure = xsd.controler(document.racine, document.syntaxe)
    if structure:
        return _examen(octets, document, Verdict.INVALIDE, (structure,))
    trouvees = anomalies(document.racine, document.syntaxe)
    if trouvees is None:
        return _examen(octets, document, Verdict.INDETERMINE, ())
    bloque = any(a.gravite is Gravite.BLOQUANTE for a in trouvees)
    return _examen(octets, document, Verdict.INVALIDE if bloque else Verdict.VALIDE, trouvees)


def _examen(
    octets: bytes, document: Document, verdict: Verdict, trouvees: tuple[Anomalie, ...]
) -> Examen:
    return Examen(
        syntaxe=document.syntaxe,
        conteneur=document.conteneur,
        empreinte=hashlib.sha256(octets).hexdigest(),
        faits=faits.lire(document.racine, document.syntaxe),
        verdict=verdict,
        anomalies=trouvees,
    )
