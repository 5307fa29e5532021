"""The pages: what each role sees and does, and what it must not even learn about."""

import csv
import datetime as dt
import io
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import sqlalchemy as sa

from services.paiement.domain.facture import Etat
from services.paiement.gateways.efacture.schematron import VALIDATEUR
from services.paiement.tables import Facture, Marche
from services.paiement.usecases.payer import payer
from services.paiement.usecases.suspendre import suspendre
from shared.kernel.clock import FrozenClock
from shared.messaging.uow import Transactions
from shared.ops import demo
from tests.kit import factures
from tests.kit.factures import Identite
from tests.kit.paiement import DEPARTEMENT, MARCHE, deposer, le, mener_au_mandat
from tests.kit.web import ClientWeb, lisible

pytestmark = pytest.mark.db
Clients = Callable[..., ClientWeb]


@pytest.fixture(scope="module", autouse=True)
def saxon() -> Iterator[None]:
    """The process of the real check ends with the module."""
    yield
    VALIDATEUR.arreter()


def relire(tx: Transactions, facture: Facture) -> Facture:
    with tx.read() as session:
        return session.get_one(Facture, facture.id)


def envoyer(client: ClientWeb, octets: bytes, nom: str = "facture.xml") -> Any:
    return client.post("/paiement/factures/deposer", data={"fichier": (io.BytesIO(octets), nom)})


def test_le_service_finances_voit_les_factures_par_jours_restants(
    tx: Transactions, marche: Marche, client: Clients, clock: FrozenClock
) -> None:
    le(clock, "2026-02-16")
    deposer(tx, factures.cii(numero="URGENTE"))
    le(clock, "2026-03-02")
    deposer(tx, factures.cii(numero="RECENTE"))
    suspendue = deposer(tx, factures.cii(numero="SUSPENDUE")).facture
    with tx.begin() as uow:
        suspendre(uow, suspendue.id, DEPARTEMENT, motif="Absent.", pieces="Bon")
    page = lisible(client("paiement", "finances").get("/paiement/factures"))
    assert page.index("URGENTE") < page.index("RECENTE") < page.index("SUSPENDUE")
    assert "J−16" in page
    assert "délai suspendu" in page
    assert "1 à 3 sur 3" in page


def test_les_chiffres_disent_leur_denominateur(
    tx: Transactions, facture: Facture, client: Clients, clock: FrozenClock
) -> None:
    mener_au_mandat(tx, clock, facture)
    le(clock, "2026-04-21")
    with tx.begin() as uow:
        payer(uow, facture.id, DEPARTEMENT)
    page = lisible(client("paiement", "finances").get("/paiement/factures"))
    assert "50 joursdélai moyen depuis douze mois, sur 1 facture payée" in page
    assert "0 %payées en 30 jours au plus, sur 1" in page
    assert "Intérêts moratoires versés sur la période : 182,60 €." in page
    assert "46 à 50" in page


def test_sans_facture_la_page_dit_quoi_attendre(client: Clients, tx: Transactions) -> None:
    page = lisible(client("paiement", "finances").get("/paiement/factures"))
    assert "Aucune facture ici" in page
    assert "Aucune facture n’a été payée depuis douze mois." in page


@pytest.mark.parametrize(("persona", "suite"), [("finances", "factures"), ("agent-sdis", "cartes")])
def test_chacun_entre_par_sa_page(
    client: Clients, tx: Transactions, persona: str, suite: str
) -> None:
    assert client("paiement", persona).get("/paiement/").location == f"/paiement/{suite}"


def test_une_entreprise_ne_voit_que_ses_factures(
    tx: Transactions, facture: Facture, client: Clients
) -> None:
    bureau = Identite(demo.BUREAU.siret, demo.BUREAU.nom)
    autre = deposer(tx, factures.cii(vendeur=bureau, numero="AUTRE")).facture
    entreprise = client("paiement", "entreprise")
    assert entreprise.get("/paiement/factures").location == "/paiement/mes-factures"
    page = lisible(entreprise.get("/paiement/mes-factures"))
    assert "F-2026-0042" in page
    assert "AUTRE" not in page
    assert "à payer au plus tard le 1er avril 2026" in page
    for chemin in ("", "/fichier"):
        assert entreprise.get(f"/paiement/factures/{facture.id}{chemin}").status_code == 200
        assert entreprise.get(f"/paiement/factures/{autre.id}{chemin}").status_code == 404
    assert entreprise.get(f"/paiement/factures/{facture.id}/payer").status_code == 403


def test_un_autre_acheteur_ne_voit_rien(
    tx: Transactions, facture: Facture, client: Clients
) -> None:
    sdis = client("paiement")
    with sdis.session_transaction() as session:
        session.update(
            demo.PERSONAS["finances"].en_session()
            | {"siret": demo.SDIS.siret, "organisation": demo.SDIS.nom}
        )
    assert "F-2026-0042" not in sdis.get("/paiement/factures?etat=toutes").text
    for suite in ("", "/fichier", "/mandater"):
        assert sdis.get(f"/paiement/factures/{facture.id}{suite}").status_code == 404
    assert sdis.post(f"/paiement/factures/{facture.id}/mandater").status_code == 404
    assert sdis.get(f"/paiement/marches/{MARCHE}").status_code == 404
    assert relire(tx, facture).etat == Etat.MISE_A_DISPOSITION


