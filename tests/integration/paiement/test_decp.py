"""Publishing the open data of contracts; the official schema is read from the shelf.

`ESSAIM_DECP` names the folder of the schema and its examples; by default it is looked for beside
the project. They are never part of it.
"""

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from services.paiement.jobs import republier, signaler_decp
from services.paiement.tables import Marche
from services.paiement.usecases.enregistrer_marche import enregistrer_marche
from services.paiement.usecases.mouvements import enregistrer_avenant
from services.paiement.usecases.publier_decp import completer_decp, publier_decp
from shared.kernel.clock import FrozenClock
from shared.kernel.ids import new_id
from shared.kernel.montant import Montant
from shared.messaging.uow import Transactions
from shared.ops import demo
from shared.ops.context import ServiceContext
from tests.integration.paiement.test_comptes import avenant
from tests.kit.decp import CHAMPS
from tests.kit.paiement import DEPARTEMENT, MARCHE, le, notifie
from tests.kit.web import ClientWeb, lisible

pytestmark = pytest.mark.db
Clients = Callable[..., ClientWeb]
ICI = Path(__file__).resolve().parents[3]
ETAGERE = Path(os.environ.get("ESSAIM_DECP", ICI.parent / "shared" / "data" / "decp"))
PAGE = f"/paiement/marches/{MARCHE}/donnees-essentielles"
JSON = "/paiement/decp.json"


@pytest.fixture
def schema() -> Any:
    chemin = ETAGERE / "schema_decp_v2.0.3.json"
    if not chemin.exists():
        raison = f"schéma DECP absent : {chemin} (variable ESSAIM_DECP)"
        if os.environ.get("CI"):
            pytest.fail(raison)
        pytest.skip(raison)
    return json.loads(chemin.read_text("utf-8"))


@pytest.fixture
def publie(tx: Transactions, marche: Marche) -> Marche:
    with tx.begin() as uow:
        completer_decp(uow, MARCHE, DEPARTEMENT, dict(CHAMPS))
        publier_decp(uow, MARCHE, DEPARTEMENT)
    return marche


def lire(client: Clients, adresse: str = JSON) -> list[Any]:
    marches: list[Any] = client("paiement").get(adresse).json["marches"]["marche"]
    return marches


def test_L1_la_fiche_publiee_est_valide_contre_le_schema_officiel(
    publie: Marche, client: Clients, schema: Any
) -> None:
    jsonschema.validate(client("paiement").get(JSON).json, schema)
    (fiche,) = lire(client)
    assert fiche["acheteur"]["id"] == demo.DEPARTEMENT.siret
    assert (fiche["montant"], fiche["tauxAvance"], fiche["dureeMois"]) == (47880, 0.05, 12)
    assert fiche["datePublicationDonnees"] == "2026-03-02"


def test_L1_une_modification_et_un_acte_la_font_publier_de_nouveau(
    *,
    tx: Transactions,
    publie: Marche,
    client: Clients,
    contexte: Callable[[str], ServiceContext],
    clock: FrozenClock,
    schema: Any,
    events: Callable[..., list[Any]],
) -> None:
    le(clock, "2026-03-05")
    acte = {
        "siret": demo.BUREAU.siret,
        "nom": demo.BUREAU.nom,
        "duree": "5,5",
        "notifie_le": "2026-03-04",
        "montant_ht": "5 000,50",
        "variation": "Ferme",
    }
    finances = client("paiement", "finances")
    assert finances.post(f"{PAGE}/actes", data=acte).status_code == 303
    with tx.begin() as uow:
        enregistrer_avenant(uow, avenant(Montant("2120.00")))
    assert [republier(contexte("paiement")) for _ in range(2)] == [1, 0]
    jsonschema.validate(client("paiement").get(JSON).json, schema)
    (fiche,) = lire(client)
    (modification,) = fiche["modifications"]
    assert modification["modification"]["montant"] == 50_000
    assert modification["modification"]["datePublicationDonneesModification"] == "2026-03-05"
    assert fiche["montant"] == 47_880
    (publie_acte,) = fiche["actesSousTraitance"]
    assert publie_acte["acteSousTraitance"]["dureeMois"] == 6
    assert publie_acte["acteSousTraitance"]["montant"] == 5000.5
    raisons = [e.data["raison"] for e in events("paiement", "paiement.decp.publiee.v1")]
    assert raisons == ["Première publication", "Acte de sous-traitance", "Avenant"]
    assert "3" in lisible(finances.get(PAGE))


def test_L1_les_exemples_officiels_passent_par_nos_controles(schema: Any) -> None:
    exemples = sorted((ETAGERE / "exemples" / "json").glob("marches*.json"))
    assert exemples
    for exemple in exemples:
        jsonschema.validate(json.loads(exemple.read_text("utf-8")), schema)


def test_L1_l_adresse_publique_a_une_empreinte_et_se_filtre_par_annee(
    publie: Marche, client: Clients
) -> None:
    anonyme = client("paiement")
    reponse = anonyme.get(JSON)
    etag = reponse.headers["ETag"]
    assert anonyme.get(JSON, headers={"If-None-Match": etag}).status_code == 304
    assert len(lire(client, "/paiement/decp-2026.json")) == 1
    assert lire(client, "/paiement/decp-2025.json") == []
    assert anonyme.get("/paiement/decp-20x6.json").status_code == 404


