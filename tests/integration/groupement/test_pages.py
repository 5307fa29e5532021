"""The group's pages, read as text and driven by their forms, without JavaScript."""

from collections.abc import Callable
from typing import Any

from services.groupement.demo import semer
from services.groupement.usecases.noter_paiement import noter_paiement
from shared.messaging.envelope import Event
from tests.integration.groupement.monde import AUB, DEP, SDEA, SDIS, SITE, VH, Monde, achat
from tests.integration.groupement.test_execution import MARCHE, payee
from tests.kit.web import lisible

Client = Callable[..., Any]
Events = Callable[..., list[Event]]


def test_empty_pages_say_why_and_what_next(monde: Monde, coordonnatrice: Any, aubenas: Any) -> None:
    monde.organisations()
    assert "Rien à faire aujourd’hui" in lisible(aubenas.get("/groupement/"))
    assert "Aucun achat groupé" in lisible(aubenas.get("/groupement/achats"))
    assert "Aucune convention" in lisible(aubenas.get("/groupement/convention"))
    assert "Aucun recensement" in lisible(coordonnatrice.get("/groupement/recensement"))


def test_what_is_to_do_comes_first(monde: Monde, aubenas: Any) -> None:
    monde.ouvert()
    page = lisible(aubenas.get("/groupement/"))
    assert "À répondre" in page
    assert "Sans réponse de votre part à la clôture" in page
    monde.declarer(AUB, "5", tolerance="2")
    assert "Réponses transmises" in lisible(aubenas.get("/groupement/"))


SEL = {
    "lot": "1",
    "lot_objet": "Sel en vrac",
    "lot_cpv": "34927100",
    "code": "sel",
    "designation": "Sel en vrac",
    "unite_base": "kg",
    "prix_estime_ht": "0,12",
    "conditionnements": "sac = 25\npalette = 1 000",
    "conditionnement_achat": "sac",
}


def test_a_coordinator_brings_a_purchase_from_the_idea_to_the_launch(
    monde: Monde, coordonnatrice: Any, aubenas: Any, events: Events
) -> None:
    monde.convention()
    cree = coordonnatrice.post(
        "/groupement/achats/nouveau",
        data={
            "objet": "Sel de déneigement",
            "famille": "Voirie",
            "cpv": "34927100-2",
            "nature": "FOURNITURES",
            "lieu": "07",
            "duree_mois": "12",
            "montant_estime_ht": "90 000,50",
        },
    )
    assert cree.status_code == 303
    monde.achat_id = cree.headers["Location"].rsplit("/", 1)[-1]
    decrit = coordonnatrice.post(achat(monde, "/articles"), data=SEL)
    assert decrit.status_code == 303
    page = lisible(coordonnatrice.get(achat(monde)))
    assert "palette de 1 000 kg" in page
    ouvert = coordonnatrice.post(
        achat(monde, "/recensement"), data={"cloture_jour": "2026-03-20", "cloture_heure": "17:00"}
    )
    assert ouvert.status_code == 303
    declare = aubenas.post(
        achat(monde, "/besoins"),
        data={
            "article-0": "SEL",
            "quantite-0": "480 à 600",
            "unite-0": "sac",
            "lieu-0": "Aubenas",
        },
        follow_redirects=True,
    )
    assert "1 besoin transmis" in lisible(declare)
    assert "Commune d’Aubenas" not in lisible(coordonnatrice.get(achat(monde, "/clore")))
    assert coordonnatrice.post(achat(monde, "/clore")).status_code == 303
    apercu = coordonnatrice.get(achat(monde, "/consolider"))
    empreinte = apercu.text.split('name="empreinte" value="')[1].split('"')[0]
    assert "480 sacs" in lisible(apercu)
    consolide = coordonnatrice.post(achat(monde, "/consolider"), data={"empreinte": empreinte})
    assert consolide.status_code == 303
    assert "1 440,00 €" in lisible(coordonnatrice.get(achat(monde, "/lancer")))
    assert coordonnatrice.post(achat(monde, "/lancer")).status_code == 303
    assert "Lancé" in lisible(coordonnatrice.get(achat(monde)))
    (lance,) = events("groupement", "groupement.achat.lance.v1")
    assert lance.data["lots"][0]["lignes"][0]["conditionnement"] == "sac"


