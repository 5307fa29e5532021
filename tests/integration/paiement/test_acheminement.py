"""Invoices sent back for their address, the accountant's steps, and what PostgreSQL forbids."""

import itertools
from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from services.paiement.domain.facture import SUITES, Etat
from services.paiement.tables import Facture, Marche
from services.paiement.usecases.acheminer import (
    comptabiliser,
    readresser,
    recevoir_au_comptable,
    recycler,
)
from services.paiement.usecases.payer import payer
from shared.kernel.clock import FrozenClock
from shared.kernel.errors import ConflictError, NotFoundError
from shared.messaging.uow import Transactions
from shared.ops import demo
from tests.kit import factures
from tests.kit.paiement import DEPARTEMENT, MARCHE, PAPETERIE, deposer, le, mener_au_mandat
from tests.kit.web import ClientWeb

pytestmark = pytest.mark.db
Emis = Callable[..., list[Any]]


def relire(tx: Transactions, facture: Facture) -> Facture:
    with tx.read() as session:
        return session.get_one(Facture, facture.id)


def test_regles_7_le_fournisseur_ne_corrige_que_l_adressage(
    tx: Transactions, marche: Marche, clock: FrozenClock, events: Emis
) -> None:
    facture = deposer(tx, factures.cii(contrat="INCONNU", commande=None)).facture
    le(clock, "2026-03-05")
    with tx.begin(acteur="finances") as uow:
        recycler(uow, facture.id, DEPARTEMENT, "Engagement absent.")
    assert relire(tx, facture).etat == Etat.A_RECYCLER
    assert relire(tx, facture).echeance_le is not None  # recycling interrupts nothing
    with tx.begin(acteur="entreprise") as uow:
        readresser(
            uow,
            facture.id,
            PAPETERIE,
            code_service="ROUTES",
            engagement="ENG-2026-07-0001-L1",
        )
    lue = relire(tx, facture)
    assert (lue.etat, lue.code_service, lue.marche_id) == (
        Etat.MISE_A_DISPOSITION,
        "ROUTES",
        MARCHE,
    )
    (recyclee,) = events("paiement", "paiement.facture.a_recycler.v1")
    assert recyclee.data["motif"] == "Engagement absent."
    assert len(events("paiement", "paiement.facture.readressee.v1")) == 1
    assert len(events("paiement", "paiement.facture.recue.v1")) == 1
    assert lue.montant_ttc == facture.montant_ttc


def test_un_autre_fournisseur_ne_readresse_rien(tx: Transactions, facture: Facture) -> None:
    with tx.begin() as uow:
        recycler(uow, facture.id, DEPARTEMENT, "Autre service.")
    with pytest.raises(NotFoundError), tx.begin() as uow:
        readresser(uow, facture.id, demo.BUREAU.siret, code_service="X", engagement=None)


def test_on_ne_readresse_que_ce_qui_est_a_recycler(tx: Transactions, facture: Facture) -> None:
    with pytest.raises(ConflictError), tx.begin() as uow:
        readresser(uow, facture.id, PAPETERIE, code_service="X", engagement=None)


def test_H5_le_comptable_recoit_comptabilise_puis_paie(
    tx: Transactions, facture: Facture, clock: FrozenClock, events: Emis
) -> None:
    mener_au_mandat(tx, clock, facture)
    with tx.begin(acteur="comptable") as uow:
        recevoir_au_comptable(uow, facture.id, DEPARTEMENT)
        comptabiliser(uow, facture.id, DEPARTEMENT)
        payer(uow, facture.id, DEPARTEMENT)
    assert relire(tx, facture).etat == Etat.MISE_EN_PAIEMENT
    types = [e.type for e in events("paiement")][-3:]
    assert types == [
        "paiement.facture.chez_comptable.v1",
        "paiement.facture.comptabilisee.v1",
        "paiement.facture.payee.v1",
    ]


def test_H5_postgresql_connait_les_memes_transitions_que_le_domaine(
    tx: Transactions, facture: Facture
) -> None:
    with tx.read() as session:
        corps = session.scalar(
            sa.text("SELECT prosrc FROM pg_proc WHERE proname = 'verifier_transition'")
        )
    permises = {(de, vers) for de, suites in SUITES.items() for vers in suites}
    for de, vers in itertools.product(Etat, Etat):
        assert (f"('{de}', '{vers}')" in str(corps)) == ((de, vers) in permises)


@pytest.mark.parametrize("vers", [Etat.DEPOSEE, Etat.COMPTABILISEE, Etat.COMPLETEE])
def test_H5_postgresql_refuse_une_transition_interdite(
    tx: Transactions, facture: Facture, vers: Etat
) -> None:
    with pytest.raises(IntegrityError, match="transition interdite"), tx.begin() as uow:
        uow.session.execute(
            sa.update(Facture).where(Facture.id == facture.id).values(etat=vers.value)
        )


def test_recycler_puis_readresser_par_les_pages(
    tx: Transactions, facture: Facture, client: Callable[..., ClientWeb]
) -> None:
    finances, entreprise = client("paiement", "finances"), client("paiement", "entreprise")
    base = f"/paiement/factures/{facture.id}"
    assert finances.post(f"{base}/recycler", data={"motif": "Autre service."}).status_code == 303
    assert "Corriger l’adressage" in entreprise.get(base).text
    assert "Autre service." in entreprise.get(f"{base}/readresser").text
    assert entreprise.post(f"{base}/readresser", data={"code_service": "ROUTES"}).status_code == 303
    assert relire(tx, facture).code_service == "ROUTES"
    assert finances.get(f"{base}/readresser").status_code == 403
