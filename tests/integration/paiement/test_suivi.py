"""A supplier follows its invoices without an account, and nobody else does."""

import datetime as dt
import io
import uuid
from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa

from services.paiement.tables import Facture, LienFournisseur, Marche, PieceFournisseur
from services.paiement.usecases.suspendre import suspendre
from shared.kernel.clock import FrozenClock
from shared.messaging.uow import Transactions
from shared.ops import demo
from shared.ops.settings import DEMO_SECRET
from shared.web.liens import signer
from tests.kit import factures
from tests.kit.factures import Identite
from tests.kit.paiement import DEPARTEMENT, PAPETERIE, deposer
from tests.kit.web import ClientWeb, lisible

pytestmark = pytest.mark.db
Clients = Callable[..., ClientWeb]
Emis = Callable[..., list[Any]]
ACCES, SUIVI = "/paiement/suivi/acces", "/paiement/suivi"
DEMANDE = {"siret": PAPETERIE, "courriel": demo.PAPETERIE.courriel}
PDF = b"%PDF-1.7\nBon de livraison"


@pytest.fixture
def visiteur(client: Clients, facture: Facture) -> ClientWeb:
    """Nobody signed in; the paper contract has an invoice."""
    return client("paiement", LIENS_PAR_MINUTE="50")


@pytest.fixture
def suspendue(tx: Transactions, facture: Facture) -> Facture:
    with tx.begin() as uow:
        return suspendre(uow, facture.id, DEPARTEMENT, motif="Non signé.", pieces="Bon signé")


def lien(lien_id: object) -> str:
    return f"{SUIVI}/lien/{signer(DEMO_SECRET, 'suivi', str(lien_id))}"


def demander(visiteur: ClientWeb, events: Emis, **autres: str) -> list[str]:
    """Ask, and return every link sent so far."""
    reponse = visiteur.post(ACCES, data=DEMANDE | autres)
    assert reponse.status_code == 200
    dits = events("paiement", "paiement.suivi.lien_demande.v1")
    return [lien(dit.data["lien_id"]) for dit in dits]


def entrer(visiteur: ClientWeb, events: Emis) -> None:
    (adresse,) = demander(visiteur, events)
    assert visiteur.post(adresse).headers["Location"].endswith(SUIVI)


def envoyer(visiteur: ClientWeb, facture: Facture, octets: bytes, nom: str = "bon.pdf") -> Any:
    return visiteur.post(
        f"{SUIVI}/factures/{facture.id}/pieces", data={"fichier": (io.BytesIO(octets), nom)}
    )


def test_8_le_lien_se_confirme_ne_sert_qu_une_fois_et_ouvre_ses_factures(
    visiteur: ClientWeb, client: Clients, events: Emis, facture: Facture
) -> None:
    (adresse,) = demander(visiteur, events)
    for _ in range(3):
        assert "Voir mes factures" in lisible(visiteur.get(adresse))
    assert visiteur.get(SUIVI).headers["Location"].endswith(ACCES)
    assert visiteur.post(adresse).status_code == 303
    page = lisible(visiteur.get(SUIVI))
    assert facture.numero in page
    assert "à payer au plus tard le 1er avril 2026" in page
    assert visiteur.post(adresse).status_code == 409
    autre = client("paiement")
    assert autre.post(adresse).status_code == 409
    assert autre.get(SUIVI).status_code == 302


def test_8_un_lien_expire(visiteur: ClientWeb, events: Emis, clock: FrozenClock) -> None:
    (adresse,) = demander(visiteur, events)
    clock.advance(dt.timedelta(hours=2))
    assert visiteur.get(adresse).status_code == 409
    assert visiteur.post(adresse).status_code == 409


def test_8_la_seance_expire_et_se_quitte(
    visiteur: ClientWeb, events: Emis, clock: FrozenClock
) -> None:
    entrer(visiteur, events)
    clock.advance(dt.timedelta(hours=1, minutes=59))
    assert visiteur.get(SUIVI).status_code == 200
    clock.advance(dt.timedelta(minutes=1))
    assert visiteur.get(SUIVI).status_code == 302
    assert visiteur.post(f"{SUIVI}/quitter").status_code == 302


@pytest.mark.parametrize(
    "demande",
    [
        {"courriel": "quelqu-un@ailleurs.exemple"},
        {"siret": demo.BUREAU.siret},
        {"courriel": demo.PAPETERIE.courriel.upper()},
    ],
)
def test_8_la_reponse_est_la_meme_que_le_marche_existe_ou_non(
    visiteur: ClientWeb, client: Clients, events: Emis, demande: dict[str, str]
) -> None:
    attendue = lisible(visiteur.post(ACCES, data=DEMANDE))
    assert lisible(visiteur.post(ACCES, data=DEMANDE | demande)) == attendue
    connue = demande.get("courriel", "").lower() == demo.PAPETERIE.courriel
    dits = events("paiement", "paiement.suivi.lien_demande.v1")
    assert len(dits) == (2 if connue else 1)


def test_8_trois_liens_par_heure_au_plus(
    visiteur: ClientWeb, events: Emis, clock: FrozenClock
) -> None:
    for _ in range(5):
        liens = demander(visiteur, events)
    assert len(liens) == 3
    clock.advance(dt.timedelta(hours=1))
    assert len(demander(visiteur, events)) == 4


