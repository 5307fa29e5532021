"""The pages of cards, legal parameters and accesses."""

from collections.abc import Callable

import pytest
import sqlalchemy as sa

from services.paiement.tables import AccesApi, Acheteur, Marche
from shared.kernel.clock import FrozenClock
from shared.kernel.montant import Montant
from shared.messaging.uow import Transactions
from shared.ops import demo
from tests.kit.cartes import programme
from tests.kit.paiement import le
from tests.kit.web import ClientWeb, lisible

pytestmark = pytest.mark.db
Clients = Callable[..., ClientWeb]


def test_une_carte_de_sa_creation_a_son_premier_refus(
    tx: Transactions, marche: Marche, client: Clients
) -> None:
    finances = client("paiement", "finances")
    fournisseur = {"siret": demo.BUREAU.siret, "nom": demo.BUREAU.nom}
    finances.post("/paiement/cartes/fournisseurs", data=fournisseur)
    emetteur = {"emetteur": "Banque du Mézenc", "compte": "CA-0140", "banque": "mezenc"}
    programme = finances.post("/paiement/cartes/programmes/nouveau", data=emetteur).location
    carte = {
        "programme": programme.rsplit("/", 1)[-1],
        "porteur": "Agent technique",
        "fin_numero": "4242",
        "expire_le": "2027-12-31",
        "plafond_transaction": "500",
        "plafond_periode": "2 000,00",
        "plafond_fournisseur": "1200",
        "familles": "15900000 ; 39100000",
    }
    adresse = finances.post("/paiement/cartes/nouvelle", data=carte).location
    assert "La carte n’est pas encore active." in lisible(finances.get(adresse))
    finances.post(f"{adresse}/etat/activer")
    achat = {"accepteur_siret": demo.BUREAU.siret, "accepteur_nom": "Bureau", "montant": "300"}
    accepte = finances.post(f"{adresse}/operations", data=achat)
    assert "Opération autorisée" in lisible(finances.get(accepte.location))
    refus = finances.post(f"{adresse}/operations", data=achat | {"cpv": "15911000"})
    page = lisible(finances.get(refus.location))
    assert "Opération refusée : famille d’achat exclue" in page
    assert "La famille CPV 15900000 est exclue de cette carte." in page
    assert page.count("Non examiné.") == 7
    sans_motif = finances.post(f"{adresse}/etat/suspendre")
    assert sans_motif.status_code == 422
    finances.post(f"{adresse}/etat/suspendre", data={"motif": "Congé du porteur"})
    assert "Suspendue" in lisible(finances.get("/paiement/cartes"))
    assert "Congé du porteur" in lisible(finances.get(adresse))


@pytest.mark.parametrize(
    ("champ", "valeur"),
    [
        ("fin_numero", "42"),
        ("fin_numero", "4970 1000 0000 0055"),
        ("porteur", "Carte 4970-1000-0000-0055"),
        ("plafond_transaction", "0"),
        ("familles", "boissons"),
        ("mcc", "59"),
        ("categories", "papier 300"),
        ("porteur", ""),
    ],
)
def test_une_carte_mal_saisie_revient(
    tx: Transactions, acheteurs: None, client: Clients, champ: str, valeur: str
) -> None:
    with tx.begin() as uow:
        ouvert = programme(uow)
    carte = {
        "programme": str(ouvert.id),
        "porteur": "Agent",
        "fin_numero": "4242",
        "expire_le": "2027-12-31",
        "plafond_transaction": "500",
        "plafond_periode": "2000",
        "plafond_fournisseur": "1200",
    }
    reponse = client("paiement", "finances").post(
        "/paiement/cartes/nouvelle", data=carte | {champ: valeur}
    )
    assert reponse.status_code == 422
    assert f'id="e-{champ}"' in reponse.text
    if champ == "fin_numero":
        assert "4970 1000" not in reponse.text


def test_saisir_le_taux_qui_manque(
    tx: Transactions, marche: Marche, client: Clients, clock: FrozenClock
) -> None:
    le(clock, "2026-07-02")
    finances = client("paiement", "finances")
    page = lisible(finances.get("/paiement/parametres"))
    assert "1er juillet 2026––À saisir" in page
    faux = {"code": "taux_bce", "du": "2026-08-01", "valeur": "2,00", "reference": "BdF"}
    assert "choisissez le 1er juillet 2026" in lisible(
        finances.post("/paiement/parametres", data=faux)
    )
    assert finances.post("/paiement/parametres", data=faux | {"du": "2026-07-01"}).location
    assert "Saisi ici" in lisible(finances.get("/paiement/parametres"))


def test_classer_un_acheteur(tx: Transactions, acheteurs: None, client: Clients) -> None:
    finances = client("paiement", "finances")
    adresse = f"/paiement/parametres/acheteurs/{demo.VIVARAIS_HABITAT.siret}"
    finances.post(adresse, data={"classe": "OPH", "depenses_reelles": "61 000 000"})
    finances.post(adresse, data={"classe": "ROYAUME"})
    finances.post(adresse, data={"classe": "ENTITE_ADJUDICATRICE"})  # no known deadline
    assert "delai_paiement_jours" in lisible(finances.get("/paiement/parametres"))
    with tx.read() as session:
        acheteur = session.get_one(Acheteur, demo.VIVARAIS_HABITAT.siret)
    assert (acheteur.classe, acheteur.depenses_reelles) == ("OPH", Montant("61000000"))


def test_seule_l_instance_regle_la_loi(tx: Transactions, client: Clients) -> None:
    sdis = client("paiement")
    with sdis.session_transaction() as session:
        session.update(demo.PERSONAS["finances"].en_session() | {"siret": demo.SDIS.siret})
    assert sdis.get("/paiement/parametres").status_code == 200
    assert sdis.post("/paiement/parametres", data={}).status_code == 403
    assert sdis.get("/paiement/parametres/acces").status_code == 403


def test_un_acces_se_donne_une_fois_puis_se_ferme(tx: Transactions, client: Clients) -> None:
    finances = client("paiement", "finances")
    demande = {"siret": demo.PAPETERIE.siret, "nom": "Logiciel", "role": "entreprise"}
    page = finances.post("/paiement/parametres/acces", data=demande).text
    jeton = page.partition('<code id="jeton">')[2].partition("<")[0]
    assert len(jeton) > 40
    assert jeton not in finances.get("/paiement/parametres/acces").text
    with tx.read() as session:
        acces = session.scalars(sa.select(AccesApi)).one()
    assert acces.empreinte != jeton
    finances.post(f"/paiement/parametres/acces/{acces.id}/revocation")
    assert "Fermé" in lisible(finances.get("/paiement/parametres/acces"))
