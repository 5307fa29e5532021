"""The execution by the pages: what the coordinator conducts, what a member answers."""

import io
import re
from dataclasses import replace
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from pypdf import PdfReader

from services.groupement import tables as t
from services.groupement.domain.partage_prevu import Priorite
from services.groupement.domain.strategies import Strategie
from services.groupement.usecases.substituer import proposer_substitution
from services.groupement.usecases.transferer_quota import NouveauTransfert, proposer_transfert
from shared.web import pdf
from tests.integration.groupement.livraisons import part_de, recevoir
from tests.integration.groupement.monde import AUB, DEP, MARCHE, SDIS, Monde, achat
from tests.integration.groupement.test_modifications_marche import propose
from tests.kit.web import lisible


def test_a_member_gives_a_part_and_the_offer_waits(monde: Monde, aubenas: Any) -> None:
    monde.notifie()
    adresse = f"/groupement/parts/{part_de(monde, AUB).quota.id}/ceder"
    trop = aubenas.post(adresse, data={"vers": SDIS, "quantite": "6"})
    assert trop.status_code == 422
    assert "5 au plus" in lisible(trop)
    fait = aubenas.post(adresse, data={"vers": SDIS, "quantite": "2"}, follow_redirects=True)
    assert "Le transfert est proposé" in lisible(fait)
    (lien,) = re.findall(r'href="(/groupement/transferts/[^"]+)"', fait.text)
    assert aubenas.get(lien).status_code == 200
    retire = aubenas.post(lien, data={}, follow_redirects=True)
    assert "La proposition est retirée" in lisible(retire)


def test_a_member_accepts_an_offer_from_its_page(monde: Monde, aubenas: Any) -> None:
    monde.notifie()
    offre = NouveauTransfert(monde.ligne_de_marche(), DEP, AUB, Decimal(3))
    transfert = monde.faire(proposer_transfert, offre)
    adresse = f"/groupement/transferts/{transfert.id}"
    assert aubenas.post(adresse, data={}).status_code == 422
    aubenas.post(adresse, data={"reponse": "oui"})
    assert part_de(monde, AUB).quota.quantite == 8


def test_H2_a_member_closes_its_order_short_from_its_page(monde: Monde, aubenas: Any) -> None:
    monde.commande()
    recevoir(monde, 60, "BL-1")
    page = aubenas.get(achat(monde, "/parts"))
    (lien,) = re.findall(r'href="(/groupement/commandes/[^"]+/clore)"', page.text)
    assert aubenas.post(lien, data={"motif": ""}).status_code == 422
    close = aubenas.post(lien, data={"motif": "Assez"}, follow_redirects=True)
    assert "dont 2 rendus à la part" in lisible(close)


def test_cas_foodsoft_169_a_member_answers_from_its_page(monde: Monde, aubenas: Any) -> None:
    monde.notifie()
    monde.commander(AUB, 5)
    monde.faire(proposer_substitution, monde.ligne_de_marche(), propose(monde))
    page = aubenas.get(achat(monde, "/parts"))
    (lien,) = re.findall(r'href="(/groupement/substitutions/[^"]+)"', page.text)
    assert "Rupture chez le fabricant" in lisible(aubenas.get(lien))
    aubenas.post(lien, data={"reponse": "oui"})
    assert "Papier A4 75 g" in lisible(aubenas.get(achat(monde, "/parts")))


def test_the_share_shows_the_saving_as_a_figure_a_chart_and_a_table(
    monde: Monde, aubenas: Any
) -> None:
    monde.commande()
    page = aubenas.get(achat(monde, "/parts"))
    assert "Mon économie" in lisible(page)
    assert 'id="halteres-t"' in page.text
    assert "prix de référence, l’estimation de l’article" in lisible(page)
    assert "0 € HT d’économie" in lisible(page)


def test_the_share_is_a_tagged_pdf_where_the_extra_is_installed(monde: Monde, aubenas: Any) -> None:
    monde.commande()
    fiche = aubenas.get(achat(monde, "/parts.pdf"))
    if not pdf.disponible():
        assert fiche.status_code == 404
        assert "imprimez la page" in lisible(fiche)
        return
    lu = PdfReader(io.BytesIO(fiche.data))
    assert lu.trailer["/Root"]["/MarkInfo"]["/Marked"]
    assert "Ma part" in lu.pages[0].extract_text()


def test_an_anomaly_a_credit_and_a_reverse_entry_from_the_pages(
    monde: Monde, coordonnatrice: Any
) -> None:
    monde.commande()
    adresse = achat(monde, "/reception")
    livraison = {
        "ligne": str(monde.ligne_de_marche()),
        "bon_livraison": "BL-1",
        "quantite": "62",
        "casse": "2",
        "motif": "Palettes éventrées",
        "recue_le": "02/03/2026",
        "strategie": "PRORATA",
    }
    page = coordonnatrice.post(adresse, data=livraison, follow_redirects=True)
    assert "2 cassés. Motif : Palettes éventrées." in lisible(page)
    (avoir,) = re.findall(r'href="(/groupement/receptions/[^"]+/avoir)"', page.text)
    assert coordonnatrice.post(avoir, data={"quantite": "3", "motif": "x"}).status_code == 422
    coordonnatrice.post(avoir, data={"quantite": "2", "motif": "Avoir n° 12"})
    (inverse,) = re.findall(r'href="(/groupement/receptions/[^"]+/contrepasser)"', page.text)
    faite = coordonnatrice.post(inverse, data={"motif": "Double"}, follow_redirects=True)
    assert "contre-passation" in lisible(faite)
    assert part_de(monde, DEP).recu == 0


