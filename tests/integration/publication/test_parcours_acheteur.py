"""The coordinator's journey on the pages, without JavaScript: prepare, publish, correct, award."""

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import select

from services.publication.tables import Avis, Consultation, Marche, Programme
from services.publication.usecases.inscrire_achat_envisage import inscrire_achat_envisage
from services.publication.usecases.ouvrir_consultation import ouvrir_consultation
from shared.kernel.clock import FrozenClock
from shared.messaging.uow import Transactions
from tests.integration.publication.monde import (
    DEPARTEMENT,
    LIGNE_ENVELOPPES,
    LIGNE_PAPIER,
    LIMITE,
    SDIS,
    envisage,
    lance,
    minimal,
    publier,
)
from tests.kit.web import lisible

pytestmark = pytest.mark.db
PREPARATION = {
    "objet": "Papier et enveloppes 2026",
    "lieu": "Ardèche (07)",
    "contact": "achats@departement07.exemple",
    "date_limite": "2026-03-23T12:00",
    "description": "Papier et enveloppes.\r\nPour cinq acheteurs.",
    "duree_mois": "12",
}
RETENUE = {
    "siret": "910 700 012 00016",
    "nom": "Papeterie du Coiron",
    "courriel": "contact@papeterie.exemple",
    "pme": "oui",
    "offres_recues": "3",
    "taux_tva": "0.20",
    "attribue_le": "2026-03-25",
}


def _lancer(tx: Transactions) -> str:
    with tx.begin() as uow:
        inscrire_achat_envisage(uow, envisage(), 1)
        consultation = ouvrir_consultation(uow, lance(), 2)
        assert consultation is not None
        return f"/consultations/{consultation.id}"


def test_from_the_launched_purchase_to_the_notified_contract(
    tx: Transactions,
    clock: FrozenClock,
    client: Callable[..., Any],
    events: Callable[..., list[Any]],
) -> None:
    base = _lancer(tx)
    acheteur = client("publication", "coordonnatrice")
    assert "En préparation" in lisible(acheteur.get("/consultations"))
    pas_prete = acheteur.get(f"{base}/publier")
    assert "pas encore publiable" in lisible(pas_prete)
    assert acheteur.post(f"{base}/publier").status_code == 422

    assert acheteur.post(f"{base}/preparer", data=PREPARATION).status_code == 303
    confirmation = lisible(acheteur.get(f"{base}/publier"))
    assert "Procédure adaptée" in confirmation
    assert "23 mars 2026 à 12 h" in confirmation
    assert acheteur.post(f"{base}/publier").status_code == 303
    page = lisible(acheteur.get(base))
    assert "L’avis AVIS-2026-0001 est publié." in page
    assert "Rectifier l’avis" in page

    formulaire = acheteur.get(f"{base}/rectifier")
    assert 'value="2026-03-23T12:00"' in formulaire.text
    sans_motif = acheteur.post(f"{base}/rectifier", data=PREPARATION)
    assert sans_motif.status_code == 422
    assert "Erreur" in sans_motif.text.split("</title>")[0]
    rien = acheteur.post(f"{base}/rectifier", data={**PREPARATION, "motif": "Relecture"})
    assert "Rien ne change" in lisible(rien), "mêmes lignes, mêmes minutes : rien à rectifier"
    plus_tard = {**PREPARATION, "motif": "Délai", "date_limite": "2026-03-24T12:00"}
    assert acheteur.post(f"{base}/rectifier", data=plus_tard).status_code == 303

    assert acheteur.post(f"{base}/lots/1/attribuer", data=RETENUE).status_code == 422
    clock.set(dt.datetime(2026, 3, 25, 9, tzinfo=dt.UTC))
    prix = {f"prix_{LIGNE_PAPIER}": "456,00"}
    lot1 = acheteur.post(f"{base}/lots/1/attribuer", data={**RETENUE, **prix})
    assert lot1.status_code == 303
    enveloppes = {f"prix_{LIGNE_ENVELOPPES}": "1 480"}
    lot2 = acheteur.post(f"{base}/lots/2/attribuer", data={**RETENUE, **enveloppes})
    assert lot2.status_code == 303
    assert "Attribuée" in lisible(acheteur.get(base))

    futur = {"date_notification": "2026-03-26"}
    assert acheteur.post(f"{base}/lots/1/notifier", data=futur).status_code == 422
    for lot in (1, 2):
        le = {"date_notification": "25/03/2026"}
        assert acheteur.post(f"{base}/lots/{lot}/notifier", data=le).status_code == 303
    assert "Notifiée" in lisible(acheteur.get(base))
    notifies = events("publication", "publication.marche.notifie.v1")
    assert [event.data["montant_ht"] for event in notifies] == ["47880.00", "17760.00"]
    resultat = lisible(client("publication").get(f"/avis/{_avis(tx).id}"))
    assert "Papeterie du Coiron (PME)" in resultat
    assert "47 880,00 €" in resultat


def _avis(tx: Transactions) -> Avis:
    with tx.read() as session:
        return session.scalars(select(Avis)).one()


