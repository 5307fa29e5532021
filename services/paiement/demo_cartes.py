"""The demonstration of purchasing cards: a programme, its roles, a card and its operations."""

import datetime as dt
from collections.abc import Callable
from contextlib import AbstractContextManager

from sqlalchemy import select

from services.paiement.domain.programme import Personne, Role
from services.paiement.tables import Carte, ProgrammeCarte
from services.paiement.usecases.autoriser_operation import Demande, autoriser_operation
from services.paiement.usecases.cartes import (
    NouvelleCarte,
    activer_carte,
    creer_carte,
    referencer_fournisseur,
)
from services.paiement.usecases.programmes import (
    Nomination,
    NouveauProgramme,
    designer,
    inscrire_ligne,
    ouvrir_programme,
)
from shared.kernel.calendrier import ajouter_jours
from shared.kernel.montant import Montant
from shared.messaging.uow import UnitOfWork
from shared.ops import demo

Le = Callable[[dt.date], AbstractContextManager[UnitOfWork]]
SERVICE = Personne("finances", frozenset({"finances"}))
AGE = 60  # days since the programme was opened
ACHATS = ("84.60", "312.00", "501.00")


def semer_carte(le: Le, aujourdhui: dt.date, membre: demo.Organisation) -> int:
    """A card in its programme, with a few operations of today, one of them refused."""
    with le(aujourdhui) as uow:
        requete = select(Carte.id).where(Carte.acheteur_siret == membre.siret)
        if uow.session.scalar(requete.limit(1)) is not None:
            return 0
    with le(ajouter_jours(aujourdhui, -AGE)) as uow:
        programme = _programme(uow, membre)
        nouvelle = _carte(aujourdhui, membre)
        carte = creer_carte(uow, programme.id, membre.siret, nouvelle, SERVICE)
        activer_carte(uow, carte.id, membre.siret, SERVICE)
    with le(aujourdhui) as uow:
        for montant in ACHATS:
            achat = Demande(demo.BUREAU.siret, demo.BUREAU.nom, Montant(montant))
            autoriser_operation(uow, carte.id, membre.siret, achat)
    return 1


def _programme(uow: UnitOfWork, membre: demo.Organisation) -> ProgrammeCarte:
    nouveau = NouveauProgramme(
        "Banque du Mézenc", f"CA-{membre.siret[5:9]}", "mezenc", courriel=membre.courriel
    )
    programme = ouvrir_programme(uow, membre.siret, nouveau, SERVICE)
    responsable = Nomination(Role.RESPONSABLE, SERVICE.id, "Service des finances")
    designer(uow, programme.id, membre.siret, responsable, SERVICE)
    ligne = (uow.clock.today().year, "60632", "Fournitures de petit équipement", Montant(6000))
    inscrire_ligne(uow, programme.id, membre.siret, ligne, SERVICE)
    for fournisseur in (demo.BUREAU, demo.PAPETERIE):
        referencer_fournisseur(uow, membre.siret, fournisseur.siret, fournisseur.nom)
    return programme


def _carte(aujourdhui: dt.date, membre: demo.Organisation) -> NouvelleCarte:
    return NouvelleCarte(
        porteur="Agent technique",
        fin_numero="4242",
        expire_le=ajouter_jours(aujourdhui, 700),
        plafond_transaction=Montant(500),
        plafond_periode=Montant(2000),
        plafond_fournisseur=Montant(1200),
        familles_exclues=("15900000",),
        courriel=membre.courriel,
    )
