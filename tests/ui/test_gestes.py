"""What people come to do, on the whole platform: with the keyboard alone, then without script."""

import pytest
from playwright.sync_api import expect

from tests.kit.browser import console_propre
from tests.kit.mains import Clavier, Main
from tests.kit.plateforme import Site

pytestmark = [pytest.mark.browser, pytest.mark.db]
REFUS = "the server responded with a status of 422"


def entrer(main: Main, site: Site, qui: str) -> None:
    main.page.goto(f"{site.adresse}/connexion")
    main.presser(qui)
    expect(main.page.get_by_role("button", name="Se déconnecter")).to_be_visible()


def test_find_a_notice_then_be_told_of_the_next(ensemble: Site, main: Main) -> None:
    page = main.page
    page.goto(ensemble.adresse)
    main.saisir("q", "compteurs")
    main.presser("Rechercher")
    expect(page.locator("#resultats h2").first).to_have_text("1 avis trouvé")
    if isinstance(main, Clavier):
        main.presser("Aller aux résultats")
    main.presser("Compteurs d’eau")
    main.presser("M’alerter")
    expect(page.locator("[name=cpv]")).not_to_have_value("")
    retenu = page.locator("[name=cpv]").input_value()
    with page.expect_response(lambda reponse: reponse.status == 422):
        main.presser("Créer l’alerte")
    expect(page).to_have_title("Erreur\u00a0: Créer une alerte – Département de l’Ardèche")
    expect(page.locator("[name=cpv]")).to_have_value(retenu)
    champ = page.locator("[name=courriel]")
    expect(champ).to_have_attribute("aria-invalid", "true")
    if isinstance(main, Clavier):
        expect(page.locator(".resume-err")).to_be_focused()
        console_propre(page, sauf=REFUS)
    main.presser(page.locator(".resume-err a").inner_text())
    expect(champ).to_be_focused()
    page.keyboard.type(f"{type(main).__name__.lower()}@essai.exemple")
    main.presser("Créer l’alerte")
    expect(page.locator("h1")).to_contain_text("Plus qu’un geste")


def test_declare_a_need_between_five_and_seven(ensemble: Site, main: Main) -> None:
    qui = "Commune d’Aubenas" if isinstance(main, Clavier) else "SDIS 07"
    entrer(main, ensemble, qui)
    page = main.page
    main.presser("Papier pour les services")
    main.saisir("quantite-0", "5 à 7")
    main.saisir("unite-0", "palette")
    main.presser("Transmettre mes besoins")
    expect(page.locator("[role=status] .bandeau")).to_contain_text("1 besoin transmis")
    expect(page.locator("[name=quantite-0]")).to_have_value("5 à 7")
    expect(page.locator("[name=unite-0]")).to_have_value("palette")


def test_attest_that_the_service_is_done(ensemble: Site, main: Main) -> None:
    entrer(main, ensemble, "Finances")
    page = main.page
    main.presser("0019-F-010" if isinstance(main, Clavier) else "0012-F-003")
    main.presser("Constater le service fait")
    main.presser("Constater le service fait")
    expect(page.locator("[role=status] .bandeau")).to_contain_text("Le service fait est constaté")
    expect(page.locator("[aria-current=step]")).to_have_text("Service fait")


def test_publish_a_notice(ensemble: Site, main: Main) -> None:
    entrer(main, ensemble, "Coordonnatrice")
    page = main.page
    objet = f"Audit énergétique, {type(main).__name__}"
    main.presser("Consultations")
    main.presser("Nouvelle consultation")
    for champ, valeur in {
        "objet": objet,
        "cpv": "71314300",
        "montant_estime_ht": "45 000",
        "lieu": "Privas",
    }.items():
        main.saisir(champ, valeur)
    main.dater("date_limite", "2026-05-05", "12:00")
    main.saisir("contact", "achats@departement07.exemple")
    main.presser("Enregistrer")
    main.presser("Vérifier et publier")
    expect(page.locator("dl")).to_contain_text("5 mai 2026 à 12 h")
    main.presser("Publier l’avis maintenant")
    expect(page.locator("[role=status] .bandeau")).to_contain_text("est publié")
    page.goto(f"{ensemble.adresse}/avis?q=audit")
    expect(page.locator("#resultats")).to_contain_text(objet)
