"""Receipts: the card is suspended when one does not come, and restored when it does (M12)."""

import io
from collections.abc import Callable
from typing import Any

import pytest

from services.paiement.jobs import exiger_recus
from services.paiement.tables import Carte
from services.paiement.tables.cartes import Nature
from services.paiement.usecases.annuler_operation import annuler_operation
from services.paiement.usecases.autoriser_operation import Demande, autoriser_operation
from services.paiement.usecases.cartes import activer_carte
from services.paiement.usecases.programmes import regler_delai
from services.paiement.usecases.recus import Piece, deposer_piece
from shared.kernel.clock import FrozenClock
from shared.kernel.errors import ConflictError, NotFoundError, ValidationError
from shared.kernel.montant import Montant
from shared.messaging.uow import Transactions
from shared.ops import demo
from tests.kit.cartes import CHEF, carte_active
from tests.kit.paiement import DEPARTEMENT, le
from tests.kit.web import ClientWeb, lisible

pytestmark = pytest.mark.db
PDF = b"%PDF-1.7 ticket"


@pytest.fixture
def carte(tx: Transactions, acheteurs: None) -> Carte:
    return carte_active(tx, courriel="atelier@departement07.exemple")


def acheter(tx: Transactions, carte: Carte, montant: str) -> Any:
    demande = Demande(demo.BUREAU.siret, demo.BUREAU.nom, Montant(montant))
    with tx.begin(acteur="agent") as uow:
        return autoriser_operation(uow, carte.id, DEPARTEMENT, demande)


def deposer(tx: Transactions, operation_id: Any, octets: bytes = PDF) -> Any:
    with tx.begin(acteur="agent") as uow:
        return deposer_piece(uow, operation_id, DEPARTEMENT, Piece(Nature.RECU, "t.pdf", octets))


def etat(tx: Transactions, carte: Carte) -> tuple[str, str | None]:
    with tx.read() as session:
        relue = session.get_one(Carte, carte.id)
        return relue.etat, relue.suspension


def test_M12_un_recu_manquant_suspend_puis_son_depot_retablit(
    tx: Transactions,
    carte: Carte,
    clock: FrozenClock,
    contexte: Callable[..., Any],
    events: Callable[..., list[Any]],
) -> None:
    context = contexte("paiement")
    le(clock, "2026-03-02")
    premier, second = acheter(tx, carte, "84.60"), acheter(tx, carte, "10")
    le(clock, "2026-03-17")  # fifteenth day: still on time
    assert exiger_recus(context) == 0
    le(clock, "2026-03-18")
    assert exiger_recus(context) == 1
    assert exiger_recus(context) == 0
    assert etat(tx, carte) == ("SUSPENDUE", "RECU_MANQUANT")
    (dit,) = events("paiement", "paiement.carte.suspendue.v1")
    assert dit.data["courriel"] == "atelier@departement07.exemple"
    assert "84,60\u00a0€ chez Bureau Vivarais" in dit.data["motif"]
    assert "17\u00a0mars\u00a02026" in dit.data["motif"]
    assert acheter(tx, carte, "1").motif == "CARTE_SUSPENDUE"
    with pytest.raises(ConflictError), tx.begin() as uow:
        activer_carte(uow, carte.id, DEPARTEMENT, CHEF)
    deposer(tx, premier.id)
    assert etat(tx, carte) == ("SUSPENDUE", "RECU_MANQUANT")
    deposer(tx, second.id)
    assert etat(tx, carte) == ("ACTIVE", None)
    assert len(events("paiement", "paiement.carte.retablie.v1")) == 1
    assert acheter(tx, carte, "1").autorisee


def test_le_delai_du_programme_se_regle(
    tx: Transactions, carte: Carte, clock: FrozenClock, contexte: Callable[..., Any]
) -> None:
    le(clock, "2026-03-02")
    with tx.begin() as uow:
        regler_delai(uow, carte.programme_id, DEPARTEMENT, 7, CHEF)
    acheter(tx, carte, "10")
    le(clock, "2026-03-10")
    assert exiger_recus(contexte("paiement")) == 1


def test_une_operation_annulee_n_attend_plus_de_recu(
    tx: Transactions, carte: Carte, clock: FrozenClock, contexte: Callable[..., Any]
) -> None:
    le(clock, "2026-03-02")
    achat = acheter(tx, carte, "10")
    le(clock, "2026-04-01")
    context = contexte("paiement")
    assert exiger_recus(context) == 1
    with tx.begin() as uow:
        annuler_operation(uow, achat.id, DEPARTEMENT, "Achat abandonné")
    assert exiger_recus(context) == 1
    assert etat(tx, carte) == ("ACTIVE", None)
    with pytest.raises(ConflictError):
        deposer(tx, achat.id)


def test_le_meme_fichier_ne_fait_qu_une_piece(tx: Transactions, carte: Carte) -> None:
    achat = acheter(tx, carte, "10")
    assert deposer(tx, achat.id).id == deposer(tx, achat.id).id
    with pytest.raises(ValidationError):
        deposer(tx, achat.id, b"<html>")
    with pytest.raises(NotFoundError), tx.begin() as uow:
        deposer_piece(uow, achat.id, demo.SDIS.siret, Piece(Nature.RECU, "t.pdf", PDF))


def test_le_porteur_depose_son_recu_par_la_page(
    tx: Transactions, carte: Carte, client: Callable[..., ClientWeb]
) -> None:
    achat = acheter(tx, carte, "10")
    finances = client("paiement", "finances")
    page = f"/paiement/cartes/{carte.id}?operation={achat.id}"
    assert "Reçus attendus" in lisible(finances.get(page))
    adresse = f"/paiement/cartes/{carte.id}/operations/{achat.id}/recus"
    vide = finances.post(adresse, data={})
    assert vide.status_code == 422
    faux = finances.post(adresse, data={"fichier": (io.BytesIO(b"rien"), "ticket.txt")})
    assert "ni un PDF" in lisible(faux) or "Déposez un PDF" in lisible(faux)
    finances.post(adresse, data={"fichier": (io.BytesIO(PDF), "ticket.pdf")})
    lu = finances.get(page)
    assert "ticket.pdf" in lisible(lu)
    lien = lu.text.split("/recus/")[1].split('"')[0]
    assert finances.get(f"/paiement/cartes/{carte.id}/recus/{lien}").data == PDF
    sdis = client("paiement", "agent-sdis")
    assert sdis.get(f"/paiement/cartes/{carte.id}/recus/{lien}").status_code == 404
