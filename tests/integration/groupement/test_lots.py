"""« Découper autrement » : lots change with a reason, answers follow or are asked again."""

import datetime as dt
import re
from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from services.groupement import tables as t
from services.groupement.domain.allotissement import Decoupage, MotifLotUnique
from services.groupement.domain.decoupage import Coupe
from services.groupement.domain.suivi import Reponse
from services.groupement.queries.achats import journal
from services.groupement.queries.preuve import refaire
from services.groupement.usecases.clore_recensement import clore_recensement
from services.groupement.usecases.consolider import consolider
from services.groupement.usecases.creer_acces import NouvelAcces, creer_acces
from services.groupement.usecases.lancer import lancer
from services.groupement.usecases.redecouper import NouveauDecoupage, redecouper
from services.groupement.usecases.repondre import NouvelleReponse, repondre
from services.groupement.usecases.retirer_membre import NouveauRetrait, notifier_retrait
from shared.kernel.errors import ConflictError, ValidationError
from shared.messaging.envelope import Event
from tests.integration.groupement.monde import AUB, DEP, PARAMETRES, SDIS, SITE, Monde, achat
from tests.kit.web import lisible

Evenements = Callable[..., list[Event]]
REDECOUPES = "groupement.decoupage.applique.v1"
PAR_LIEU = NouveauDecoupage(Coupe(Decoupage.LIEU), "Des entreprises locales livrent chaque ville.")
EN_UN = NouveauDecoupage(
    Coupe(Decoupage.UNIQUE), "Un seul agent suit le marché.", MotifLotUnique.PILOTAGE
)


@pytest.fixture
def clos(monde: Monde) -> Monde:
    """Paper in two towns, envelopes for the SDIS, which stays out of the paper; needs are in."""
    monde.ouvert()
    monde.declarer(DEP, "40")
    monde.declarer(DEP, "2", lieu="Tournon")
    monde.declarer(AUB, "5")
    monde.declarer(SDIS, "4", "boîte", article="ENV-DL", lieu="Tournon")
    repondre_sans(monde, SDIS, 1)
    monde.faire(clore_recensement, monde.achat_id)
    return monde


@pytest.fixture
def partage(monde: Monde) -> Monde:
    """Aubenas asks for paper and envelopes, then stays out of the paper: all is consolidated."""
    monde.ouvert()
    monde.declarer(DEP, "40")
    monde.declarer(AUB, "12")
    monde.declarer(AUB, "4", "boîte", article="ENV-DL")
    repondre_sans(monde, AUB, 1)
    monde.faire(clore_recensement, monde.achat_id)
    monde.faire(consolider, monde.achat_id, PARAMETRES)
    return monde


def repondre_sans(monde: Monde, siret: str, *lots: int) -> None:
    dite = NouvelleReponse(monde.achat_id, siret, Reponse.PARTICIPE, lots_declines=frozenset(lots))
    monde.faire(repondre, dite)


def redecoupe(monde: Monde, nouveau: NouveauDecoupage) -> t.Decoupage:
    fait: t.Decoupage = monde.faire(redecouper, monde.achat_id, nouveau, PARAMETRES, site=SITE)
    return fait


def reponses(monde: Monde, siret: str) -> dict[int, str]:
    requete = sa.select(t.ParticipationLot.lot, t.ParticipationLot.reponse).where(
        t.ParticipationLot.achat_id == monde.achat_id, t.ParticipationLot.siret == siret
    )
    with monde.transactions.read() as session:
        return dict(session.execute(requete).all())


def lignes(monde: Monde, numero: int) -> dict[tuple[str, str], tuple[int, str]]:
    requete = sa.select(t.Ligne).join(t.Consolidation).where(t.Consolidation.numero == numero)
    with monde.transactions.read() as session:
        return {
            (x.article, x.lieu): (x.lot, str(x.quantite_base)) for x in session.scalars(requete)
        }


