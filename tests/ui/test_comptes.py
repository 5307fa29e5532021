"""Accounts, open data, batches and the supplier's own view: sound at every width, axe clean."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from playwright.sync_api import Page

from services.paiement.app import create_app
from services.paiement.jobs import controler as controler_les_comptes
from services.paiement.usecases.avances import accepter_avance
from services.paiement.usecases.enregistrer_marche import enregistrer_marche
from services.paiement.usecases.exporter_liquidation import exporter_liquidation
from services.paiement.usecases.publier_decp import (
    completer_decp,
    declarer_acte,
    publier_decp,
)
from services.paiement.usecases.suspendre import suspendre
from shared.kernel.clock import FrozenClock
from shared.kernel.ids import new_id
from shared.kernel.montant import Montant
from shared.messaging.uow import Transactions
from shared.ops import demo
from shared.ops.context import ServiceContext
from tests.kit import factures
from tests.kit.browser import controler, servir
from tests.kit.decp import CHAMPS
from tests.kit.paiement import DEPARTEMENT, MARCHE, deposer, mener_au_mandat, notifie
from tests.kit.web import ClientWeb

pytestmark = [pytest.mark.db, pytest.mark.browser]


def remplir(tx: Transactions, clock: FrozenClock) -> dict[str, Any]:
    """A published contract, one to complete, one of the yearly list; two invoices, one batch."""
    incomplet = new_id(clock)
    with tx.begin() as uow:
        enregistrer_marche(uow, notifie())
        enregistrer_marche(uow, notifie(marche_id=incomplet, reference="2026-07-0002"))
        petit = notifie(
            marche_id=new_id(clock), reference="2026-07-0003", montant_ht=Montant(30_000)
        )
        enregistrer_marche(uow, petit)
        completer_decp(uow, MARCHE, DEPARTEMENT, dict(CHAMPS))
        publier_decp(uow, MARCHE, DEPARTEMENT)
        declarer_acte(
            uow,
            MARCHE,
            DEPARTEMENT,
            siret=demo.BUREAU.siret,
            nom=demo.BUREAU.nom,
            duree=Decimal(6),
            notifie_le=clock.today(),
            montant_ht=Montant(5_000),
            variation="Ferme",
        )
    mener_au_mandat(tx, clock, deposer(tx).facture)
    suspendue = deposer(tx, factures.cii(numero="F-2026-0043", livree_le=None)).facture
    with tx.begin() as uow:
        suspendre(
            uow,
            suspendue.id,
            DEPARTEMENT,
            motif="Le bon de livraison n’est pas signé.",
            pieces="Bon de livraison signé",
        )
        lot = exporter_liquidation(uow, DEPARTEMENT)
        accepter_avance(uow, MARCHE, DEPARTEMENT)
    return {"incomplet": incomplet, "suspendue": suspendue.id, "lot": lot.id}


def entrer(page: Page, adresse: str, client: ClientWeb) -> None:
    """Give the browser the session of a client of the tests."""
    cookie = client.get_cookie(client.application.config["SESSION_COOKIE_NAME"])
    assert cookie is not None
    page.context.add_cookies([{"name": cookie.key, "value": cookie.value, "url": adresse}])


def test_comptes_donnees_lots_et_suivi_sont_sains_a_toute_largeur(
    contexte: Callable[[str], ServiceContext],
    client: Callable[..., ClientWeb],
    clock: FrozenClock,
    ouvrir_page: Callable[..., Page],
) -> None:
    context = contexte("paiement")
    cles = remplir(context.transactions, clock)
    controler_les_comptes(context)
    with servir(create_app(context)) as adresse:
        page = ouvrir_page()
        page.goto(f"{adresse}/paiement/suivi/acces")
        controler(page, "suivi-acces")
        entrer(page, adresse, client("paiement", "finances"))
        for nom, chemin in (
            ("comptes", "comptes"),
            ("ecritures", f"marches/{MARCHE}/ecritures"),
            ("donnees-essentielles", "donnees-essentielles"),
            ("fiche-publiee", f"marches/{MARCHE}/donnees-essentielles"),
            ("fiche-a-completer", f"marches/{cles['incomplet']}/donnees-essentielles"),
            ("liquidations", "liquidations"),
            ("liquidation", f"liquidations/{cles['lot']}"),
        ):
            page.goto(f"{adresse}/paiement/{chemin}")
            controler(page, nom)
        fournisseur = ouvrir_page(javascript=True)
        entrer(fournisseur, adresse, client("paiement", "entreprise"))
        fournisseur.goto(f"{adresse}/paiement/suivi")
        controler(fournisseur, "suivi")
        fournisseur.goto(f"{adresse}/paiement/suivi/factures/{cles['suspendue']}")
        controler(fournisseur, "suivi-facture")