def test_a_delivery_is_shared_by_priority_or_by_hand_from_the_page(
    monde: Monde, coordonnatrice: Any
) -> None:
    monde.commande()
    livraison = {
        "ligne": str(monde.ligne_de_marche()),
        "bon_livraison": "BL-1",
        "quantite": "30",
        "recue_le": "02/03/2026",
        "strategie": "MANUELLE",
        "motif": "Incendie",
        f"part-{SDIS}": "31",
    }
    refus = coordonnatrice.post(achat(monde, "/reception"), data=livraison)
    assert refus.status_code == 422
    priorite = {**livraison, "strategie": "PRIORITE", f"part-{SDIS}": "1"}
    priorite |= {f"part-{siret}": "2" for siret in (DEP, AUB)}
    coordonnatrice.post(achat(monde, "/reception"), data=priorite)
    with monde.transactions.read() as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(t.Reception)) == 1
    assert part_de(monde, SDIS).recu > part_de(monde, AUB).recu


def test_D8_a_delivery_is_shared_as_the_convention_says_unless_told_otherwise(
    monde: Monde, coordonnatrice: Any
) -> None:
    monde.commande()
    with monde.transactions.begin() as uow:
        uow.session.execute(sa.text("SET LOCAL session_replication_role = replica"))
        convention = uow.session.get_one(t.Convention, monde.convention_id)
        convention.clauses = replace(
            convention.clauses,
            strategie=Strategie.PRIORITE,
            priorites=(Priorite(AUB, 1, "écoles"),),
        )
    page = lisible(coordonnatrice.get(achat(monde, "/reception")))
    assert "Commune d’Aubenas en classe 1 (écoles) ; les autres membres ensuite" in page
    livraison = {
        "ligne": str(monde.ligne_de_marche()),
        "bon_livraison": "BL-1",
        "quantite": "5",
        "recue_le": "02/03/2026",
    }
    coordonnatrice.post(achat(monde, "/reception"), data=livraison)
    assert part_de(monde, AUB).recu == 5


def test_H3_the_amendment_page_refuses_with_the_rule_and_accepts_a_price(
    monde: Monde, coordonnatrice: Any
) -> None:
    monde.notifie()
    adresse = f"/groupement/marches/{MARCHE}/avenant"
    assert coordonnatrice.get(adresse).status_code == 200
    corps = {"motif": "FAIBLE_MONTANT", "objet": "Pâte à papier", "signe_le": "2026-03-02"}
    vide = coordonnatrice.post(adresse, data=corps)
    assert "Indiquez le montant, ou la ligne" in lisible(vide)
    trop = coordonnatrice.post(adresse, data={**corps, "montant_ht": "4 788"})
    assert trop.status_code == 422
    assert "strictement inférieur à 10 %" in lisible(trop)
    prix = {**corps, "ligne": str(monde.ligne_de_marche()), "prix_unitaire_ht": "470"}
    page = coordonnatrice.post(adresse, data=prix, follow_redirects=True)
    assert "Pâte à papier" in lisible(page)
    assert "470,00 € HT à partir du 2 mars 2026" in lisible(page)


def test_fees_dates_tolerance_substitution_have_their_page(
    monde: Monde, coordonnatrice: Any
) -> None:
    monde.commande()
    ligne = monde.ligne_de_marche()
    envois = {
        f"/groupement/marches/{MARCHE}/tolerance": {"tolerance": "10"},
        f"/groupement/marches/{MARCHE}/frais": {
            "genre": "REMISE", "montant_ht": "100", "motif": "Fin d’année",
        },
        f"/groupement/lignes/{ligne}/livraison": {"prevue_le": "2026-04-13"},
        f"/groupement/lignes/{ligne}/substitution": {
            "article": "papier-75", "designation": "Papier 75 g", "prix_unitaire_ht": "440",
            "motif": "Rupture", "reponse_avant": "2026-03-20",
        },
    }  # fmt: skip
    for adresse, corps in envois.items():
        assert coordonnatrice.get(adresse).status_code == 200, adresse
        assert coordonnatrice.post(adresse, data=corps).status_code == 303, adresse
    page = lisible(coordonnatrice.get(achat(monde, "/execution")))
    for texte in ("10 % de la quantité", "Remise : -100,00 €", "13 avril 2026", "Papier 75 g"):
        assert texte in page


def test_cas_foodsoft_275_the_settlement_page_says_what_is_missing_then_settles(
    monde: Monde, coordonnatrice: Any, aubenas: Any
) -> None:
    monde.commande()
    adresse = achat(monde, "/solder")
    assert "attendent encore 105" in lisible(coordonnatrice.get(adresse))
    assert coordonnatrice.post(adresse, data={}).status_code == 422
    recevoir(monde, 105, "BL-1")
    motifs = {"renonciation_paiement": "Réglé", "renonciation_evaluation": "Modeste"}
    fait = coordonnatrice.post(adresse, data=motifs, follow_redirects=True)
    assert "Achat soldé le" in lisible(fait)
    lignes = coordonnatrice.get(achat(monde, "/solde.csv")).data.decode("utf-8-sig").splitlines()
    assert len(lignes) == 6
    assert "Votre montant final : 2 280,00 €" in lisible(aubenas.get(achat(monde, "/parts")))
    assert aubenas.get(achat(monde, "/execution")).status_code == 403


def test_the_conduct_of_another_group_is_unknown(monde: Monde, aubenas: Any) -> None:
    monde.commande()
    recue = recevoir(monde, 60, "BL-1")
    for adresse in (
        f"/groupement/marches/{MARCHE}/avenant",
        f"/groupement/receptions/{recue.id}/contrepasser",
        f"/groupement/lignes/{monde.ligne_de_marche()}/livraison",
    ):
        assert aubenas.get(adresse).status_code == 403