def test_D5_lots_are_cut_by_place_before_consolidating(clos: Monde, events: Evenements) -> None:
    fait = redecoupe(clos, PAR_LIEU)
    assert fait.apres["lots"][0]["objet"].startswith("Privas")
    assert clos.etat() == "RECENSEMENT_CLOS"
    assert reponses(clos, DEP) == {1: "PARTICIPE", 2: "PARTICIPE"}
    assert reponses(clos, SDIS) == {1: "DECLINE", 2: "PARTICIPE"}
    clos.faire(consolider, clos.achat_id, PARAMETRES)
    assert lignes(clos, 1) == {
        ("PAPIER-A4-80", "Privas"): (1, "2700000"),
        ("PAPIER-A4-80", "Tournon"): (2, "120000"),
        ("ENV-DL", "Tournon"): (2, "2000"),
    }
    (dit,) = events("groupement", REDECOUPES)
    assert (dit.data["methode"], dit.data["membres"], dit.data["cloture_le"]) == ("LIEU", [], None)
    assert [lot["numero"] for lot in dit.data["lots_avant"]] == [1, 2]
    assert sum(float(lot["montant_estime_ht"]) for lot in dit.data["lots"]) == 21492.0
    with clos.transactions.read() as session:
        actions = [entree.action for entree in journal(session, clos.achat_id)]
    assert "decoupage.applique" in actions


def test_D5_a_consolidated_purchase_is_consolidated_again_on_the_same_needs(
    clos: Monde, coordonnatrice: Any, events: Evenements
) -> None:
    clos.faire(consolider, clos.achat_id, PARAMETRES)
    redecoupe(clos, PAR_LIEU)
    assert clos.etat() == "CONSOLIDE"
    avant, apres = lignes(clos, 1), lignes(clos, 2)
    assert {cle: x[1] for cle, x in avant.items()} == {cle: x[1] for cle, x in apres.items()}
    assert {lot for lot, _ in avant.values()} == {lot for lot, _ in apres.values()} == {1, 2}
    assert avant["PAPIER-A4-80", "Tournon"][0] == 1
    assert apres["PAPIER-A4-80", "Tournon"][0] == 2
    with clos.transactions.read() as session:
        for faite in session.scalars(sa.select(t.Consolidation)):
            assert refaire(session, faite).identique, faite.numero
    jadis = lisible(coordonnatrice.get(achat(clos, "/consolidation?numero=1")))
    assert "1 – Papier A4 80 g" in jadis
    assert "1 – Privas" in lisible(coordonnatrice.get(achat(clos, "/consolidation")))
    assert len(events("groupement", "groupement.achat.consolide.v1")) == 2
    fiche = lisible(coordonnatrice.get(achat(clos)))
    assert "Découpages appliqués" in fiche
    assert "Tournon : lot 2" in fiche
    clos.faire(lancer, clos.achat_id, PARAMETRES)
    (lance,) = events("groupement", "groupement.achat.lance.v1")
    assert [lot["objet"].split("\u00a0")[0] for lot in lance.data["lots"]] == ["Privas", "Tournon"]


def test_D2b_a_member_on_notice_is_not_counted_again_and_the_page_says_so(
    clos: Monde, coordonnatrice: Any
) -> None:
    clos.faire(consolider, clos.achat_id, PARAMETRES)
    jour = clos.clock.today()
    clos.faire(notifier_retrait, NouveauRetrait(clos.convention_id, AUB, jour, "Autre centrale"))
    page = lisible(coordonnatrice.get(achat(clos, "/decoupage?decoupage=LIEU")))
    assert "ne seront plus comptés : Commune d’Aubenas." in page
    redecoupe(clos, PAR_LIEU)
    assert lignes(clos, 1)["PAPIER-A4-80", "Privas"] == (1, "2700000")
    assert lignes(clos, 2)["PAPIER-A4-80", "Privas"] == (1, "2400000")


def test_D5_a_need_keeps_its_lot_when_the_price_of_a_lot_is_estimated(
    clos: Monde, client: Callable[..., Any]
) -> None:
    redecoupe(clos, PAR_LIEU)
    page = lisible(client("groupement", "coordonnatrice").get(achat(clos, "/adhesion")))
    assert "Vos besoins : 40 palettes (Privas)" in page
    assert "Vos besoins : 2 palettes (Tournon)" in page


