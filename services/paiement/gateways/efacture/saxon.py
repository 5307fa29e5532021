"""What runs in the child process: one Saxon processor, the schematrons compiled at first use.

This process exists because a second Saxon processor in a process kills it, and because a crash of
the native code must never take a web server down. It imports nothing of the platform; the library
is loaded inside the functions, because the parent imports this module to name them.
"""

import multiprocessing
import os
import signal
import threading
from functools import cache
from typing import Any

from lxml import etree

DELAI_S = 60
_SVRL = "{http://purl.oclc.org/dsdl/svrl}"

Constat = tuple[str, str, str]  # (id, flag, text); id and flag may be empty
Resultat = list[Constat] | str  # the findings of a stylesheet, or why it could not run


def demarrer() -> None:
    """Prepare the child: leave Ctrl-C to the parent, never outlive it, print nothing.

    Saxon copies the values that it cannot read to the standard error; those belong to the supplier
    and not to the logs.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    muet = os.open(os.devnull, os.O_WRONLY)
    os.dup2(muet, 2)
    threading.Thread(target=_suivre_le_parent, daemon=True).start()


def _suivre_le_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(0)


def constats(xml: str, feuilles: tuple[str, ...]) -> list[Resultat]:
    """Run each stylesheet on an invoice.

    The alarm kills this process when Saxon hangs: the parent sees a broken pool.
    """
    signal.alarm(DELAI_S)
    try:
        document = _saxon()[0].parse_xml(xml_text=xml)
        return [_appliquer(document, feuille) for feuille in feuilles]
    finally:
        signal.alarm(0)


def _appliquer(document: Any, feuille: str) -> Resultat:
    """Run one stylesheet; a value that it cannot compute with stops it, and only it."""
    from saxonche import PySaxonApiError  # noqa: PLC0415 - in the child only

    executable = _compiler(feuille)
    try:
        return _lire(executable.transform_to_string(xdm_node=document))
    except PySaxonApiError as error:  # not picklable: only its text can leave this process
        return str(error)


@cache
def _saxon() -> tuple[Any, Any]:
    from saxonche import PySaxonProcessor  # noqa: PLC0415 - in the child only

    processeur = PySaxonProcessor(license=False)
    return processeur, processeur.new_xslt30_processor()


@cache
def _compiler(feuille: str) -> Any:
    return _saxon()[1].compile_stylesheet(stylesheet_file=feuille)


def _lire(svrl: str) -> list[Constat]:
    racine = etree.fromstring(svrl.encode())
    return [
        (
            noeud.get("id", ""),
            noeud.get("flag", ""),
            " ".join("".join(map(str, noeud.itertext())).split()),
        )
        for noeud in racine.iter(f"{_SVRL}failed-assert", f"{_SVRL}successful-report")
    ]