def test_a_refused_award_keeps_what_was_typed(
    tx: Transactions, clock: FrozenClock, client: Callable[..., Any]
) -> None:
    avis = publier(tx)
    clock.set(LIMITE + dt.timedelta(days=2))
    acheteur = client("publication", "coordonnatrice")
    adresse = f"/consultations/{avis.consultation_id}/lots/1/attribuer"
    assert "Montant attribué" in lisible(acheteur.get(adresse))
    mauvais = {**RETENUE, "siret": "123", "courriel": "pas une adresse", "montant_ht": "mille"}
    reponse = acheteur.post(adresse, data=mauvais)
    assert reponse.status_code == 422
    texte = lisible(reponse)
    assert "Le formulaire contient 3 erreurs" in texte
    assert 'value="mille"' in reponse.text
    trop_tot = {**RETENUE, "montant_ht": "40 000", "attribue_le": "2026-03-20"}
    refus = acheteur.post(adresse, data=trop_tot)
    assert "La date d’attribution est comprise" in lisible(refus)
    assert acheteur.get(adresse.replace("/1/", "/9/")).status_code == 404
    assert acheteur.get(adresse.replace("attribuer", "notifier")).status_code == 404


def test_a_buyer_opens_its_own_consultation(tx: Transactions, client: Callable[..., Any]) -> None:
    acheteur = client("publication", "coordonnatrice")
    vide = acheteur.post("/consultations/nouvelle", data={"objet": "Ab"})
    assert vide.status_code == 422
    cree = acheteur.post(
        "/consultations/nouvelle",
        data={"objet": "Audit énergétique", "cpv": "71314300", "montant_estime_ht": "95 000"},
    )
    assert cree.status_code == 303
    base = cree.headers["Location"]
    examen = lisible(acheteur.get(f"{base}/publier"))
    assert "il atteint le seuil de 90 000 € HT" in examen
    assert "Indiquez : critères d’attribution." in examen
    preparer = acheteur.get(f"{base}/preparer")
    assert 'value="95000.00"' in preparer.text
    assert 'value="5"' in preparer.text


def test_cancelling_asks_why(tx: Transactions, client: Callable[..., Any]) -> None:
    avis = publier(tx)
    acheteur = client("publication", "coordonnatrice")
    adresse = f"/consultations/{avis.consultation_id}/annuler"
    assert "définitive" in lisible(acheteur.get(adresse))
    assert acheteur.post(adresse).status_code == 422
    assert acheteur.post(adresse, data={"motif": "Crédits supprimés"}).status_code == 303
    assert acheteur.post(adresse, data={"motif": "Encore"}).status_code == 422
    assert _avis(tx).motif_annulation == "Crédits supprimés"


def test_C1_the_programme_from_entry_to_consultation(
    tx: Transactions, client: Callable[..., Any]
) -> None:
    acheteur = client("publication", "coordonnatrice")
    entree = {
        "objet": "Mobilier scolaire",
        "cpv": "39160000",
        "lieu": "Privas",
        "montant_estime_ht": "52 000",
        "publication_prevue_le": "2026-06-01",
    }
    assert acheteur.post("/programmation/nouvelle", data={}).status_code == 422
    assert acheteur.post("/programmation/nouvelle", data=entree).status_code == 303
    with tx.read() as session:
        base = f"/programmation/{session.scalars(select(Programme.id)).one()}"
    assert acheteur.post(f"{base}/confirmer").status_code == 303
    assert "Confirmée" in lisible(acheteur.get(base))
    passe = acheteur.post(f"{base}/replanifier", data={"publication_prevue_le": "2026-01-01"})
    assert passe.status_code == 422
    report = acheteur.post(f"{base}/replanifier", data={"publication_prevue_le": "2026-07-01"})
    assert report.status_code == 303
    programme_id = base.rsplit("/", 1)[1]
    nouvelle = acheteur.get(f"/consultations/nouvelle?programme={programme_id}")
    assert 'value="Mobilier scolaire"' in nouvelle.text
    depuis = acheteur.post(
        f"/consultations/nouvelle?programme={programme_id}",
        data={"objet": "Mobilier", "cpv": "39160000"},
    )
    assert depuis.status_code == 303
    with tx.read() as session:
        assert str(session.scalars(select(Consultation.programme_id)).one()) == programme_id
    assert acheteur.post(f"{base}/abandonner", data={}).status_code == 422
    assert acheteur.post(f"{base}/abandonner", data={"motif": "Reporté"}).status_code == 303
    assert "Reporté" in lisible(acheteur.get(base))


@pytest.mark.parametrize(
    "suite",
    [
        "",
        "/preparer",
        "/publier",
        "/rectifier",
        "/annuler",
        "/lots/1/attribuer",
        "/lots/1/notifier",
    ],
)
def test_another_organisation_finds_nothing(
    tx: Transactions, client: Callable[..., Any], suite: str
) -> None:
    avis = publier(tx)
    autre = client("publication", "coordonnatrice")
    with autre.session_transaction() as session:
        session["siret"] = SDIS.siret
    adresse = f"/consultations/{avis.consultation_id}{suite}"
    assert autre.get(adresse).status_code == 404
    if suite:
        assert autre.post(adresse, data={"motif": "Intrusion", **RETENUE}).status_code == 404
    api = f"/publication/api/v1/avis/{avis.id}/annulation"
    assert autre.post(api, json={"motif": "Intrusion"}).status_code == 404


def test_buyers_pages_ask_to_sign_in(tx: Transactions, client: Callable[..., Any]) -> None:
    avis = publier(tx, minimal())
    visiteur = client("publication")
    adresse = f"/consultations/{avis.consultation_id}"
    assert visiteur.get(adresse).headers["Location"].startswith("/connexion?suite=")
    assert client("publication", "agent-sdis").get(adresse).status_code == 403
    assert DEPARTEMENT.nom in lisible(visiteur.get(f"/avis/{avis.id}"))
    with tx.read() as session:
        assert session.scalars(select(Marche)).all() == []