def test_la_facture_explique_tout(
    tx: Transactions, facture: Facture, client: Clients, clock: FrozenClock
) -> None:
    mener_au_mandat(tx, clock, facture)
    le(clock, "2026-04-21")
    with tx.begin() as uow:
        payer(uow, facture.id, DEPARTEMENT)
    page = lisible(client("paiement", "finances").get(f"/paiement/factures/{facture.id}"))
    assert "Le fournisseur reçoit 222,60 € sans avoir à le demander." in page
    assert "32 832,00 € × 20/365 × 10,15 % = 182,60 €" in page
    assert "la banque du fournisseur" in page
    assert "CCP R2192-10 et R2192-11" in page
    assert "Aucune remarque" in page


def test_le_fichier_d_origine_se_telecharge_tel_quel(
    tx: Transactions, facture: Facture, client: Clients
) -> None:
    reponse = client("paiement", "finances").get(f"/paiement/factures/{facture.id}/fichier")
    assert reponse.data == factures.cii()
    assert reponse.headers["Content-Disposition"] == "attachment; filename=facture-F-2026-0042.xml"


def test_de_la_reception_au_paiement_par_les_pages(
    tx: Transactions, facture: Facture, client: Clients, clock: FrozenClock
) -> None:
    finances, base = client("paiement", "finances"), f"/paiement/factures/{facture.id}"
    le(clock, "2026-03-12")
    demande = {"motif": "Bon absent.", "pieces": "Bon signé", "notifiee_le": "2026-03-12"}
    assert "une seule fois" in lisible(finances.get(f"{base}/suspendre"))
    assert finances.post(f"{base}/suspendre", data=demande).location == base
    le(clock, "2026-03-20")
    finances.post(f"{base}/completer", data={"completee_le": "2026-03-20"})
    assert relire(tx, facture).echeance_le == dt.date(2026, 4, 20)
    finances.post(f"{base}/service-fait", data={"execute_le": "02/03/2026"})
    finances.post(f"{base}/mandater")
    le(clock, "2026-04-30")
    assert "Payer aujourd’hui coûte : 10 jours de retard" in lisible(finances.get(f"{base}/payer"))
    finances.post(f"{base}/payer", data={"payee_le": "2026-04-30"})
    payee = relire(tx, facture)
    assert payee.etat == Etat.MISE_EN_PAIEMENT
    assert payee.jours_retard == 10


@pytest.mark.parametrize(
    ("geste", "saisie", "message"),
    [
        ("suspendre", {"motif": "", "pieces": "Bon"}, "Ce champ est obligatoire."),
        (
            "suspendre",
            {"motif": "M", "pieces": "P", "notifiee_le": "2026-02-01"},
            "Choisissez une date du 2 mars 2026 au 2 mars 2026.",
        ),
        ("rejeter", {"motif": " "}, "Ce champ est obligatoire."),
        ("service-fait", {"execute_le": "demain"}, "Saisissez une date."),
    ],
)
def test_une_saisie_fausse_revient_avec_sa_raison(
    *,
    tx: Transactions,
    facture: Facture,
    client: Clients,
    geste: str,
    saisie: dict[str, str],
    message: str,
) -> None:
    adresse = f"/paiement/factures/{facture.id}/{geste}"
    reponse = client("paiement", "finances").post(adresse, data=saisie)
    assert reponse.status_code == 422
    assert message in lisible(reponse)
    assert relire(tx, facture).etat == Etat.MISE_A_DISPOSITION


def test_un_geste_impossible_est_un_conflit(
    tx: Transactions, facture: Facture, client: Clients
) -> None:
    finances = client("paiement", "finances")
    reponse = finances.post(f"/paiement/factures/{facture.id}/mandater")
    assert reponse.status_code == 409
    assert "Constatez d’abord le service fait" in lisible(reponse)
    assert finances.get(f"/paiement/factures/{facture.id}/effacer").status_code == 404


@pytest.mark.parametrize("persona", ["entreprise", "finances"])
def test_deposer_une_vraie_facture_par_la_page(
    tx: Transactions, marche: Marche, client: Clients, persona: str
) -> None:
    navigateur = client("paiement", persona)
    reponse = envoyer(navigateur, factures.facturx_pdf(), "facture.pdf")
    assert reponse.status_code == 303
    page = lisible(navigateur.get(reponse.location))
    assert "est conforme et mise à disposition" in page
    assert "PDF Factur-X" in page
    encore = envoyer(navigateur, factures.facturx_pdf(), "copie.pdf")
    assert encore.status_code in {303, 422}  # the PDF writer dates its files


