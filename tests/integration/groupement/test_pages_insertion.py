"""Bank, evaluation and innovation, by the pages and the API."""

import re
from collections.abc import Callable
from typing import Any

import pytest

from services.groupement import tables as t
from services.groupement.usecases.creer_acces import NouvelAcces, creer_acces
from services.groupement.usecases.ouvrir_evaluation import ouvrir_evaluation
from services.groupement.usecases.ouvrir_quotas import ouvrir_quotas
from shared.ops import demo
from shared.web.liens import signer
from tests.integration.groupement.monde import DEP, MARCHE, SDIS, Monde
from tests.integration.groupement.test_insertion import deux_marches, faites
from tests.kit.web import lisible

FIRME = demo.PAPETERIE.siret
BANQUE = f"/groupement/insertion/{FIRME}"
EVALUATION = f"/groupement/evaluations/{MARCHE}"
SAISIE = {
    "marche_id": str(MARCHE),
    "personne": "ins-0042",
    "public": "JEUNE",
    "contrat_travail": "APPRENTISSAGE",
    "preuve": "CONTRAT_ALTERNANCE",
    "preuve_reference": "CA-118",
    "debut": "02/03/2026",
    "fin": "13/03/2026",
    "heures": "70",
}


@pytest.fixture
def entreprise(client: Callable[..., Any]) -> Any:
    return client("groupement", "entreprise")


def test_J1_the_firm_declares_the_coordinator_validates_a_member_reads(
    monde: Monde, entreprise: Any, coordonnatrice: Any, aubenas: Any
) -> None:
    deux_marches(monde)
    vide = lisible(entreprise.get(BANQUE))
    assert "Aucune heure déclarée" in vide
    faux = entreprise.post(f"{BANQUE}/declarer", data=SAISIE | {"personne": "Camille"})
    assert faux.status_code == 422
    assert "jamais un nom" in lisible(faux)
    page = lisible(entreprise.post(f"{BANQUE}/declarer", data=SAISIE, follow_redirects=True))
    assert "INS-0042 – Moins de 26 ans" in page
    valider = re.search(
        r"/groupement/insertion/heures/[0-9a-f-]+/valider", coordonnatrice.get(BANQUE).text
    )
    assert valider
    validee = lisible(coordonnatrice.post(valider[0], follow_redirects=True))
    assert "105 h" in validee
    assert "dont 26 h pour un autre marché" in validee
    assert "Valider" not in lisible(aubenas.get(BANQUE))
    assert aubenas.post(valider[0]).status_code == 403
    lignes = aubenas.get(f"{BANQUE}/heures.csv").data.decode("utf-8-sig").splitlines()
    assert lignes[1].split(";")[8:14] == ["70", "1,50", "105,00", "Validées", "79", "26"]
    motif = coordonnatrice.post(valider[0].replace("valider", "ecarter"), data={"motif": ""})
    assert motif.status_code == 422
    coordonnatrice.post(valider[0].replace("valider", "ecarter"), data={"motif": "Doublon"})
    assert "Annulées" in lisible(aubenas.get(BANQUE))


def test_the_clause_page_proposes_the_usual_figures_and_computes(
    monde: Monde, coordonnatrice: Any, aubenas: Any
) -> None:
    monde.notifie()
    adresse = f"/groupement/marches/{MARCHE}/clause-insertion"
    page = lisible(coordonnatrice.get(adresse))
    assert "peinture 70 %" in page
    assert 'name="effort" type="text" value="5"' in coordonnatrice.get(adresse).text
    saisie = {
        "part_main_oeuvre": "50",
        "effort": "10 %",
        "cout_horaire": "30",
        "coefficient_alternance": "1,5",
        "penalite_horaire": "40",
        "mutualisable": "oui",
    }
    assert coordonnatrice.post(adresse, data=saisie | {"effort": "120"}).status_code == 422
    assert "79 h" in lisible(coordonnatrice.post(adresse, data=saisie, follow_redirects=True))
    assert aubenas.get(adresse).status_code == 403


def test_another_firm_knows_nothing_of_the_bank(monde: Monde, client: Callable[..., Any]) -> None:
    deux_marches(monde)
    autre = client("groupement", "entreprise")
    with autre.session_transaction() as session:
        session["siret"] = demo.CEVENNES.siret
    assert autre.get(BANQUE).status_code == 404
    assert autre.get(f"{BANQUE}/heures.ods").status_code == 404
    assert "Aucune heure d’insertion demandée" in lisible(autre.get("/groupement/insertion"))
    refus = autre.post(f"{BANQUE}/declarer", data=SAISIE)
    assert refus.status_code == 404


def test_the_api_declares_for_the_coordinator_once_per_key(
    monde: Monde, client: Callable[..., Any]
) -> None:
    deux_marches(monde)
    jetons = {
        siret: monde.faire(creer_acces, NouvelAcces(siret, "Logiciel")).jeton
        for siret in (DEP, SDIS)
    }
    api = client("groupement")
    corps = SAISIE | {"debut": "2026-03-02", "fin": "2026-03-13"}

    def poster(siret: str) -> Any:
        entetes = {"Authorization": f"Bearer {jetons[siret]}", "Idempotency-Key": "d-1"}
        return api.post("/groupement/api/v1/insertion/heures", json=corps, headers=entetes)

    assert poster(SDIS).status_code == 403
    premiere, seconde = poster(DEP), poster(DEP)
    assert (premiere.status_code, premiere.json["comptees"]) == (201, "105")
    assert seconde.json == premiere.json
    faites(monde, "30", "INS-0001")
    entetes = {"Authorization": f"Bearer {jetons[SDIS]}"}
    lues = api.get("/groupement/api/v1/insertion/banques", headers=entetes).json
    assert lues["total"] == 1
    assert (lues["banques"][0]["engagees"], lues["banques"][0]["realisees"]) == ("135", "30")


