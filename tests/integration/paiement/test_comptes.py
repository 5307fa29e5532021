"""The ledger of a real contract: written once by each step, controlled every day."""

import datetime as dt
import uuid
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
import sqlalchemy as sa
from prometheus_client import REGISTRY
from sqlalchemy.exc import IntegrityError

from services.paiement.demo import semer
from services.paiement.domain.ecritures import Compte, Ligne, Situation, situation, soldes
from services.paiement.domain.engagements import GenreLiberation
from services.paiement.jobs import controler
from services.paiement.queries import comptes
from services.paiement.tables import ControleComptes, Ecriture, Facture, Marche, Mouvement
from services.paiement.usecases.avances import accepter_avance, verser_avance
from services.paiement.usecases.ecrire import (
    ajuster,
    contrepasser,
    ecrire,
    ecrire_marche,
    ecrire_recuperation,
    piece_facture,
    piece_marche,
)
from services.paiement.usecases.engagements import (
    CommandeAnnulee,
    CommandePassee,
    annuler_engagement,
    enregistrer_engagement,
)
from services.paiement.usecases.enregistrer_marche import enregistrer_marche
from services.paiement.usecases.mouvements import (
    AvenantConclu,
    CommandeLiberee,
    enregistrer_avenant,
    liberer_engagement,
)
from services.paiement.usecases.payer import payer
from services.paiement.usecases.rejeter import rejeter
from shared.kernel.clock import FrozenClock
from shared.kernel.errors import ConflictError
from shared.kernel.montant import Montant
from shared.messaging.uow import Transactions
from shared.ops import demo
from shared.ops.context import ServiceContext
from tests.kit.paiement import DEPARTEMENT, MARCHE, le, mener_au_mandat, notifie
from tests.kit.web import ClientWeb, lisible

pytestmark = pytest.mark.db
Clients = Callable[..., ClientWeb]
SANS_LIGNES = (
    "DELETE FROM ecriture USING mouvement WHERE mouvement.id = mouvement_id AND geste = 'admission'"
)
COMMANDE = uuid.UUID("0198a3c0-0000-7000-8000-000000000020")


def commander(tx: Transactions, clock: FrozenClock) -> None:
    with tx.begin() as uow:
        enregistrer_engagement(
            uow,
            CommandePassee(
                commande_id=COMMANDE,
                reference="BC-1",
                marche_id=MARCHE,
                membre_siret=DEPARTEMENT,
                membre_nom=demo.DEPARTEMENT.nom,
                article="PAPIER",
                quantite=Montant(60).decimal,
                conditionnement="palette",
                prix_unitaire_ht=Montant(456).decimal,
                montant_ht=Montant(27_360),
                passee_le=clock.now(),
            ),
        )


def compte(tx: Transactions) -> Situation:
    with tx.read() as session:
        lignes = [Ligne(Compte(e.compte), e.montant) for e in session.scalars(sa.select(Ecriture))]
    return situation(soldes(lignes))


def ecarts(tx: Transactions) -> list[Any]:
    with tx.read() as session:
        return list(comptes.ecarts(session))


def payer_le(tx: Transactions, clock: FrozenClock, facture: Facture, jour: str) -> None:
    mener_au_mandat(tx, clock, facture)
    le(clock, jour)
    with tx.begin() as uow:
        payer(uow, facture.id, DEPARTEMENT)


def test_10_la_vie_d_un_marche_s_ecrit_pas_a_pas(
    tx: Transactions, clock: FrozenClock, facture: Facture
) -> None:
    commander(tx, clock)
    with tx.begin() as uow:
        accepter_avance(uow, MARCHE, DEPARTEMENT)
        verser_avance(uow, MARCHE, DEPARTEMENT, clock.today())
    payer_le(tx, clock, facture, "2026-04-21")
    assert compte(tx) == Situation(
        marche_ht=Montant("47880.00"),
        engage_ht=Montant("27360.00"),
        admis_ht=Montant("27360.00"),
        admis_ttc=Montant("32832.00"),
        paye_ttc=Montant("32832.00") + Montant("2872.80"),
        avance=Montant("2872.80"),
        du_ttc=Montant.zero(),
        interets=Montant("222.60"),
    )
    assert ecarts(tx) == []


def test_10_ce_qui_est_retenu_sur_l_avance_n_est_plus_a_payer(
    tx: Transactions, clock: FrozenClock, facture: Facture
) -> None:
    with tx.begin() as uow:
        accepter_avance(uow, MARCHE, DEPARTEMENT)
        verser_avance(uow, MARCHE, DEPARTEMENT, clock.today())
    mener_au_mandat(tx, clock, facture)
    with tx.begin() as uow:
        ecrire_recuperation(uow, uow.session.get_one(Facture, facture.id), Montant("2872.80"))
    with tx.begin() as uow:
        payer(uow, facture.id, DEPARTEMENT)
    vu = compte(tx)
    assert (vu.paye_ttc, vu.avance, vu.du_ttc) == (
        Montant("32832.00"),
        Montant.zero(),
        Montant.zero(),
    )
    assert ecarts(tx) == []