def test_D3_a_lot_that_mixes_yes_and_no_is_not_applied_before_the_consolidation(
    partage: Monde,
) -> None:
    with partage.transactions.begin() as uow:
        uow.session.execute(sa.text("SET LOCAL session_replication_role = replica"))
        uow.session.get_one(t.Achat, partage.achat_id).etat = "RECENSEMENT_CLOS"
    with pytest.raises(ConflictError) as refus:
        redecoupe(partage, EN_UN)
    assert refus.value.code == "reponses_a_redemander"
    assert reponses(partage, AUB) == {1: "DECLINE", 2: "PARTICIPE"}


def test_D3_an_answer_that_no_longer_tells_is_asked_again_in_a_new_call(
    partage: Monde, client: Callable[..., Any], events: Evenements
) -> None:
    with pytest.raises(ValidationError) as refus:
        redecoupe(partage, EN_UN)
    assert refus.value.champs == {"cloture_le": refus.value.message}
    cloture = partage.clock.now() + dt.timedelta(days=10)
    fait = redecoupe(
        partage,
        NouveauDecoupage(EN_UN.coupe, EN_UN.motif, EN_UN.motif_unique, cloture),
    )
    assert (fait.redemandees, fait.recensement) == ({AUB: [1]}, 2)
    assert partage.etat() == "RECENSEMENT_OUVERT"
    (dit,) = events("groupement", REDECOUPES)
    assert [(m["siret"], m["lots"]) for m in dit.data["membres"]] == [(AUB, [1])]
    assert dit.data["url"].endswith("/adhesion")
    rouvert = events("groupement", "groupement.recensement.ouvert.v1")[-1]
    assert "Nouveau découpage en lots" in rouvert.data["motif"]
    aubenas = client("groupement", "agente-aubenas")
    assert "Votre réponse est redemandée" in lisible(aubenas.get(achat(partage)))
    coordonnatrice = client("groupement", "coordonnatrice")
    assert "redemandée pour" not in lisible(coordonnatrice.get(achat(partage, "/adhesion")))
    partage.clock.advance(dt.timedelta(hours=1))
    aubenas.post(achat(partage, "/adhesion"), data={"reponse": "PARTICIPE", "lots": "1"})
    assert "Votre réponse est redemandée" not in lisible(aubenas.get(achat(partage)))
    partage.faire(clore_recensement, partage.achat_id)
    partage.faire(consolider, partage.achat_id, PARAMETRES)
    assert lignes(partage, 2)["PAPIER-A4-80", "Privas"] == (1, "3120000")


def test_D3_silence_keeps_the_member_out_of_the_lot_it_did_not_answer_for(partage: Monde) -> None:
    cloture = partage.clock.now() + dt.timedelta(days=10)
    redecoupe(partage, NouveauDecoupage(EN_UN.coupe, EN_UN.motif, EN_UN.motif_unique, cloture))
    partage.faire(clore_recensement, partage.achat_id)
    partage.faire(consolider, partage.achat_id, PARAMETRES)
    assert lignes(partage, 2) == {("PAPIER-A4-80", "Privas"): (1, "2400000")}
    assert lignes(partage, 1)["ENV-DL", "Privas"] == (2, "2000"), "the old one is kept"


@pytest.mark.parametrize(
    ("nouveau", "champ"),
    [
        (NouveauDecoupage(EN_UN.coupe, EN_UN.motif), "motif_unique"),
        (NouveauDecoupage(PAR_LIEU.coupe, "  "), "motif"),
        (NouveauDecoupage(Coupe(Decoupage.MONTANT), "Trop gros"), "plafond"),
    ],
)
def test_a_cutting_is_refused_where_something_is_missing(
    clos: Monde, nouveau: NouveauDecoupage, champ: str
) -> None:
    with pytest.raises(ValidationError) as refus:
        redecoupe(clos, nouveau)
    assert set(refus.value.champs) == {champ}


def test_the_page_shows_then_applies_what_it_showed(clos: Monde, coordonnatrice: Any) -> None:
    page = coordonnatrice.get(achat(clos, "/decoupage?decoupage=LIEU"))
    texte = lisible(page)
    assert "2 lots au lieu de 2" in texte
    assert "Toutes les réponses sont reprises" in texte
    (empreinte,) = re.findall(r'name="empreinte" value="([^"]+)"', page.text)
    saisie = {"decoupage": "LIEU", "motif": "Deux villes", "empreinte": empreinte}
    vide = coordonnatrice.post(achat(clos, "/decoupage"), data={**saisie, "motif": ""})
    assert vide.status_code == 422
    assert "Dites pourquoi les lots changent" in lisible(vide)
    perime = coordonnatrice.post(achat(clos, "/decoupage"), data={**saisie, "empreinte": "x"})
    assert "relisez-le" in lisible(perime)
    fait = coordonnatrice.post(achat(clos, "/decoupage"), data=saisie, follow_redirects=True)
    assert "Les lots sont redécoupés" in lisible(fait)
    encore = coordonnatrice.post(achat(clos, "/decoupage"), data=saisie)
    assert encore.status_code == 422