def test_K1_marks_transmission_and_reply_by_the_link(
    monde: Monde, coordonnatrice: Any, aubenas: Any, client: Callable[..., Any]
) -> None:
    monde.commande()
    assert "n’est pas encore ouverte" in lisible(aubenas.get(EVALUATION))
    coordonnatrice.post(f"{EVALUATION}/ouvrir")
    assert "Donner nos notes" in lisible(aubenas.get("/groupement/evaluations"))
    notes = {f"note_{n}": "4" for n in range(6)}
    faux = aubenas.post(f"{EVALUATION}/noter", data=notes | {"note_3": "9", "commentaire": "Bien"})
    assert faux.status_code == 422
    assert 'id="e-note_3"' in faux.text
    assert "Bien</textarea>" in faux.text
    page = aubenas.post(
        f"{EVALUATION}/noter", data=notes | {"commentaire": "Bien"}, follow_redirects=True
    )
    assert "Avis reçus : 1 sur 5" in lisible(page)
    assert aubenas.post(f"{EVALUATION}/transmettre", data={}).status_code == 403
    anonyme = client("groupement")
    lien = "/groupement/evaluations/reponse/" + signer(
        anonyme.application.extensions["essaim"].settings.secret_key, "evaluation", str(MARCHE)
    )
    assert anonyme.get(lien).status_code == 404
    assert (
        coordonnatrice.post(
            f"{EVALUATION}/transmettre", data={"courriel": "pas une adresse"}
        ).status_code
        == 422
    )
    coordonnatrice.post(f"{EVALUATION}/transmettre", data={"courriel": "contact@firme.exemple"})
    assert "Envoyer notre réponse" in lisible(anonyme.get(lien))
    assert anonyme.get(f"{lien}x").status_code == 404
    assert anonyme.post(lien, data={"reponse": ""}).status_code == 422
    reponse = anonyme.post(lien, data={"reponse": "Merci."}, follow_redirects=True)
    assert "Merci." in lisible(reponse)
    assert "Envoyer notre réponse" not in lisible(reponse)
    assert anonyme.post(lien, data={"reponse": "Encore"}).status_code == 422
    lignes = coordonnatrice.get(f"{EVALUATION}/rapport.csv").data.decode("utf-8-sig").splitlines()
    assert len(lignes) == 1 + 6
    assert lignes[1].split(";")[1:] == ["Commune d’Aubenas", "Délais", "4", "Bien"]


def test_K1_a_waiver_wants_a_reason(monde: Monde, coordonnatrice: Any) -> None:
    monde.commande()
    adresse = f"{EVALUATION}/dispenser"
    assert coordonnatrice.post(adresse, data={"motif": " "}).status_code == 422
    page = coordonnatrice.post(adresse, data={"motif": "Sans objet"}, follow_redirects=True)
    assert "Dispense motivée. Sans objet" in lisible(page)


def test_the_criteria_of_the_convention_are_changed_by_its_coordinator(
    monde: Monde, coordonnatrice: Any, aubenas: Any
) -> None:
    monde.commande()
    adresse = f"/groupement/evaluations/criteres/{monde.convention_id}"
    assert "Environnement" in lisible(coordonnatrice.get(adresse))
    assert coordonnatrice.post(adresse, data={"criteres": "x" * 70}).status_code == 422
    coordonnatrice.post(adresse, data={"criteres": "Délais\nÉcoute"})
    monde.faire(ouvrir_evaluation, MARCHE)
    with monde.transactions.read() as session:
        assert session.get_one(t.Evaluation, MARCHE).criteres == ["Délais", "Écoute"]
    assert aubenas.get(adresse).status_code == 403


def test_C4_the_year_is_approved_only_with_its_innovation(monde: Monde, aubenas: Any) -> None:
    monde.convention()
    adresse = "/groupement/besoins-annuels/2026"
    saisie = {"besoins": "Papier = 48 000\nÉnergie = 12 000,50", "action": "approuver"}
    refus = aubenas.post(adresse, data=saisie)
    assert refus.status_code == 422
    assert 'id="e-innovation_part"' in refus.text
    assert aubenas.post(adresse, data=saisie | {"besoins": "Papier 48 000"}).status_code == 422
    aubenas.post(adresse, data=saisie | {"action": "enregistrer"})
    assert "Papier = 48000,00" in lisible(aubenas.get(adresse))
    page = aubenas.post(adresse, data=saisie | {"innovation_part": "2,5"}, follow_redirects=True)
    assert "60 000 €" in lisible(page)
    assert "2,5 %" in lisible(page)
    assert "Approuvée le" in lisible(aubenas.get(adresse))
    assert aubenas.post(adresse, data=saisie | {"innovation_part": "3"}).status_code == 422
    assert aubenas.get("/groupement/besoins-annuels/1815").status_code == 404


def test_C4_the_page_says_its_denominator(monde: Monde, coordonnatrice: Any, aubenas: Any) -> None:
    monde.lance()
    assert "Aucun marché notifié" in lisible(aubenas.get("/groupement/innovation"))
    monde.faire(ouvrir_quotas, monde.marche())
    adresse = f"/groupement/marches/{MARCHE}/innovation"
    assert coordonnatrice.post(adresse, data={"motif": "x"}).status_code == 422
    coordonnatrice.post(adresse, data={"innovant": "oui", "motif": "Encre végétale"})
    page = lisible(aubenas.get("/groupement/innovation"))
    assert "47 880,00 € sur 47 880,00 € HT notifiés ; 1 marché sur 1" in page
    assert "Encre végétale" in page
    assert "Encre végétale" in aubenas.get("/groupement/innovation.csv").data.decode("utf-8-sig")
