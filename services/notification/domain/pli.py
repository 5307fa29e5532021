"""A message ready to be written: every fact it will tell, as it is at the moment of leaving."""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from services.notification.domain.correspondance import Critere
from services.notification.domain.remise import Situation, raison_de_se_taire


@dataclass(frozen=True, slots=True)
class AlerteDuPli:
    """An alert that brought the message and is still alive."""

    nom: str
    jeton_arret: str
    criteres: tuple[Critere, ...]

    @property
    def explication(self) -> str:
        return ", ".join(critere.libelle for critere in self.criteres)


@dataclass(frozen=True, slots=True)
class Pli:
    """One row of the ledger with its context.

    `donnees` is common to all recipients, `propres` is for this one; `avis` is the notice as it
    is known now; `jeton_confirmation` is set while an alert still waits for its owner.
    """

    id: uuid.UUID
    modele: str
    version: int
    donnees: Mapping[str, Any]
    propres: Mapping[str, Any]
    courriel: str
    jeton_arret: str
    jeton_gestion: str
    tentatives: int
    avis: Mapping[str, Any] | None = None
    avis_annule: bool = False
    deja_prevenu: bool = False
    alertes: tuple[AlerteDuPli, ...] = field(default=())
    alertes_de_l_adresse: int = 0
    jeton_confirmation: str | None = None
    nom_alerte: str = ""

    @property
    def concerne_un_avis(self) -> bool:
        return self.modele.startswith("avis_")

    @property
    def silence(self) -> str | None:
        """Why this message must not leave any more; None when it must."""
        if self.modele == "alerte_a_confirmer" and self.jeton_confirmation is None:
            return "alerte déjà confirmée ou arrêtée"
        if not self.concerne_un_avis or self.avis is None:
            return None
        return raison_de_se_taire(
            Situation(
                modele=self.modele,
                version=self.version,
                version_courante=self.avis["version"],
                annule=self.avis_annule,
                deja_prevenu=self.deja_prevenu,
                alertes_du_message=len(self.alertes),
                alertes_de_l_adresse=self.alertes_de_l_adresse,
            )
        )
