"""What `groupement` tells of a purchase, as this service understands it."""

import datetime as dt
import uuid
from dataclasses import dataclass
from decimal import Decimal

from services.publication.domain.valeurs import Organisation
from shared.kernel.montant import Montant
from shared.kernel.parametres import Nature
from shared.kernel.seuils import Publicite, TypeProcedure


@dataclass(frozen=True, slots=True, kw_only=True)
class AchatEnvisage:
    """A grouped purchase is considered: it enters the forward programme."""

    achat_id: uuid.UUID
    objet: str
    cpv: str
    nature: Nature
    lieu: str
    coordonnateur: Organisation
    montant_estime_ht: Montant | None
    publication_prevue_le: dt.date | None


@dataclass(frozen=True, slots=True, kw_only=True)
class LigneLancee:
    """One line of a lot: what is bought, in base units and in packagings."""

    ligne_id: uuid.UUID
    article: str
    designation: str
    unite_base: str
    quantite_base: Decimal
    conditionnement: str
    quantite: Decimal
    lieu: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LotLance:
    """One lot of a launched purchase."""

    numero: int
    objet: str
    cpv: str
    montant_estime_ht: Montant
    lignes: tuple[LigneLancee, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class AchatLance:
    """A purchase is launched: its members are frozen, a consultation can be prepared."""

    achat_id: uuid.UUID
    objet: str
    cpv: str
    nature: Nature
    lieu: str
    montant_estime_ht: Montant
    procedure: TypeProcedure
    publicite: Publicite
    date_lancement: dt.date
    duree_mois: int
    coordonnateur: Organisation
    contact: str
    membres: tuple[Organisation, ...]
    avance_taux: Decimal
    lots: tuple[LotLance, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class AchatAbandonne:
    """A purchase is given up, with its reason."""

    achat_id: uuid.UUID
    motif: str