def test_10_une_commande_annulee_est_contrepassee_avec_son_motif(
    tx: Transactions, clock: FrozenClock, marche: Marche
) -> None:
    commander(tx, clock)
    annulee = CommandeAnnulee(COMMANDE, "Doublon.", clock.now())
    for _ in range(2):
        with tx.begin() as uow:
            annuler_engagement(uow, annulee)
    assert not compte(tx).engage_ht
    with tx.read() as session:
        motifs = session.scalars(
            sa.select(Mouvement.motif).where(Mouvement.contrepasse_id.is_not(None))
        ).all()
    assert motifs == ["Doublon."]
    assert ecarts(tx) == []


def test_10_le_meme_geste_n_ecrit_qu_une_fois_et_se_reecrit_apres_contrepassation(
    tx: Transactions, facture: Facture
) -> None:
    lignes = [Ligne(Compte.PENALITE, Montant(-5)), Ligne(Compte.FOURNISSEUR, Montant(5))]
    piece = piece_facture(facture)
    with tx.begin() as uow:
        un = ecrire(uow, piece, "penalite", lignes, libelle="Pénalité")
        assert ecrire(uow, piece, "penalite", lignes, libelle="Pénalité") is un
        autres = [Ligne(x.compte, x.montant * 2) for x in lignes]
        with pytest.raises(ConflictError, match="autres montants"):
            ecrire(uow, piece, "penalite", autres, libelle="Pénalité")
        assert contrepasser(uow, piece, "Remise.") == 1
        assert contrepasser(uow, piece, "Remise.") == 0
        assert ecrire(uow, piece, "penalite", autres, libelle="Pénalité") is not un


@pytest.mark.parametrize("ordre", [(0, 1), (1, 0)])
def test_10_un_avenant_et_une_liberation_s_ecrivent_dans_tout_ordre(
    tx: Transactions, clock: FrozenClock, ordre: tuple[int, int]
) -> None:
    def origines() -> None:
        with tx.begin() as uow:
            enregistrer_marche(uow, notifie())
        commander(tx, clock)

    def suites() -> None:
        for _ in range(2):
            with tx.begin() as uow:
                enregistrer_avenant(uow, avenant(Montant("2120.00")))
                liberer_engagement(uow, liberation(clock))

    for rang in ordre:
        (origines, suites)[rang]()
    vu = compte(tx)
    assert (vu.marche_ht, vu.engage_ht) == (Montant(50_000), Montant(27_360 - 4_560))
    assert ecarts(tx) == []


def avenant(montant: Montant) -> AvenantConclu:
    return AvenantConclu(
        avenant_id=uuid.UUID("0198a3c0-0000-7000-8000-000000000021"),
        marche_id=MARCHE,
        numero=1,
        motif="FAIBLE_MONTANT",
        objet="Palettes en plus",
        montant_ht=montant,
        fin_le=dt.date(2027, 2, 27),
        cumul_part=Decimal("0.05"),
        avis_cao_le=None,
        signe_le=dt.date(2026, 3, 2),
        explication="",
        prix=[],
    )


def liberation(clock: FrozenClock) -> CommandeLiberee:
    return CommandeLiberee(
        liberation_id=uuid.UUID("0198a3c0-0000-7000-8000-000000000022"),
        commande_id=COMMANDE,
        marche_id=MARCHE,
        genre=GenreLiberation.CLOTURE,
        quantite=Decimal(10),
        motif="Article arrêté.",
        le=clock.now(),
    )


def test_10_un_rejet_apres_admission_reprend_l_admission(
    tx: Transactions, clock: FrozenClock, facture: Facture
) -> None:
    with tx.begin() as uow:
        rejeter(uow, facture.id, DEPARTEMENT, "Mauvais destinataire.")
    assert not compte(tx).admis_ht
    assert ecarts(tx) == []


@pytest.mark.parametrize("table", ["mouvement", "ecriture"])
@pytest.mark.parametrize("ordre", ["DELETE FROM {}", "UPDATE {} SET rang = rang + 1"])
def test_10_rien_ne_s_efface_ni_ne_se_modifie(
    tx: Transactions, marche: Marche, table: str, ordre: str
) -> None:
    with pytest.raises(IntegrityError, match="ne se modifie pas"), tx.begin() as uow:
        uow.session.execute(sa.text(ordre.format(table)))


def test_10_la_base_refuse_un_mouvement_desequilibre(tx: Transactions, marche: Marche) -> None:
    with pytest.raises(IntegrityError, match="mouvement_equilibre"), tx.begin() as uow:
        mouvement = uow.session.scalars(sa.select(Mouvement)).first()
        assert mouvement is not None
        uow.session.add(
            Ecriture(mouvement_id=mouvement.id, rang=9, compte=Compte.PENALITE, montant=Montant(1))
        )


