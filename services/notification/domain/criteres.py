"""What a supplier asks to be told of; checked once, comparable ever after."""

import hashlib
import json
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TypeVar

from services.notification.domain.territoire import Lieu, nom_du_lieu, valider_lieu
from services.notification.domain.texte import radicaux
from shared.kernel.errors import ValidationError
from shared.kernel.identifiants import cpv_racine
from shared.kernel.montant import Montant

MAX_PAR_LISTE = 20
MOT_LE_PLUS_LONG = 80
_CPV = re.compile(r"(\d{2,8})(?:-\d)?")
_BLANCS = re.compile(r"\s+")
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Criteres:
    """CPV heads, keywords, places (none: everywhere), inclusive amounts without tax."""

    cpv: tuple[str, ...] = ()
    mots: tuple[str, ...] = ()
    lieux: tuple[Lieu, ...] = ()
    montant_min: Montant | None = None
    montant_max: Montant | None = None

    @property
    def empreinte(self) -> str:
        """Equal for criteria that can only ever match the same notices."""
        forme = [
            sorted(self.cpv),
            sorted(sorted(radicaux(mot)) for mot in self.mots),
            [lieu.code for lieu in self.lieux],
            [None if m is None else str(m) for m in (self.montant_min, self.montant_max)],
        ]
        return hashlib.sha256(json.dumps(forme).encode()).hexdigest()

    @property
    def resume(self) -> str:
        """One line that tells this alert from its sisters."""
        codes = [f"CPV {racine}" + ("…" if len(racine) < 8 else "") for racine in self.cpv]
        quoi = ", ".join([*codes, *self.mots])
        ou = ", ".join(nom_du_lieu(lieu.code) for lieu in self.lieux) or "toute la France"
        return f"{quoi}\u00a0· {ou}"


def lire_criteres(
    *,
    cpv: Iterable[str] = (),
    mots: Iterable[str] = (),
    lieux: Iterable[str] = (),
    montant_min: Montant | None = None,
    montant_max: Montant | None = None,
) -> Criteres:
    """Check and normalise criteria; raise `ValidationError` naming every faulty field."""
    fautes: dict[str, str] = {}
    criteres = Criteres(
        cpv=tuple(sorted(_liste("cpv", cpv, _racine, fautes))),
        mots=_mots(_liste("mots", mots, _mot, fautes)),
        lieux=_englober(_liste("lieux", lieux, valider_lieu, fautes)),
        montant_min=montant_min,
        montant_max=montant_max,
    )
    if not fautes and not criteres.cpv and not criteres.mots:
        fautes["cpv"] = "Indiquez au moins un code CPV ou un mot-clé."
    if montant_min and montant_max and montant_max < montant_min:
        fautes["montant_max"] = "Le montant maximum est inférieur au montant minimum."
    if fautes:
        raise ValidationError(
            "Les critères de l’alerte sont à corriger.", code="criteres_invalides", champs=fautes
        )
    return criteres


def _liste(
    champ: str, saisies: Iterable[str], lire: Callable[[str], T], fautes: dict[str, str]
) -> tuple[T, ...]:
    """Read every item of a field, once each; keep the first complaint."""
    lus: dict[T, None] = {}
    for saisie in saisies:
        try:
            lus[lire(saisie)] = None
        except ValidationError as faute:
            fautes.setdefault(champ, faute.message)
    if len(lus) > MAX_PAR_LISTE:
        fautes.setdefault(champ, f"Vingt valeurs au plus\u00a0; vous en avez donné {len(lus)}.")
    return tuple(lus)


def _racine(saisie: str) -> str:
    trouve = _CPV.fullmatch(_BLANCS.sub("", saisie))
    if trouve is None:
        raise ValidationError(
            f"«\u00a0{saisie.strip()}\u00a0» n’est pas un code CPV\u00a0: deux à huit chiffres,"
            " par exemple 30197630 ou 3019.",
            code="cpv_invalide",
        )
    return cpv_racine(trouve[1])


def _mot(saisie: str) -> str:
    mot = _BLANCS.sub(" ", saisie).strip()
    if not radicaux(mot) or len(mot) > MOT_LE_PLUS_LONG:
        raise ValidationError(
            f"«\u00a0{mot[:MOT_LE_PLUS_LONG]}\u00a0» ne peut pas servir de mot-clé.",
            code="mot_invalide",
        )
    return mot


def _mots(lus: tuple[str, ...]) -> tuple[str, ...]:
    """Keep one spelling per meaning: `papier` and `Papiers` are the same request."""
    par_sens = {radicaux(mot): mot for mot in reversed(lus)}
    return tuple(sorted(par_sens.values()))


def _englober(lieux: tuple[Lieu, ...]) -> tuple[Lieu, ...]:
    """Drop a commune whose whole département is asked for, and sort."""
    entiers = {lieu.departement for lieu in lieux if lieu.commune is None}
    gardes = (x for x in lieux if x.commune is None or x.departement not in entiers)
    return tuple(sorted(gardes, key=lambda lieu: lieu.code))