def test_the_page_says_whose_answer_is_asked_again(partage: Monde, coordonnatrice: Any) -> None:
    texte = lisible(coordonnatrice.get(achat(partage, "/decoupage?decoupage=UNIQUE")))
    assert "Commune d’Aubenas : le lot 1 mêle des besoins acceptés et des besoins refusés" in texte
    assert "Appliquer et rouvrir le recensement" in texte
    assert "Cas légal du lot unique" in texte
    refus = coordonnatrice.get(achat(partage, "/decoupage?decoupage=MONTANT"))
    assert refus.status_code == 422
    assert "Indiquez le montant qu’un lot ne doit pas dépasser" in lisible(refus)


def test_while_members_answer_lots_stay_as_they_are(monde: Monde, coordonnatrice: Any) -> None:
    monde.ouvert()
    texte = lisible(coordonnatrice.get(achat(monde, "/decoupage?decoupage=LIEU")))
    assert "attendez sa clôture" in texte
    with pytest.raises(ConflictError) as refus:
        redecoupe(monde, PAR_LIEU)
    assert refus.value.code == "lots_figes"


def test_over_http_members_read_the_cuttings_and_the_coordinator_applies_one(
    partage: Monde, client: Callable[..., Any]
) -> None:
    def en_tete(siret: str) -> dict[str, str]:
        jeton = partage.faire(creer_acces, NouvelAcces(siret, "L")).jeton
        return {"Authorization": f"Bearer {jeton}"}

    web, adresse = client("groupement"), f"/groupement/api/v1/achats/{partage.achat_id}/decoupages"
    dep, sdis, aub = en_tete(DEP), en_tete(SDIS), en_tete(AUB)
    corps = {
        "methode": "UNIQUE",
        "motif": "Un seul agent suit le marché.",
        "motif_lot_unique": "PILOTAGE",
    }
    assert web.post(adresse, json=corps, headers=sdis).status_code == 403
    manque = web.post(adresse, json=corps, headers=dep)
    assert (manque.status_code, manque.json["type"]) == (
        422,
        "urn:essaim:probleme:cloture_requise",
    )
    cloture = (partage.clock.now() + dt.timedelta(days=10)).isoformat()
    fait = web.post(adresse, json={**corps, "cloture_le": cloture}, headers=dep)
    assert (fait.status_code, fait.json["redemandees"]) == (201, {AUB: [1]})
    vus = {s: web.get(adresse, headers=h).json["decoupages"] for s, h in ((AUB, aub), (SDIS, sdis))}
    assert [d["redemandees"] for d in vus[AUB]] == [{AUB: [1]}]
    assert [d["redemandees"] for d in vus[SDIS]] == [{}]
    lu = web.get(f"/groupement/api/v1/achats/{partage.achat_id}", headers=aub).json
    assert {a["code"]: (a["lot"], a["cpv"]) for a in lu["articles"]} == {
        "PAPIER-A4-80": (1, "30197630"),
        "ENV-DL": (1, "30199230"),
    }


def test_the_database_keeps_lots_once_launched_and_articles_in_lots_that_exist(
    monde: Monde,
) -> None:
    monde.consolide()
    with pytest.raises(IntegrityError, match="lot qui n'existe pas"):
        monde.faire(deplacer, monde, {"Privas": 9})
    monde.faire(lancer, monde.achat_id, PARAMETRES)
    with pytest.raises(IntegrityError, match="figés depuis son lancement"):
        monde.faire(deplacer, monde, {"Privas": 2})


def deplacer(uow: Any, monde: Monde, lieux: dict[str, int]) -> None:
    article = uow.session.get_one(t.Article, (monde.achat_id, "PAPIER-A4-80"))
    article.lots_par_lieu = lieux