def test_une_vraie_facture_fausse_montre_ses_regles(
    tx: Transactions, marche: Marche, client: Clients
) -> None:
    navigateur = client("paiement", "entreprise")
    octets = factures.cii().replace(b">32832.00</ram:Grand", b">32832.01</ram:Grand")
    reponse = envoyer(navigateur, octets)
    page = lisible(navigateur.get(reponse.location))
    assert "Facture rejetée." in page
    assert "BR-CO-15 : Le total TTC (BT-112) n’est pas le total hors taxes plus la TVA." in page


@pytest.mark.parametrize(
    ("octets", "message"),
    [
        (b"", "Le fichier est vide."),
        (b"PK\x03\x04rien", "Ce fichier n’est ni un XML ni un PDF."),
        (b'<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>', "interdites ici par sécurité"),
        (factures.pdf(), "Ce PDF ne contient pas de facture électronique."),
        (
            factures.cii(vendeur=Identite(demo.BUREAU.siret, "Autre")),
            "Le vendeur de cette facture n’est pas votre entreprise",
        ),
    ],
)
def test_un_fichier_refuse_le_dit_sans_rien_garder(
    tx: Transactions, marche: Marche, client: Clients, octets: bytes, message: str
) -> None:
    reponse = envoyer(client("paiement", "entreprise"), octets)
    assert reponse.status_code == 422
    assert message in lisible(reponse)
    with tx.read() as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(Facture)) == 0


def test_un_doublon_mene_a_la_premiere(tx: Transactions, facture: Facture, client: Clients) -> None:
    reponse = envoyer(client("paiement", "entreprise"), factures.ubl())
    assert reponse.status_code == 422
    assert f'href="/paiement/factures/{facture.id}"' in reponse.text


def test_sans_fichier_la_page_le_demande(client: Clients, tx: Transactions) -> None:
    reponse = client("paiement", "finances").post("/paiement/factures/deposer", data={})
    assert reponse.status_code == 422
    assert "Fichier de la facture" in lisible(reponse)


def test_l_export_suit_les_filtres(tx: Transactions, facture: Facture, client: Clients) -> None:
    deposer(tx, factures.cii(numero="=HYPERLINK(1)"))
    finances = client("paiement", "finances")
    texte = finances.get("/paiement/factures.csv?q=2026-0042").data.decode("utf-8-sig")
    titres, *lignes = csv.reader(io.StringIO(texte), delimiter=";")
    assert [ligne[0] for ligne in lignes] == ["F-2026-0042"]
    assert lignes[0][titres.index("Montant TTC")] == "32832,00"
    assert "'=HYPERLINK(1)" in finances.get("/paiement/factures.csv").data.decode("utf-8-sig")
    assert finances.get("/paiement/factures.ods").data[:2] == b"PK"
    assert finances.get("/paiement/factures.exe").status_code == 404


def test_la_recherche_prend_les_jokers_a_la_lettre(
    tx: Transactions, facture: Facture, client: Clients
) -> None:
    finances = client("paiement", "finances")
    assert "Aucune facture ici" in lisible(finances.get("/paiement/factures?q=%25"))
    assert "F-2026-0042" in lisible(finances.get("/paiement/factures?q=2026%00-0042"))


def test_le_marche_montre_son_compte_et_son_avance(
    tx: Transactions, facture: Facture, client: Clients, clock: FrozenClock
) -> None:
    finances, base = client("paiement", "finances"), f"/paiement/marches/{MARCHE}"
    page = lisible(finances.get(base))
    assert "soit 57 456,00 € TTC" in page
    assert "24 624,00 €reste à facturer TTC" in page
    assert "Avance de 5 % : 2 872,80 €, sans garantie." in page
    assert "ENG-2026-07-0001-L1, à citer sur chaque facture" in page
    assert finances.post(f"{base}/avance/accepter").status_code == 303
    le(clock, "2026-03-10")
    trop_tot = finances.post(f"{base}/avance/versement", data={"versee_le": "2026-02-01"})
    assert trop_tot.status_code == 422
    assert finances.post(f"{base}/avance/versement", data={"versee_le": "2026-03-10"}).status_code
    assert "Versée le 10 mars 2026." in lisible(finances.get(base))
    assert "Versée le 10 mars 2026" in lisible(finances.get("/paiement/avances"))
    assert finances.post(f"{base}/avance/oublier").status_code == 404


def test_le_titulaire_voit_son_marche_sans_rien_pouvoir(
    tx: Transactions, marche: Marche, client: Clients
) -> None:
    entreprise = client("paiement", "entreprise")
    assert "Papier A4 80 g" in lisible(entreprise.get("/paiement/marches"))
    page = entreprise.get(f"/paiement/marches/{MARCHE}").text
    assert "Le titulaire accepte l’avance" not in page
    assert entreprise.post(f"/paiement/marches/{MARCHE}/avance/accepter").status_code == 403