def test_8_les_demandes_sont_limitees_par_client(client: Clients, marche: Marche) -> None:
    anonyme = client("paiement", LIENS_PAR_MINUTE="2")
    codes = [anonyme.post(ACCES, data=DEMANDE).status_code for _ in range(3)]
    assert codes == [200, 200, 429]


@pytest.mark.parametrize("courriel", ["", "sans-arobase", "a@b\ncc: c@d.fr"])
def test_8_une_adresse_fausse_revient(visiteur: ClientWeb, courriel: str) -> None:
    reponse = visiteur.post(ACCES, data=DEMANDE | {"courriel": courriel})
    assert reponse.status_code == 422


@pytest.mark.parametrize("usage", ["evaluation", "suivi-2"])
def test_8_un_lien_forge_ne_mene_nulle_part(
    visiteur: ClientWeb, tx: Transactions, events: Emis, usage: str
) -> None:
    demander(visiteur, events)
    with tx.read() as session:
        lien_id = session.scalars(sa.select(LienFournisseur.id)).one()
    forge = f"{SUIVI}/lien/{signer(DEMO_SECRET, usage, str(lien_id))}"
    autre_secret = f"{SUIVI}/lien/{signer('x' * 40, 'suivi', str(lien_id))}"
    inconnu = lien(uuid.uuid4())
    for adresse in (forge, autre_secret, inconnu):
        assert visiteur.get(adresse).status_code == 404
        assert visiteur.post(adresse).status_code == 404


def test_8_le_lien_n_ouvre_ni_le_compte_ni_les_factures_des_autres(
    visiteur: ClientWeb, tx: Transactions, events: Emis, facture: Facture
) -> None:
    autre = deposer(
        tx,
        factures.cii(
            numero="AUTRE", vendeur=Identite(demo.BUREAU.siret, demo.BUREAU.nom), livree_le=None
        ),
    ).facture
    entrer(visiteur, events)
    assert "AUTRE" not in lisible(visiteur.get(SUIVI))
    assert visiteur.get(f"{SUIVI}/factures/{autre.id}").status_code == 404
    assert envoyer(visiteur, autre, PDF).status_code == 404
    for page in ("/paiement/mes-factures", f"/paiement/factures/{facture.id}"):
        assert visiteur.get(page).status_code == 302
    assert visiteur.get("/paiement/api/v1/factures").status_code == 401


def test_8_repondre_a_une_demande_de_piece(
    *,
    visiteur: ClientWeb,
    client: Clients,
    tx: Transactions,
    events: Emis,
    suspendue: Facture,
) -> None:
    entrer(visiteur, events)
    page = lisible(visiteur.get(f"{SUIVI}/factures/{suspendue.id}"))
    assert "Non signé." in page
    assert "Bon signé" in page
    for _ in range(2):
        assert envoyer(visiteur, suspendue, PDF, "../../bon signé.exe").status_code == 303
    with tx.read() as session:
        piece = session.scalars(sa.select(PieceFournisseur)).one()
    assert piece.nom == "bon signé.pdf"
    (dit,) = events("paiement", "paiement.facture.piece_deposee.v1")
    assert dit.data["piece_id"] == str(piece.id)
    finances = client("paiement", "finances")
    assert "bon signé.pdf" in lisible(finances.get(f"/paiement/factures/{suspendue.id}"))
    recue = finances.get(f"{SUIVI}/factures/{suspendue.id}/pieces/{piece.id}")
    assert recue.data == PDF
    assert recue.headers["Content-Disposition"].startswith("attachment")
    with finances.session_transaction() as session_web:
        session_web["siret"] = demo.SDIS.siret
    adresse = f"{SUIVI}/factures/{suspendue.id}/pieces/{piece.id}"
    assert finances.get(adresse).status_code == 404
    assert client("paiement").get(adresse).status_code == 302


@pytest.mark.parametrize("octets", [b"", b"MZ\x90\x00", b"<html><script>"])
def test_8_un_fichier_douteux_est_refuse(
    visiteur: ClientWeb, events: Emis, suspendue: Facture, octets: bytes
) -> None:
    entrer(visiteur, events)
    reponse = envoyer(visiteur, suspendue, octets)
    assert reponse.status_code == 422
    assert "PDF, une image PNG" in lisible(reponse)


def test_8_aucune_piece_sans_demande(visiteur: ClientWeb, events: Emis, facture: Facture) -> None:
    entrer(visiteur, events)
    assert envoyer(visiteur, facture, PDF).status_code == 422


def test_8_une_entreprise_connectee_repond_sans_lien(client: Clients, suspendue: Facture) -> None:
    entreprise = client("paiement", "entreprise")
    assert f"{SUIVI}/factures/{suspendue.id}" in entreprise.get("/paiement/mes-factures").text
    assert envoyer(entreprise, suspendue, PDF).status_code == 303


def test_8_une_demande_sans_jeton_de_formulaire_est_refusee(visiteur: ClientWeb) -> None:
    assert visiteur.post(ACCES, data=DEMANDE, sans_jeton=True).status_code in {400, 403}