def test_L1_rien_n_est_publie_tant_qu_il_manque_une_reponse(
    marche: Marche, client: Clients
) -> None:
    finances = client("paiement", "finances")
    page = lisible(finances.get(PAGE))
    assert "Il manque 15 réponses" in page
    assert "le nombre d’offres reçues" in page
    finances.post(f"{PAGE}/publication")
    assert lire(client) == []
    partiel = {cle: valeur for cle, valeur in CHAMPS.items() if cle != "ccag"}
    assert finances.post(PAGE, data=partiel).status_code == 303
    page = lisible(finances.get(PAGE))
    assert "Il manque 1 réponse" in page
    assert "le CCAG de référence" in page
    assert finances.post(PAGE, data=CHAMPS).status_code == 303
    assert "La fiche est complète" in lisible(finances.get(PAGE))
    finances.post(f"{PAGE}/publication")
    assert len(lire(client)) == 1
    assert "Publiées" in lisible(finances.get("/paiement/donnees-essentielles"))
    assert finances.post(PAGE, data=CHAMPS).status_code == 422


@pytest.mark.parametrize(
    ("champ", "valeur"),
    [
        ("offres_recues", "0"),
        ("procedure", "Enchère"),
        ("techniques", ["Rien"]),
        ("origine_ue", "1.5"),
        ("identifiant", "un deux"),
    ],
)
def test_L1_une_reponse_impossible_revient_avec_sa_raison(
    marche: Marche, client: Clients, champ: str, valeur: Any
) -> None:
    reponse = client("paiement", "finances").post(PAGE, data={**CHAMPS, champ: valeur})
    assert reponse.status_code == 422
    assert f'id="e-{champ}"' in reponse.text


def test_L1_une_fiche_incoherente_n_est_pas_publiee(marche: Marche, client: Clients) -> None:
    finances = client("paiement", "finances")
    finances.post(PAGE, data={**CHAMPS, "lieu_code": "7"})
    assert "La fiche ne peut pas être publiée" in lisible(finances.get(PAGE))
    finances.post(f"{PAGE}/publication")
    assert lire(client) == []


def test_L1_un_retard_est_dit_une_fois(
    marche: Marche,
    clock: FrozenClock,
    contexte: Callable[[str], ServiceContext],
    client: Clients,
    events: Callable[..., list[Any]],
) -> None:
    context = contexte("paiement")
    le(clock, "2026-04-27")
    assert signaler_decp(context) == 0
    le(clock, "2026-04-28")
    assert [signaler_decp(context), signaler_decp(context)] == [1, 0]
    (dit,) = events("paiement", "paiement.decp.en_retard.v1")
    assert dit.data["a_publier_avant"] == "2026-04-27"
    assert len(dit.data["manques"]) == 15
    page = lisible(client("paiement", "finances").get("/paiement/donnees-essentielles"))
    assert "En retard" in page


def test_L1_une_version_publiee_ne_s_efface_ni_ne_se_modifie(
    tx: Transactions, publie: Marche
) -> None:
    for ordre in ("DELETE FROM decp_version", "UPDATE decp_version SET fiche = ''"):
        with pytest.raises(IntegrityError, match="ne se modifie pas"), tx.begin() as uow:
            uow.session.execute(sa.text(ordre))


def test_regles_12_sous_le_seuil_c_est_la_liste_annuelle(
    tx: Transactions, clock: FrozenClock, client: Clients
) -> None:
    for rang, montant in enumerate(("24999.99", "25000.00", "39999.99", "40000.00"), start=1):
        with tx.begin() as uow:
            enregistrer_marche(
                uow,
                notifie(
                    marche_id=new_id(clock), reference=f"R-{rang}", montant_ht=Montant(montant)
                ),
            )
    finances = client("paiement", "finances")
    liste = finances.get("/paiement/marches-de-2026.csv").text
    assert [
        f"{m},99" in liste or f"{m},00" in liste for m in ("24999", "25000", "39999", "40000")
    ] == [
        False,
        True,
        True,
        False,
    ]
    page = lisible(finances.get("/paiement/donnees-essentielles"))
    assert "R-4" in page.partition("Marchés de 25")[0]
    assert "R-3" in page.partition("Marchés de 25")[2]
    with tx.read() as session:
        trois = session.scalars(sa.select(Marche.id).where(Marche.reference == "R-3")).one()
    assert (
        finances.post(
            f"/paiement/marches/{trois}/code-postal", data={"code_postal": "07200"}
        ).status_code
        == 303
    )
    finances.post(f"/paiement/marches/{trois}/code-postal", data={"code_postal": "Aubenas"})
    assert "07200" in client("paiement").get("/paiement/marches-de-2026.csv").text


def test_L1_les_donnees_d_un_autre_acheteur_n_existent_pas(marche: Marche, client: Clients) -> None:
    finances = client("paiement", "finances")
    with finances.session_transaction() as session:
        session["siret"] = demo.SDIS.siret
    assert finances.get(PAGE).status_code == 404
    assert finances.post(PAGE, data=CHAMPS).status_code == 404
    assert finances.post(f"{PAGE}/publication").status_code == 404
    assert client("paiement", "entreprise").get(PAGE).status_code == 403


def test_L1_un_avenant_incoherent_ne_bloque_pas_les_autres_et_se_voit(
    tx: Transactions,
    publie: Marche,
    client: Clients,
    contexte: Callable[[str], ServiceContext],
) -> None:
    with tx.begin() as uow:
        enregistrer_avenant(uow, avenant(Montant("-47880.00")))
    assert republier(contexte("paiement")) == 0
    assert "modifications" not in lire(client)[0]
    page = lisible(client("paiement", "finances").get(PAGE))
    assert "La dernière modification n’est pas publiée" in page
