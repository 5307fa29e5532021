"""Pages of paiement in a real browser: axe at three widths, keyboard and no-JavaScript journeys."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from services.paiement import demo as semis
from services.paiement.app import create_app
from services.paiement.gateways.efacture.schematron import VALIDATEUR
from services.paiement.tables import Carte, Facture, Marche, OperationCarte, Releve
from shared.ops import demo
from tests.kit import factures
from tests.kit.browser import controler, servir
from tests.kit.factures import Identite
from tests.kit.web import ClientWeb

pytestmark = [pytest.mark.browser, pytest.mark.db]


@dataclass(frozen=True)
class Site:
    """The application on the demonstration, its address, and rows to look at."""

    adresse: str
    application: Any
    factures: dict[str, str]
    en_retard: str
    marche: str
    carte: str
    refus: str
    programme: str
    releve: str
    ecart: str
    redeposee: str

    def entrer(self, page: Any, persona: str, **identite: str) -> None:
        """Give the browser the session of a persona, of another organisation if asked."""
        client: ClientWeb = self.application.test_client()
        with client.session_transaction() as session:
            session.update(demo.PERSONAS[persona].en_session() | identite)
        cookie = client.get_cookie("essaim_session")
        assert cookie is not None
        page.context.add_cookies([{"name": cookie.key, "value": cookie.value, "url": self.adresse}])


@pytest.fixture
def site(contexte: Callable[..., Any], monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    monkeypatch.setattr(semis, "DELAIS", (19, 33, 22, 25))  # a shorter year is enough to look at
    context = contexte("paiement")
    semis.semer(context)
    application = create_app(context)
    application.test_client_class = ClientWeb
    with context.transactions.read() as session:
        par_etat = session.execute(sa.select(Facture.etat, Facture.id).order_by(Facture.recue_le))
        etats = {etat: str(id_) for etat, id_ in par_etat}
        retard = session.scalar(sa.select(Facture.id).where(Facture.jours_retard > 0).limit(1))
        marche = session.scalar(sa.select(Marche.id).where(Marche.reference == "2025-07-0012"))
        carte = session.scalar(
            sa.select(Carte.id).where(Carte.acheteur_siret == demo.DEPARTEMENT.siret)
        )
        refus = session.scalar(
            sa.select(OperationCarte.id).where(
                OperationCarte.carte_id == carte, ~OperationCarte.autorisee
            )
        )
        programme = session.scalar(sa.select(Carte.programme_id).where(Carte.id == carte))
        releve = session.scalar(sa.select(Releve.id).where(Releve.programme_id == programme))
        ecart, redeposee = (
            session.scalar(sa.select(Facture.id).where(Facture.numero.endswith(fin)))
            for fin in ("-M-001", "-R-002")
        )
    with servir(application) as adresse:
        lignes = (retard, marche, carte, refus, programme, releve, ecart, redeposee)
        yield Site(adresse, application, etats, *map(str, lignes))
    VALIDATEUR.arreter()


def _chemins(site: Site) -> dict[str, str]:
    base, f = "/paiement/factures", site.factures
    recue = f["MISE_A_DISPOSITION"]
    return {
        "factures": base,
        "aucune": f"{base}?q=introuvable",
        "recue": f"{base}/{recue}",
        "suspendue": f"{base}/{f['SUSPENDUE']}",
        "payee-en-retard": f"{base}/{site.en_retard}",
        "suspendre": f"{base}/{recue}/suspendre",
        "completer": f"{base}/{f['SUSPENDUE']}/completer",
        "mandater": f"{base}/{f['SERVICE_FAIT']}/mandater",
        "payer": f"{base}/{f['MANDATEE']}/payer",
        "rejeter": f"{base}/{recue}/rejeter",
        "deposer": f"{base}/deposer",
        "ecarts": "/paiement/ecarts",
        "ecart": f"{base}/{site.ecart}",
        "accepter-ecart": f"{base}/{site.ecart}/accepter-ecart",
        "contester": f"{base}/{site.ecart}/contester",
        "recycler": f"{base}/{site.ecart}/recycler",
        "affaire": f"{base}/{site.redeposee}/affaire",
        "reception": "/paiement/reception",
        "marches": "/paiement/marches",
        "marche": f"/paiement/marches/{site.marche}",
        "avances": "/paiement/avances",
        "cartes": "/paiement/cartes",
        "carte": f"/paiement/cartes/{site.carte}?operation={site.refus}",
        "carte-nouvelle": "/paiement/cartes/nouvelle",
        "programme": f"/paiement/cartes/programmes/{site.programme}",
        "programme-nouveau": "/paiement/cartes/programmes/nouveau",
        "releves": "/paiement/cartes/releves",
        "exceptions": "/paiement/cartes/releves/exceptions",
        "releve": f"/paiement/cartes/releves/{site.releve}",
        "releve-ligne": f"/paiement/cartes/releves/{site.releve}/lignes/4",
        "releve-importer": "/paiement/cartes/releves/importer",
        "parametres": "/paiement/parametres",
        "acces": "/paiement/parametres/acces",
    }


def test_pages_accessibles(site: Site, ouvrir_page: Any) -> None:
    page = ouvrir_page()
    site.entrer(page, "finances")
    for nom, chemin in _chemins(site).items():
        page.goto(site.adresse + chemin)
        controler(page, f"paiement-{nom}")
    cevennes = {"siret": demo.CEVENNES.siret, "organisation": demo.CEVENNES.nom}
    for nom, identite in (("mes-factures", cevennes), ("mes-factures-vide", {})):
        site.entrer(page, "entreprise", **identite)
        page.goto(f"{site.adresse}/paiement/mes-factures")
        controler(page, f"paiement-{nom}")


@pytest.mark.parametrize("javascript", [True, False])
def test_deposer_puis_attester_au_clavier_ou_sans_javascript(
    site: Site, ouvrir_page: Any, tmp_path: Path, *, javascript: bool
) -> None:
    page = ouvrir_page(largeur=390, javascript=javascript)
    site.entrer(page, "finances")
    page.goto(f"{site.adresse}/paiement/factures/deposer")
    page.get_by_role("button", name="Déposer la facture").press("Enter")
    assert page.title().startswith("Erreur")
    if javascript:
        assert page.evaluate("document.activeElement.className") == "resume-err"
        controler(page, "paiement-deposer-erreur", sauf="422")
    fichier = tmp_path / "facture.xml"
    bureau = Identite(demo.BUREAU.siret, demo.BUREAU.nom)
    fichier.write_bytes(factures.cii(vendeur=bureau, contrat="2025-07-0012", commande=None))
    page.get_by_label("Fichier de la facture").set_input_files(fichier)
    page.get_by_role("button", name="Déposer la facture").press("Enter")
    assert "conforme et mise à disposition" in page.get_by_role("status").first.inner_text()
    page.get_by_role("link", name="Constater le service fait").press("Enter")
    page.get_by_role("button", name="Constater le service fait").press("Enter")
    page.get_by_role("link", name="Mandater").press("Enter")
    page.get_by_role("button", name="Mandater").press("Enter")
    assert page.locator("[aria-current=step]").inner_text() == "Mandatée"


def test_une_operation_refusee_montre_ses_controles(site: Site, ouvrir_page: Any) -> None:
    page = ouvrir_page(largeur=390)
    site.entrer(page, "finances")
    page.goto(f"{site.adresse}/paiement/cartes/{site.carte}")
    page.get_by_label("SIRET du fournisseur").fill("910 700 020 00019")
    page.get_by_label("Nom du fournisseur").fill("Bureau Vivarais")
    page.get_by_label("Montant TTC").fill("100")
    page.get_by_label("Marché exécuté").select_option("2025-07-0019")
    page.get_by_role("button", name="Demander l’autorisation").press("Enter")
    assert "marché avec avance" in page.locator("#reponse h2").inner_text()
    assert page.get_by_text("Non examiné", exact=True).count() == 6
    controler(page, "paiement-operation-refusee")
