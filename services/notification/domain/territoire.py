"""Places: a French département or one of its communes (INSEE codes)."""

import re
from dataclasses import dataclass

from services.notification.domain.departements import NOMS
from services.notification.domain.texte import mots
from shared.kernel.errors import ValidationError

_COMMUNE = re.compile(r"[0-9][0-9AB][0-9]{3}")
_ENTRE_PARENTHESES = re.compile(r"\(([0-9AB]{2,5})\)$")
_OUTRE_MER = ("97", "98")
_PAR_NOM = {" ".join(mots(nom)): code for code, nom in NOMS.items()}


@dataclass(frozen=True, slots=True, order=True)
class Lieu:
    """A département, or a commune inside it."""

    departement: str
    commune: str | None = None

    @property
    def code(self) -> str:
        return self.commune or self.departement


def lieu_connu(code: str) -> Lieu | None:
    """Read `07` or `07019`; None for anything else (`FR`, a name, a code of another system)."""
    propre = code.strip().upper()
    if propre in NOMS:
        return Lieu(propre)
    departement = propre[:3] if propre.startswith(_OUTRE_MER) else propre[:2]
    if _COMMUNE.fullmatch(propre) and departement in NOMS:
        return Lieu(departement, propre)
    return None


def valider_lieu(saisie: str) -> Lieu:
    """Read a place as typed (« 07 », « Ardèche », « 07019 », « Aubenas (07019) »), or refuse it."""
    texte = saisie.strip()
    entre_parentheses = _ENTRE_PARENTHESES.search(texte)
    code = _PAR_NOM.get(" ".join(mots(texte)), texte)
    lieu = lieu_connu(entre_parentheses[1] if entre_parentheses else code)
    if lieu is None:
        raise ValidationError(
            f"«\u00a0{texte}\u00a0» n’est ni un département (07, Ardèche) ni une commune"
            " (code INSEE à cinq caractères, par exemple 07019).",
            code="lieu_invalide",
        )
    return lieu


def nom_du_lieu(code: str) -> str:
    """`07` → « Ardèche (07) », `07019` → « commune 07019 (Ardèche) »; others as they are."""
    lieu = lieu_connu(code)
    if lieu is None:
        return code
    nom = NOMS[lieu.departement]
    return f"commune {lieu.commune} ({nom})" if lieu.commune else f"{nom} ({lieu.departement})"


def concerne(voulu: Lieu, annonce: Lieu | None) -> bool:
    """Tell whether two places overlap; a notice without a known place is for everywhere.

    A notice for the whole Ardèche concerns who follows Aubenas, and a notice for Aubenas concerns
    who follows the Ardèche: to miss a market costs more than to read one line too many.
    """
    if annonce is None:
        return True
    if voulu.departement != annonce.departement:
        return False
    return voulu.commune is None or annonce.commune is None or voulu.commune == annonce.commune
