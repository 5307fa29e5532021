"""« Ma programmation » : the purchases that a member plans, typed, imported or published."""

import datetime as dt
import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from services.groupement.domain.besoins import Changement
from shared.kernel.calendrier import ajouter_mois
from shared.kernel.errors import ValidationError
from shared.kernel.montant import Montant
from shared.kernel.parametres import Nature
from shared.kernel.textes import normaliser

MOIS_AVANT_FIN = (9, 4)
"""A contract that ends is renewed by a consultation launched nine to four months before."""
LIGNES_MAX = 2_000


class Source(StrEnum):
    """Where a planned purchase was read: the member's own entry, or the published programme."""

    SAISIE = "saisie"
    PROGRAMME = "programme"


class EtatPrevision(StrEnum):
    """A planned purchase counts, or no longer does (withdrawn, launched, given up)."""

    ACTIVE = "ACTIVE"
    RETIREE = "RETIREE"


ANNONCES = frozenset({"ENVISAGEE", "CONFIRMEE"})
"""States of the published programme that still count as a plan."""


@dataclass(frozen=True, slots=True)
class Projet:
    """What a member plans. The period is when the consultation could be launched."""

    reference: str
    objet: str
    cpv: str
    nature: Nature
    lieu: str
    debut: dt.date
    fin: dt.date
    montant_estime_ht: Montant | None = None
    fin_contrat_le: dt.date | None = None


def periode(
    debut: dt.date | None, fin: dt.date | None, fin_contrat_le: dt.date | None
) -> tuple[dt.date, dt.date]:
    """The period as typed, else the one that the end of the running contract drives."""
    if debut is None and fin is None and fin_contrat_le:
        tot, tard = MOIS_AVANT_FIN
        return ajouter_mois(fin_contrat_le, -tot), ajouter_mois(fin_contrat_le, -tard)
    if debut is None or fin is None:
        champ = "debut" if debut is None else "fin"
        raise _refus(champ, "Donnez les deux dates, ou seulement la fin du contrat en cours.")
    if fin < debut:
        raise _refus("fin", "La fin de la période ne précède pas son début.")
    return debut, fin


def _refus(champ: str, message: str) -> ValidationError:
    return ValidationError(message, code="periode_invalide", champs={champ: message})


def reference_de(reference: str | None, objet: str) -> str:
    """What tells two plans of a member apart: its own reference, else the words of the object."""
    return (reference or "").strip() or normaliser(objet)


@dataclass(frozen=True, slots=True)
class LigneProgrammation:
    """One line of a file and what it would do."""

    numero: int
    changement: Changement
    projet: Projet | None = None
    erreur: str = ""


@dataclass(frozen=True, slots=True)
class ApercuProgrammation:
    """Every line of a file with its verdict, in the order of the file."""

    lignes: tuple[LigneProgrammation, ...]

    def compte(self, changement: Changement) -> int:
        return sum(ligne.changement is changement for ligne in self.lignes)

    @property
    def a_ecrire(self) -> tuple[Projet, ...]:
        utiles = {Changement.CREATION, Changement.MODIFICATION}
        return tuple(n.projet for n in self.lignes if n.projet and n.changement in utiles)

    @property
    def empreinte(self) -> str:
        """Tells whether what is about to be written is what was shown."""
        vues = [[n.numero, n.changement, str(n.projet)] for n in self.lignes]
        return hashlib.sha256(json.dumps(vues).encode()).hexdigest()


def comparer(
    lus: Iterable[tuple[int, Projet]],
    erreurs: Sequence[tuple[int, str]],
    connus: Mapping[str, Projet],
) -> ApercuProgrammation:
    """Give each line its verdict; a reference twice in the file counts once.

    Raises `ValidationError` when there are too many lines.
    """
    lignes = [_erreur(numero, texte) for numero, texte in erreurs]
    vues: set[str] = set()
    for numero, projet in lus:
        if projet.reference in vues:
            lignes.append(_erreur(numero, "Cette référence figure déjà plus haut."))
            continue
        vues.add(projet.reference)
        lignes.append(LigneProgrammation(numero, _verdict(connus, projet), projet))
    if len(lignes) > LIGNES_MAX:
        raise ValidationError(
            f"Le fichier dépasse {LIGNES_MAX} lignes\u00a0: importez-le en plusieurs fois.",
            code="fichier_trop_long",
            champs={"fichier": f"Limitez le fichier à {LIGNES_MAX} lignes."},
        )
    return ApercuProgrammation(tuple(sorted(lignes, key=lambda ligne: ligne.numero)))


def _verdict(connus: Mapping[str, Projet], projet: Projet) -> Changement:
    connu = connus.get(projet.reference)
    if connu is None:
        return Changement.CREATION
    return Changement.IDENTIQUE if connu == projet else Changement.MODIFICATION


def _erreur(numero: int, texte: str) -> LigneProgrammation:
    return LigneProgrammation(numero, Changement.ERREUR, erreur=texte)