def corrompre(tx: Transactions, ordre: str) -> None:
    """What somebody with the keys of the database could do."""
    with tx.begin() as uow:
        uow.session.execute(sa.text("SET LOCAL session_replication_role = replica"))
        uow.session.execute(sa.text(ordre))


@pytest.mark.parametrize(
    ("ordre", "dit"),
    [
        (
            "UPDATE ecriture SET montant = montant + 1 WHERE compte = 'ADMIS_HT'",
            ["Admis HT", "27\u202f361,00", "27\u202f360,00", "n’est pas équilibré"],
        ),
        ("DELETE FROM ecriture WHERE compte IN ('FOURNISSEUR')", ["Dû au fournisseur TTC"]),
        (
            SANS_LIGNES,
            ["n’a aucune ligne"],
        ),
        ("UPDATE facture SET montant_ht = 1, montant_ttc = 1 + montant_tva", ["Admis HT"]),
    ],
)
def test_10_une_ligne_corrompue_est_nommee_par_le_controle(
    *,
    tx: Transactions,
    clock: FrozenClock,
    facture: Facture,
    client: Clients,
    contexte: Callable[[str], ServiceContext],
    ordre: str,
    dit: list[str],
) -> None:
    mener_au_mandat(tx, clock, facture)
    assert ecarts(tx) == []
    corrompre(tx, ordre)
    controler(contexte("paiement"))
    trouves = ecarts(tx)
    assert {e.piece for e in trouves} == {f"facture:{facture.id}"}
    phrases = " ".join(e.phrase for e in trouves)
    assert all(mot in phrases for mot in dit), phrases
    assert REGISTRY.get_sample_value("essaim_ledger_differences") == len(trouves)
    page = client("paiement", "finances").get("/paiement/comptes")
    assert f"/paiement/factures/{facture.id}" in page.text
    assert "écart" in lisible(page)


def test_10_une_contrepassation_infidele_est_nommee(tx: Transactions, marche: Marche) -> None:
    with tx.begin() as uow:
        contrepasser(uow, piece_marche(uow.session.get_one(Marche, MARCHE)), "Essai.")
        ecrire_marche(uow, uow.session.get_one(Marche, MARCHE))
    assert ecarts(tx) == []
    corrompre(
        tx,
        "UPDATE ecriture SET montant = montant * 2 WHERE mouvement_id IN "
        "(SELECT id FROM mouvement WHERE contrepasse_id IS NOT NULL)",
    )
    assert any("n’annule pas" in e.phrase for e in ecarts(tx))


def test_10_le_controle_a_lieu_une_fois_par_jour(
    contexte: Callable[[str], ServiceContext], clock: FrozenClock, marche: Marche
) -> None:
    context = contexte("paiement")
    assert [controler(context), controler(context)] == [1, 0]
    le(clock, "2026-03-03")
    assert controler(context) == 1
    with context.transactions.read() as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(ControleComptes)) == 2


def test_10_la_demonstration_est_sans_ecart_et_ses_chiffres_sont_ceux_des_pages(
    contexte: Callable[[str], ServiceContext], client: Clients
) -> None:
    context = contexte("paiement")
    semer(context)
    controler(context)
    page = client("paiement", "finances").get("/paiement/comptes")
    assert "Aucun écart" in lisible(page)
    with context.transactions.read() as session:
        grands = comptes.grand_livre(session, DEPARTEMENT, 1).items
        for grand in grands:
            factures = session.scalars(
                sa.select(Facture).where(Facture.marche_id == grand.marche.id)
            ).all()
            payees = Montant.somme(f.a_payer for f in factures if f.payee_le)
            assert grand.situation.paye_ttc - grand.situation.avance == payees
            assert grand.depassements == []


def test_10_les_ecritures_d_un_marche_ne_sont_lues_que_par_les_siens(
    client: Clients, marche: Marche, tx: Transactions, clock: FrozenClock
) -> None:
    commander(tx, clock)
    adresse = f"/paiement/marches/{MARCHE}/ecritures"
    finances = client("paiement", "finances")
    assert "Commande BC-1" in lisible(finances.get(adresse))
    assert "Commande BC-1" in finances.get(f"{adresse}.csv").text
    assert client("paiement", "entreprise").get(adresse).status_code == 200
    assert finances.get(f"/paiement/marches/{COMMANDE}/ecritures").status_code == 404
    assert client("paiement", "agent-sdis").get(adresse).status_code == 403
    with finances.session_transaction() as session:
        session["siret"] = demo.SDIS.siret
    assert finances.get(adresse).status_code == 404
    assert "Aucun marché" in lisible(finances.get("/paiement/comptes"))


def test_10_ajuster_est_absolu(tx: Transactions, marche: Marche) -> None:
    with tx.begin() as uow:
        piece = piece_marche(uow.session.get_one(Marche, MARCHE))
        for cible in ("10", "12", "12", "0"):
            ajuster(uow, piece, Compte.ENGAGE, Montant(cible), libelle="Essai")
    assert not compte(tx).engage_ht