def test_errors_come_back_field_by_field_with_what_was_typed(
    monde: Monde, coordonnatrice: Any
) -> None:
    monde.convention()
    refus = coordonnatrice.post(
        "/groupement/achats/nouveau", data={"objet": "Sel", "cpv": "12", "nature": "FOURNITURES"}
    )
    page = lisible(refus)
    assert refus.status_code == 422
    assert "Le formulaire contient 3 erreurs" in page
    assert "<title>Erreur" in refus.text
    assert 'value="Sel"' in refus.text


def test_a_bad_article_is_refused_where_it_is_wrong(monde: Monde, coordonnatrice: Any) -> None:
    monde.convention()
    monde.achat(articles=())
    article = {
        "lot": "1",
        "lot_objet": "Papier",
        "lot_cpv": "30197630",
        "code": "P",
        "designation": "Papier",
        "unite_base": "feuille",
        "prix_estime_ht": "0,01",
        "conditionnements": "ramette : 500",
        "conditionnement_achat": "ramette",
    }
    refus = coordonnatrice.post(achat(monde, "/articles"), data=article)
    assert "écrivez par exemple « ramette = 500 »" in lisible(refus)
    refus = coordonnatrice.post(achat(monde, "/articles"), data=article | {"conditionnements": ""})
    assert refus.status_code == 422
    assert "n’est pas connue" in lisible(refus) or "Aucune conversion" in lisible(refus)


def test_the_heat_map_shows_amounts_and_who_is_awaited(
    contexte: Callable[..., Any], monde: Monde, coordonnatrice: Any
) -> None:
    semer(contexte("groupement"))
    page = coordonnatrice.get("/groupement/recensement")
    texte = lisible(page)
    assert "24 réponses sur 30 attendues" in texte
    assert page.text.count('<td class="absent">en attente</td>') == 6
    assert 'class="n6"' in page.text
    assert "Commune d’Aubenas" in texte.split("En attente :")[1]
    csv = coordonnatrice.get("/groupement/recensement.csv").data.decode("utf-8-sig")
    assert csv.splitlines()[0] == (
        "Membre;SIRET;Électricité;Entretien;EPI;Logiciels;Papier;Véhicules;Total"
    )
    assert csv.count("en attente") == 6
    assert coordonnatrice.get("/groupement/recensement.ods").status_code == 200


def test_the_purchase_page_tells_thresholds_composition_payments_and_journal(
    monde: Monde, coordonnatrice: Any, aubenas: Any
) -> None:
    monde.commande()
    monde.faire(noter_paiement, payee(MARCHE))
    page = lisible(coordonnatrice.get(achat(monde)))
    for morceau in (
        "aucun membre seul",
        "6 300 000 feuilles, soit 105 palettes",
        "2 400 000 feuilles",
        "Papeterie du Coiron",
        "F-2026-0042",
        "222,60 €",
        "Journal de l’achat",
        "Périmètre des membres figé",
    ):
        assert morceau in page, morceau
    sienne = lisible(aubenas.get(achat(monde)))
    assert "300 000 feuilles" in sienne
    assert "2 400 000 feuilles" not in sienne
    assert "F-2026-0042" not in sienne
    assert "Journal de l’achat" not in sienne


