"""Legal parameters entered by an administrator, and what was waiting for them."""

import datetime as dt
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
import sqlalchemy as sa

from services.paiement.tables import Facture, Marche
from services.paiement.usecases.lois import lois
from services.paiement.usecases.payer import payer
from services.paiement.usecases.saisir_parametre import saisir_parametre, saisissables
from shared.db import audit
from shared.kernel.clock import FrozenClock
from shared.kernel.errors import ValidationError
from shared.kernel.montant import Montant
from shared.kernel.parametres import ParametreManquant, Parametres
from shared.messaging.uow import Transactions
from tests.kit import factures
from tests.kit.paiement import DEPARTEMENT, deposer, le, mener_au_mandat

pytestmark = pytest.mark.db
D = dt.date.fromisoformat
TAUX = {
    "code": "taux_bce",
    "du": D("2026-07-01"),
    "valeur": Decimal("2.00"),
    "reference": "Banque de France, 1er juillet 2026",
}


def test_6_3_le_taux_saisi_liquide_les_interets_en_attente(
    tx: Transactions, marche: Marche, clock: FrozenClock, events: Callable[..., list[Any]]
) -> None:
    le(clock, "2026-06-01")
    facture = deposer(tx, factures.cii(emise_le=D("2026-06-01"), livree_le=None)).facture
    mener_au_mandat(tx, clock, facture)
    le(clock, "2026-07-11")
    with tx.begin() as uow:
        payer(uow, facture.id, DEPARTEMENT)
    with tx.begin(acteur="finances") as uow:
        saisi = saisir_parametre(uow, **TAUX)
    assert (saisi.au, saisi.saisi_par, saisi.verifie) == (D("2026-12-31"), "finances", True)
    with tx.read() as session:
        payee = session.get_one(Facture, facture.id)
        actions = session.scalars(sa.select(audit.table.c.action)).all()
    assert payee.taux_interet == Decimal("10.00")
    assert payee.interets == Montant("89.95")  # 32 832.00 × 10/365 × 10 %
    assert {"parametre.saisi", "facture.interets"} <= set(actions)


def test_le_taux_d_un_semestre_ne_deborde_pas_sur_le_suivant(tx: Transactions) -> None:
    with tx.begin() as uow:
        saisir_parametre(uow, **TAUX)
    with tx.read() as session:
        loi = lois(session)
    assert loi.valeur("taux_bce", D("2026-12-31")).valeur == Decimal(2)
    with pytest.raises(ParametreManquant):
        loi.valeur("taux_bce", D("2027-01-01"))


def test_la_derniere_saisie_l_emporte_et_rien_n_est_efface(
    tx: Transactions, clock: FrozenClock
) -> None:
    for valeur in ("2.00", "2.15"):
        clock.advance(dt.timedelta(minutes=1))
        with tx.begin() as uow:
            saisir_parametre(uow, **(TAUX | {"valeur": Decimal(valeur)}))
    with tx.read() as session:
        assert lois(session).valeur("taux_bce", D("2026-07-01")).valeur == Decimal("2.15")
        assert session.scalar(sa.text("SELECT count(*) FROM parametre_saisi")) == 2


@pytest.mark.parametrize(
    ("faute", "champ"),
    [
        ({"code": "inconnu"}, "code"),
        ({"code": "delai_paiement_jours"}, "code"),
        ({"reference": "  "}, "reference"),
        ({"valeur": Decimal(-1)}, "valeur"),
        ({"valeur": Decimal(215)}, "valeur"),
        ({"du": D("2026-08-01")}, "du"),
    ],
)
def test_une_saisie_impossible_se_dit_au_champ(
    tx: Transactions, faute: dict[str, Any], champ: str
) -> None:
    with pytest.raises(ValidationError) as refus, tx.begin() as uow:
        saisir_parametre(uow, **(TAUX | faute))
    assert set(refus.value.champs) == {champ}


def test_seuls_les_parametres_generaux_se_saisissent() -> None:
    codes = saisissables(Parametres.depuis_yaml())
    assert {"taux_bce", "indemnite_forfaitaire_eur", "avance_seuil_ht"} <= set(codes)
    assert "delai_paiement_jours" not in codes
