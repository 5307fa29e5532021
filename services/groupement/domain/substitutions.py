"""The supplier offers another article: each member concerned accepts or refuses (foodsoft#169)."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from types import MappingProxyType

from shared.kernel.errors import ConflictError, ValidationError
from shared.kernel.repartition import nombre


class Reponse(StrEnum):
    """What a member answers; silence at the deadline means no, and is recorded as silence."""

    ACCEPTE = "ACCEPTE"
    REFUSE = "REFUSE"
    SILENCE = "SILENCE"


LIBELLES: Mapping[Reponse, str] = MappingProxyType(
    {
        Reponse.ACCEPTE: "Accepte l’article proposé",
        Reponse.REFUSE: "Refuse",
        Reponse.SILENCE: "Sans réponse\u00a0: vaut refus",
    }
)


@dataclass(frozen=True, slots=True)
class Propose:
    """The article that would replace, and until when members may answer."""

    article: str
    designation: str
    prix_unitaire_ht: Decimal
    motif: str
    reponse_avant: dt.datetime


def exiger_proposable(
    propose: Propose, article: str, prix: Decimal, maintenant: dt.datetime
) -> None:
    """Another article, not dearer (that would be an amendment), and time left to answer."""
    if propose.article == article:
        raise _refus("article", "L’article proposé est celui du marché.")
    if not propose.motif.strip():
        raise _refus("motif", "Dites pourquoi le titulaire propose un autre article.")
    if propose.prix_unitaire_ht > prix:
        raise _refus(
            "prix_unitaire_ht",
            f"Au plus {nombre(prix)}\u00a0€ HT, le prix du marché\u00a0: au-delà, passez un "
            "avenant.",
        )
    if propose.reponse_avant <= maintenant:
        raise _refus("reponse_avant", "Laissez aux membres le temps de répondre.")


def exiger_ouverte(reponse_avant: dt.datetime, close: bool, maintenant: dt.datetime) -> None:
    if close or maintenant >= reponse_avant:
        raise ConflictError(
            f"Les réponses étaient attendues avant le {reponse_avant:%d/%m/%Y}\u00a0: sans "
            "réponse, la substitution est refusée et la quantité est rendue à votre part.",
            code="substitution_close",
        )


def _refus(champ: str, message: str) -> ValidationError:
    return ValidationError(message, code="substitution_invalide", champs={champ: message})