def test_the_convention_is_drafted_voted_and_put_into_force(
    monde: Monde, coordonnatrice: Any, aubenas: Any
) -> None:
    monde.organisations()
    cree = coordonnatrice.post(
        "/groupement/convention/nouvelle",
        data={"nom": "Essai", "mode": "PASSATION", "membres": [SDIS, AUB]},
        follow_redirects=True,
    )
    assert "Délibération attendue" in lisible(cree)
    base = "/groupement/convention/" + cree.text.split("/groupement/convention/")[2].split("/")[0]
    for siret in (DEP, SDIS):
        vote = {"siret": siret, "deliberation_le": "2026-01-10", "effet_le": "2026-01-05"}
        refus = coordonnatrice.post(f"{base}/adhesion", data=vote)
        assert refus.status_code == 422
        vote["effet_le"] = "2026-01-15"
        assert coordonnatrice.post(f"{base}/adhesion", data=vote).status_code == 303
    assert coordonnatrice.post(f"{base}/vigueur", data={"debut": "2026-01-10"}).status_code == 422
    assert coordonnatrice.post(f"{base}/vigueur", data={"debut": "2026-01-15"}).status_code == 303
    page = lisible(aubenas.get("/groupement/convention"))
    assert "En vigueur" in page
    assert "Enregistrer la délibération" not in page


RESERVEES = (
    "/articles", "/recensement", "/clore", "/consolider", "/lancer", "/abandonner", "/reception",
)  # fmt: skip


def test_a_member_does_nothing_in_the_name_of_all(monde: Monde, aubenas: Any) -> None:
    monde.consolide()
    for suite in RESERVEES:
        for methode in (aubenas.get, aubenas.post):
            assert methode(achat(monde, suite)).status_code == 403, suite
    assert aubenas.get("/groupement/recensement").status_code == 403
    assert aubenas.get("/groupement/achats/nouveau").status_code == 403


def test_another_coordinator_is_told_that_it_does_not_conduct_this_purchase(
    monde: Monde, client: Client
) -> None:
    monde.consolide()
    autre = client("groupement", "coordonnatrice")
    with autre.session_transaction() as session:
        session["siret"] = SDEA
    for suite in RESERVEES:
        assert autre.get(achat(monde, suite)).status_code == 403, suite


def test_outside_the_group_nothing_is_seen(monde: Monde, aubenas: Any) -> None:
    monde.convention(membres=(DEP, SDIS, SDEA, VH))
    monde.achat()
    monde.ouvrir()
    for suite in ("", "/besoins", "/besoins/import", "/besoins/modele.csv", "/parts", "/parts.csv"):
        assert aubenas.get(achat(monde, suite)).status_code == 404, suite
    assert aubenas.post(achat(monde, "/besoins"), data={}).status_code == 404


def test_a_supplier_and_a_visitor_are_kept_out(monde: Monde, client: Client) -> None:
    monde.ouvert()
    assert client("groupement", "entreprise").get("/groupement/").status_code == 403
    visiteur = client("groupement").get(achat(monde))
    assert visiteur.status_code == 302
    assert visiteur.headers["Location"].startswith("/connexion")


def test_reopening_and_abandoning_by_the_pages(
    monde: Monde, coordonnatrice: Any, events: Events
) -> None:
    monde.consolide()
    rouvrir = {"cloture_jour": "2026-03-01", "cloture_heure": "17:00", "motif": "Oubli"}
    refus = coordonnatrice.post(achat(monde, "/recensement"), data=rouvrir)
    assert "Choisissez une date à venir" in lisible(refus)
    rouvrir["cloture_jour"] = "2026-03-10"
    assert coordonnatrice.post(achat(monde, "/recensement"), data=rouvrir).status_code == 303
    ouvert = events("groupement", "groupement.recensement.ouvert.v1")[-1]
    assert (ouvert.data["motif"], ouvert.data["url"][: len(SITE)]) == ("Oubli", SITE)
    assert coordonnatrice.post(achat(monde, "/abandonner"), data={}).status_code == 422
    page = coordonnatrice.post(
        achat(monde, "/abandonner"), data={"motif": "Sans suite"}, follow_redirects=True
    )
    assert "Achat abandonné. Motif : Sans suite" in lisible(page)


def test_consolidating_what_changed_meanwhile_shows_it_again(
    monde: Monde, coordonnatrice: Any
) -> None:
    monde.clos()
    page = coordonnatrice.post(achat(monde, "/consolider"), data={"empreinte": "sha256:autre"})
    assert page.status_code == 422
    assert "relisez la consolidation" in lisible(page)
    assert monde.etat() == "RECENSEMENT_CLOS"
