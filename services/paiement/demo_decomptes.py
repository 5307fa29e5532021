"""The demonstration's works: paid by certificates, one to read again, an order to notify."""

import datetime as dt
import uuid
from collections.abc import Callable
from contextlib import AbstractContextManager
from decimal import Decimal

from services.paiement.domain.acomptes import Methode
from services.paiement.domain.decompte import EtatDecompte, Genre
from services.paiement.domain.ordre_service import Autorite, TypeOrdre
from services.paiement.usecases.compte_decompte import conditions_de
from services.paiement.usecases.conditions_marche import (
    ActeSpecial,
    NouvellesConditions,
    accepter_sous_traitant,
    fixer_conditions,
)
from services.paiement.usecases.decomptes import (
    NouveauDecompte,
    avancer_decompte,
    preparer_decompte,
)
from services.paiement.usecases.ordres_service import NouvelOrdre, emettre_ordre
from shared.kernel.calendrier import ajouter_jours
from shared.kernel.montant import Montant
from shared.messaging.uow import UnitOfWork
from shared.ops import demo

Jour = Callable[[dt.date], AbstractContextManager[UnitOfWork]]
TROIS = Decimal("0.03")


def semer_decomptes(marche_id: uuid.UUID, aujourdhui: dt.date, le: Jour) -> int:
    """One certificate sent to payment, the next one prepared; 0 when they are there."""
    acheteur = demo.DEPARTEMENT.siret
    debut, milieu, fin = (ajouter_jours(aujourdhui, -age) for age in (250, 40, 12))
    with le(debut) as uow:
        if conditions_de(uow.session, marche_id) is not None:
            return 0
        conditions = NouvellesConditions(Methode.CONSTAT, debut, TROIS, 12, sur_demande=False)
        fixer_conditions(uow, marche_id, acheteur, conditions)
        bureau = demo.BUREAU
        acte = ActeSpecial(bureau.siret, bureau.nom, "Zinguerie", Montant(4_000), debut)
        sous_traitant = accepter_sous_traitant(uow, marche_id, acheteur, acte).id
    with le(milieu) as uow:
        premier = NouveauDecompte(Genre.ACOMPTE, debut, milieu, Montant(14_500))
        decompte_id = preparer_decompte(uow, marche_id, acheteur, premier).id
    for etat in (EtatDecompte.VALIDE, EtatDecompte.TRANSMIS):
        with le(milieu) as uow:
            avancer_decompte(uow, decompte_id, acheteur, etat)
    with le(fin) as uow:
        suivant = NouveauDecompte(
            Genre.ACOMPTE,
            ajouter_jours(milieu, 1),
            fin,
            Montant(6_800),
            revision_ht=Montant("112.40"),
            penalites=Montant(150),
            sous_traitants={sous_traitant: Montant(1_860)},
        )
        preparer_decompte(uow, marche_id, acheteur, suivant)
        emettre_ordre(uow, marche_id, acheteur, _intemperies(fin))
    return 1


def _intemperies(le: dt.date) -> NouvelOrdre:
    return NouvelOrdre(
        TypeOrdre.DELAI,
        "Intempéries",
        "Le délai d’exécution est prolongé des jours où le vent a empêché de monter sur le toit.",
        Autorite.MAITRE_OEUVRE,
        "Conducteur d’opération",
        le,
        validation_le=le,
        jours=6,
    )
