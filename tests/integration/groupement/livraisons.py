"""Helpers of the tests of execution: one member and a hundred pallets, deliveries, amendments."""

import datetime as dt
from collections.abc import Callable
from decimal import Decimal
from typing import Any

from services.groupement import tables as t
from services.groupement.domain.modifications import Motif
from services.groupement.queries import execution
from services.groupement.usecases.conclure_avenant import (
    NouvelAvenant,
    conclure_avenant,
)
from services.groupement.usecases.enregistrer_reception import (
    NouvelleReception,
    enregistrer_reception,
)
from services.groupement.usecases.ouvrir_quotas import ouvrir_quotas
from shared.kernel.montant import Montant
from shared.messaging.envelope import Event
from tests.integration.groupement.monde import (
    DEP,
    MARCHE,
    PARAMETRES,
    Monde,
)

Events = Callable[..., list[Event]]
JOUR = dt.date(2026, 3, 2)
RESTE = "Le titulaire ne livrera pas le reste"


def cent(monde: Monde, montant: str = "45600.00") -> None:
    """One member, one line of a hundred pallets."""
    monde.ouvert()
    monde.declarer(DEP, "100")
    monde.lancer()
    monde.faire(ouvrir_quotas, monde.marche("100", montant))


def recevoir(monde: Monde, quantite: int, bon: str, **plus: Any) -> t.Reception:
    nouvelle = NouvelleReception(monde.ligne_de_marche(), bon, Decimal(quantite), JOUR, **plus)
    recue: t.Reception = monde.faire(enregistrer_reception, nouvelle)
    return recue


def part_de(monde: Monde, siret: str, article: str = "PAPIER-A4-80") -> execution.PartVue:
    with monde.transactions.read() as session:
        (part,) = [p for p in execution.parts(session, siret=siret) if p.ligne.article == article]
    return part


def parts_recues(evenement: Event) -> dict[str, int]:
    return {p["membre"]["siret"]: int(p["part"]) for p in evenement.data["parts"]}


def avenant(monde: Monde, montant: str, **champs: Any) -> t.Avenant:
    valeurs = {
        "marche_id": MARCHE,
        "motif": Motif.FAIBLE_MONTANT,
        "objet": "Hausse de la pâte à papier",
        "signe_le": JOUR,
        "montant_ht": Montant(montant),
    }
    conclu: t.Avenant = monde.faire(
        conclure_avenant, NouvelAvenant(**{**valeurs, **champs}), PARAMETRES
    )
    return conclu
