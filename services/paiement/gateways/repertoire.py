"""A watched directory: each file is taken once, then filed as done or refused with its reason.

A file is claimed by a rename, which only one process can win. One left claimed by a crash is taken
again: depositing the same bytes twice makes one invoice.
"""

from collections.abc import Callable, Iterator
from pathlib import Path

from services.paiement.gateways.efacture.refus import TAILLE_MAX
from services.paiement.usecases.relever import Releve
from shared.kernel.errors import TemporaryError

EN_COURS, TRAITES, REFUSES = "en-cours", "traites", "refuses"
INACHEVES = (".part", ".tmp", ".crdownload")
PAR_TOUR = 200


def relever(racine: Path, prendre: Callable[[str, bytes], Releve]) -> int:
    """Deposit every file of a directory; return how many were filed."""
    for nom in (EN_COURS, TRAITES, REFUSES):
        (racine / nom).mkdir(parents=True, exist_ok=True)
    classes = 0
    for fichier in _reclames(racine):
        try:
            releve = prendre(fichier.name, _lire(fichier))
        except TemporaryError:
            continue
        _classer(racine, fichier, releve)
        classes += 1
    return classes


def _reclames(racine: Path) -> Iterator[Path]:
    """Files claimed by a crash, then new ones, oldest first."""
    yield from sorted(f for f in (racine / EN_COURS).iterdir() if f.is_file())
    deposes = [f for f in racine.iterdir() if f.is_file() and not f.is_symlink() and _acheve(f)]
    for fichier in sorted(deposes, key=lambda f: (f.stat().st_mtime, f.name))[:PAR_TOUR]:
        reclame = _libre(racine / EN_COURS / fichier.name)
        try:
            fichier.replace(reclame)
        except FileNotFoundError:
            continue
        yield reclame


def _acheve(fichier: Path) -> bool:
    """A writer renames its file once it is whole; until then its name says so."""
    return not fichier.name.startswith(".") and fichier.suffix.lower() not in INACHEVES


def _lire(fichier: Path) -> bytes:
    with fichier.open("rb") as flux:
        return flux.read(TAILLE_MAX + 1)


def _classer(racine: Path, fichier: Path, releve: Releve) -> None:
    but = _libre(racine / (TRAITES if releve.accepte else REFUSES) / fichier.name)
    if not releve.accepte:
        motif = but.with_name(f"{but.name}.motif.txt")
        motif.write_text(f"{releve.motif}\n", encoding="utf-8")
    fichier.replace(but)


def _libre(but: Path) -> Path:
    """A name that nothing bears yet: two files of the same name are two files."""
    rang, libre = 1, but
    while libre.exists():
        rang += 1
        libre = but.with_name(f"{but.stem}-{rang}{but.suffix}")
    return libre
