"""What an order still commits once releases and receipts are added up (D5, H2)."""

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from services.paiement.domain.engagements import Engagement
from shared.kernel.montant import Montant

PRIX = st.decimals(0, 10_000, places=4)
UNITES = st.integers(1, 5_000).map(Decimal)


def engagement(**champs: object) -> Engagement:
    base = {
        "quantite": Decimal(40),
        "prix_unitaire_ht": Decimal(456),
        "montant_ht": Montant("18240"),
    }
    return Engagement(**(base | champs))


def test_une_commande_engage_son_montant() -> None:
    assert engagement().engage_ht == Montant("18240")
    assert engagement().attendue == 40
    assert engagement().recu_ht == Montant.zero()


def test_H2_une_commande_close_n_engage_plus_que_ce_qui_reste() -> None:
    close = engagement(liberee=Decimal(17), recue=Decimal(23))
    assert (close.engagee, close.engage_ht, close.attendue) == (23, Montant("10488"), 0)
    assert close.recu_ht == Montant("10488")


def test_une_commande_annulee_n_engage_rien() -> None:
    annulee = engagement(annulee=True, liberee=Decimal(3))
    assert (annulee.engagee, annulee.engage_ht, annulee.attendue) == (0, Montant.zero(), 0)


@given(UNITES, PRIX, st.data())
def test_ce_qui_est_engage_ne_depasse_jamais_la_commande(
    quantite: Decimal, prix: Decimal, tirage: st.DataObject
) -> None:
    liberee = tirage.draw(st.integers(0, int(quantite)).map(Decimal))
    recue = tirage.draw(st.integers(0, int(quantite - liberee)).map(Decimal))
    lu = Engagement(quantite, prix, Montant(quantite * prix), liberee=liberee, recue=recue)
    assert Montant.zero() <= lu.recu_ht <= lu.engage_ht <= lu.montant_ht
    assert lu.engagee == recue + lu.attendue
    assert (lu.engage_ht == lu.montant_ht) or liberee > 0
