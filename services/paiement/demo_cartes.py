"""The demonstration of purchasing cards: a programme, its roles, a card and its operations."""

import datetime as dt
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import replace
from decimal import Decimal
from typing import Any

from sqlalchemy import select

from services.paiement.domain.programme import Personne, Role
from services.paiement.domain.releve import Ligne, Niveau, Releve
from services.paiement.tables import Carte, OperationCarte, ProgrammeCarte
from services.paiement.tables.cartes import Nature
from services.paiement.usecases.autoriser_operation import Demande, autoriser_operation
from services.paiement.usecases.cartes import (
    NouvelleCarte,
    activer_carte,
    creer_carte,
    referencer_fournisseur,
)
from services.paiement.usecases.importer_releve import Envoi, importer_releve
from services.paiement.usecases.programmes import (
    Nomination,
    NouveauProgramme,
    designer,
    inscrire_ligne,
    ouvrir_programme,
)
from services.paiement.usecases.recus import Piece, deposer_piece
from shared.kernel.calendrier import ajouter_jours
from shared.kernel.montant import Montant
from shared.messaging.uow import UnitOfWork
from shared.ops import demo

Le = Callable[[dt.date], AbstractContextManager[UnitOfWork]]
SERVICE = Personne("finances", frozenset({"finances"}))
AGE = 60  # days since the programme was opened
ACHATS = ("84.60", "312.00", "501.00")
RELEVES = ("45.00", "62.40", "118.80")
PLUS_CHERE: dict[str, Any] = {
    "montant_ht": Montant("103.00"),
    "montant_tva": Montant("20.60"),
    "montant_ttc": Montant("123.60"),
}
INCONNUE: dict[str, Any] = {
    "accepteur_nom": "Station du Pont",
    "accepteur_siret": None,
    "montant_ht": Montant("33.00"),
    "montant_tva": Montant("6.60"),
    "montant_ttc": Montant("39.60"),
}
TICKET = b"%PDF-1.4\n% Ticket de la demonstration\n"


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
    _releve(le, aujourdhui, membre, carte)
    with le(aujourdhui) as uow:
        for montant in ACHATS:
            _justifier(uow, _acheter(uow, carte, montant), membre)
    return 1


def _acheter(uow: UnitOfWork, carte: Carte, montant: str) -> OperationCarte:
    achat = Demande(demo.BUREAU.siret, demo.BUREAU.nom, Montant(montant))
    return autoriser_operation(uow, carte.id, carte.acheteur_siret, achat)


def _justifier(uow: UnitOfWork, achat: OperationCarte, membre: demo.Organisation) -> None:
    """Hand in a receipt: a demonstration left running must not find its card suspended."""
    uow.session.flush()
    if achat.vivante:
        deposer_piece(uow, achat.id, membre.siret, Piece(Nature.RECU, "ticket.pdf", TICKET))


def _releve(le: Le, aujourdhui: dt.date, membre: demo.Organisation, carte: Carte) -> None:
    """A statement to decide: two lines match, one is dearer, one was never authorised."""
    jour = ajouter_jours(aujourdhui, -12)
    with le(jour) as uow:
        achats = [_acheter(uow, carte, montant) for montant in RELEVES]
        for achat in achats:
            _justifier(uow, achat, membre)
    with le(ajouter_jours(aujourdhui, -2)) as uow:
        lignes = [_ligne(rang, jour, achat) for rang, achat in enumerate(achats, 1)]
        lignes[2] = replace(lignes[2], **PLUS_CHERE)
        lignes.append(replace(_ligne(4, jour, achats[0]), autorisation=None, **INCONNUE))
        lu = Releve(
            numero=f"{jour:%Y-%m}",
            emetteur="Banque du Mézenc",
            entite_siret=membre.siret,
            compte=f"CA-{membre.siret[5:9]}",
            du=ajouter_jours(jour, -18),
            au=ajouter_jours(jour, 6),
            total=Montant.somme(ligne.montant_ttc for ligne in lignes),
            lignes=lignes,
        )
        envoi = Envoi("releve.csv", f"demonstration-{membre.siret}", lu, uow.clock.today())
        importer_releve(uow, carte.programme_id, membre.siret, envoi, SERVICE)


def _ligne(rang: int, jour: dt.date, achat: OperationCarte) -> Ligne:
    ttc = achat.montant_ttc
    ht = ttc / Decimal("1.2")
    return Ligne(
        rang=rang,
        carte="4242",
        autorisation=achat.code,
        jour=jour,
        accepteur_siret=achat.accepteur_siret,
        accepteur_nom=achat.accepteur_nom,
        mcc="5943",
        montant_ht=ht,
        montant_tva=ttc - ht,
        montant_ttc=ttc,
        niveau=Niveau.UN_BIS,
        marche=None,
        brute={"rang": str(rang), "carte": "••••4242", "montant_ttc": str(ttc)},
    )


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
