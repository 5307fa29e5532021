"""« Ma part », orders and deliveries, by the pages."""

import datetime as dt
from decimal import Decimal
from typing import Any

import sqlalchemy as sa

from services.groupement import tables as t
from services.groupement.usecases.enregistrer_reception import (
    NouvelleReception,
    enregistrer_reception,
)
from tests.integration.groupement.monde import Monde, achat
from tests.kit.web import lisible


def test_a_member_orders_its_share_once_and_cancels(monde: Monde, aubenas: Any) -> None:
    monde.notifie()
    part = aubenas.get(achat(monde, "/parts"))
    adresse = "/groupement/parts/" + part.text.split("/groupement/parts/")[1].split('"')[0]
    jeton = aubenas.get(adresse).text.split('name="jeton_saisie" value="')[1].split('"')[0]
    for _ in range(2):
        aubenas.post(adresse, data={"quantite": "4", "jeton_saisie": jeton})
    page = lisible(aubenas.get(achat(monde, "/parts")))
    assert "CMD-2026-0001" in page
    assert "CMD-2026-0002" not in page
    trop = aubenas.post(adresse, data={"quantite": "2", "jeton_saisie": "autre"})
    assert trop.status_code == 422
    assert "Il reste 1 sur votre part de 5" in lisible(trop)
    with monde.transactions.read() as session:
        commande = session.scalars(sa.select(t.Commande)).one()
    annuler = f"/groupement/commandes/{commande.id}/annuler"
    assert aubenas.post(annuler, data={"motif": ""}).status_code == 422
    assert "est annulée" in lisible(
        aubenas.post(annuler, data={"motif": "Erreur"}, follow_redirects=True)
    )


def test_D8_the_delivery_page_explains_each_share_and_a_member_sees_its_own(
    monde: Monde, coordonnatrice: Any, aubenas: Any
) -> None:
    monde.commande()
    livraison = {
        "ligne": str(monde.ligne_de_marche()),
        "bon_livraison": "BL-118",
        "quantite": "60",
        "recue_le": "02/03/2026",
    }
    page = lisible(
        coordonnatrice.post(achat(monde, "/reception"), data=livraison, follow_redirects=True)
    )
    assert "40 sur 105 : la part exacte de 60 palettes" in page
    encore = coordonnatrice.post(achat(monde, "/reception"), data=livraison)
    assert "Vérifiez le numéro du bon" in lisible(encore)
    sienne = lisible(aubenas.get(achat(monde, "/parts")))
    assert "3 palettes sur 5" in sienne
    assert "40 sur 105" not in sienne


def test_the_share_is_exported_from_the_same_figures(monde: Monde, aubenas: Any) -> None:
    monde.commande()
    lignes = aubenas.get(achat(monde, "/parts.csv")).data.decode("utf-8-sig").splitlines()
    assert len(lignes) == 2
    assert lignes[1].split(";")[5:] == ["5", "5", "0", "0", "2280,00"]


def test_a_delivery_on_another_purchase_is_not_taken(monde: Monde, coordonnatrice: Any) -> None:
    monde.commande()
    ligne = monde.ligne_de_marche()
    monde.achat()
    refus = coordonnatrice.post(
        achat(monde, "/reception"),
        data={
            "ligne": str(ligne),
            "bon_livraison": "B",
            "quantite": "1",
            "recue_le": "2026-03-02",
        },
    )
    assert refus.status_code == 422
    with monde.transactions.read() as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(t.Reception)) == 0


def test_what_was_delivered_can_no_longer_be_cancelled_from_the_page(
    monde: Monde, aubenas: Any
) -> None:
    monde.commande()
    assert "Annuler CMD" in lisible(aubenas.get(achat(monde, "/parts")))
    nouvelle = NouvelleReception(monde.ligne_de_marche(), "BL", Decimal(60), dt.date(2026, 3, 2))
    monde.faire(enregistrer_reception, nouvelle)
    assert "Annuler CMD" not in lisible(aubenas.get(achat(monde, "/parts")))
