"""Programmes of cards on a real database: roles, budget lines, categories, advance or card."""

import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from services.paiement.domain.carte import Genre, PlafondCategorie
from services.paiement.domain.programme import Role
from services.paiement.tables import Avance, Carte, Marche, OperationCarte, PassageCarte
from services.paiement.usecases.annuler_operation import annuler_operation
from services.paiement.usecases.autoriser_operation import Demande, autoriser_operation
from services.paiement.usecases.avances import accepter_avance, refuser_avance
from services.paiement.usecases.cartes import (
    activer_carte,
    creer_carte,
    habiliter_porteur,
    opposer_carte,
    suspendre_carte,
)
from services.paiement.usecases.engagements import CommandePassee, enregistrer_engagement
from services.paiement.usecases.enregistrer_marche import enregistrer_marche
from services.paiement.usecases.programmes import (
    Nomination,
    designer,
    inscrire_ligne,
    revoquer,
)
from shared.kernel.errors import (
    ConflictError,
    ForbiddenError,
    NotFoundError,
    ValidationError,
)
from shared.kernel.montant import Montant
from shared.messaging.uow import Transactions
from shared.ops import demo
from tests.kit.cartes import CHEF, FINANCES, PORTEUR, carte_active, nouvelle, programme
from tests.kit.paiement import DEPARTEMENT, MARCHE, PAPETERIE, notifie

pytestmark = pytest.mark.db
S1 = demo.BUREAU.siret


@pytest.fixture
def carte(tx: Transactions, acheteurs: None) -> Carte:
    return carte_active(tx)


def acheter(tx: Transactions, carte: Carte, montant: str, siret: str = S1, **faits: Any) -> Any:
    par = faits.pop("par", None)
    with tx.begin(acteur="agent") as uow:
        demande = Demande(siret, "Fournisseur", Montant(montant), **faits)
        return autoriser_operation(uow, carte.id, DEPARTEMENT, demande, par)


def test_regles_8_C13_seul_le_responsable_designe_donne_des_cartes(
    tx: Transactions, carte: Carte
) -> None:
    with tx.begin() as uow:
        nomination = Nomination(Role.RESPONSABLE, CHEF.id, "Chef des achats")
        designation = designer(uow, carte.programme_id, DEPARTEMENT, nomination, FINANCES)
    with pytest.raises(ForbiddenError), tx.begin() as uow:
        creer_carte(uow, carte.programme_id, DEPARTEMENT, nouvelle(), FINANCES)
    with pytest.raises(ForbiddenError), tx.begin() as uow:
        suspendre_carte(uow, carte.id, DEPARTEMENT, "Essai", FINANCES)
    with tx.begin() as uow:
        suspendre_carte(uow, carte.id, DEPARTEMENT, "Essai", CHEF)
        revoquer(uow, carte.programme_id, DEPARTEMENT, designation.id, FINANCES)
    with tx.begin() as uow:
        activer_carte(uow, carte.id, DEPARTEMENT, FINANCES)


def test_regles_8_C13_ordonnateur_et_comptable_sont_deux_personnes(
    tx: Transactions, carte: Carte
) -> None:
    with tx.begin() as uow:
        designer(uow, carte.programme_id, DEPARTEMENT, Nomination(Role.COMPTABLE, "tp", "TP"), CHEF)
    with pytest.raises(ValidationError), tx.begin() as uow:
        nomination = Nomination(Role.ORDONNATEUR, "tp", "Trésorerie")
        designer(uow, carte.programme_id, DEPARTEMENT, nomination, CHEF)


def test_le_programme_d_un_autre_n_existe_pas(tx: Transactions, carte: Carte) -> None:
    with pytest.raises(NotFoundError), tx.begin() as uow:
        creer_carte(uow, carte.programme_id, demo.SDIS.siret, nouvelle(), FINANCES)
    with tx.begin() as uow, pytest.raises(ValidationError):
        programme(uow)


def test_chaque_etat_de_la_carte_est_ecrit_et_dit_une_fois(
    tx: Transactions, carte: Carte, events: Callable[..., list[Any]]
) -> None:
    with tx.begin(acteur="chef") as uow:
        suspendre_carte(uow, carte.id, DEPARTEMENT, "Congé", CHEF)
        activer_carte(uow, carte.id, DEPARTEMENT, CHEF)
        opposer_carte(uow, carte.id, DEPARTEMENT, "Perdue", CHEF)
    faits = ("creee", "activee", "suspendue", "retablie", "opposee")
    assert [len(events("paiement", f"paiement.carte.{fait}.v1")) for fait in faits] == [1] * 5
    with tx.read() as session:
        passages = session.scalars(sa.select(PassageCarte).order_by(PassageCarte.rang)).all()
    assert [p.etat for p in passages] == ["A_ACTIVER", "ACTIVE", "SUSPENDUE", "ACTIVE", "OPPOSEE"]
    assert passages[-1].motif == "Perdue"
    assert acheter(tx, carte, "1").motif == "CARTE_OPPOSEE"
    with pytest.raises(ConflictError), tx.begin() as uow:
        activer_carte(uow, carte.id, DEPARTEMENT, CHEF)


@pytest.mark.parametrize(
    "ordre",
    [
        "UPDATE passage_carte SET motif = 'autre'",
        "DELETE FROM passage_carte",
        "UPDATE operation_carte SET montant_ttc = 1",
        "DELETE FROM operation_carte",
    ],
)
def test_l_histoire_ne_se_reecrit_pas(tx: Transactions, carte: Carte, ordre: str) -> None:
    acheter(tx, carte, "10")
    with pytest.raises(IntegrityError), tx.begin() as uow:
        uow.session.execute(sa.text(ordre))


def test_une_carte_nommee_ne_sert_que_son_porteur(tx: Transactions, acheteurs: None) -> None:
    carte = carte_active(tx, porteur_id=PORTEUR.id)
    assert acheter(tx, carte, "10", par=PORTEUR).autorisee
    assert acheter(tx, carte, "10", par=FINANCES).autorisee
    autre = type(PORTEUR)("autre", PORTEUR.roles)
    with pytest.raises(ForbiddenError):
        acheter(tx, carte, "10", par=autre)
    with tx.begin() as uow:
        habiliter_porteur(uow, carte.id, DEPARTEMENT, FINANCES, actif=False)
    assert acheter(tx, carte, "10", par=PORTEUR).motif == "PORTEUR_INACTIF"
    with tx.begin() as uow:
        opposer_carte(uow, carte.id, DEPARTEMENT, "Volée", PORTEUR)


def test_I1_les_plafonds_de_categorie_se_derivent(tx: Transactions, acheteurs: None) -> None:
    carte = carte_active(
        tx,
        categories=(
            PlafondCategorie(Genre.CPV, "30190000", Montant(300)),
            PlafondCategorie(Genre.MCC, "5943", Montant(150)),
        ),
    )
    assert acheter(tx, carte, "200", cpv="30197630").autorisee
    assert acheter(tx, carte, "101", cpv="30192000").motif == "PLAFOND_CATEGORIE"
    assert acheter(tx, carte, "100", cpv="30192000", mcc="5943").autorisee
    assert acheter(tx, carte, "51", mcc="5943").motif == "PLAFOND_CATEGORIE"
    assert acheter(tx, carte, "51", cpv="39830000").autorisee


def test_I1_la_ligne_budgetaire_s_epuise_et_un_stock_s_exclut(
    tx: Transactions, carte: Carte, clock: Any
) -> None:
    annee = clock.today().year
    with tx.begin() as uow:
        for compte in ("60632", "3111"):
            ligne = (annee, compte, "Ligne", Montant(250))
            inscrire_ligne(uow, carte.programme_id, DEPARTEMENT, ligne, CHEF)
    assert acheter(tx, carte, "200", compte="60632").autorisee
    assert acheter(tx, carte, "51", compte="60632").motif == "BUDGET_EPUISE"
    assert acheter(tx, carte, "1", compte="3111").motif == "MARCHE_EXCLU_STOCK"
    with pytest.raises(ValidationError):
        acheter(tx, carte, "1", compte="6064")


def test_I1_deux_cartes_ne_depensent_pas_deux_fois_la_meme_ligne(
    tx: Transactions, carte: Carte, clock: Any
) -> None:
    with tx.begin() as uow:
        ligne = (clock.today().year, "60632", "Ligne", Montant(300))
        ouverte = inscrire_ligne(uow, carte.programme_id, DEPARTEMENT, ligne, CHEF)
        cartes = []
        for _ in range(2):
            autre = nouvelle(ligne_id=ouverte.id)
            creee = creer_carte(uow, carte.programme_id, DEPARTEMENT, autre, FINANCES)
            cartes.append(activer_carte(uow, creee.id, DEPARTEMENT, FINANCES))
    with ThreadPoolExecutor(10) as fils:
        reponses = list(fils.map(lambda n: acheter(tx, cartes[n % 2], "50"), range(10)))
    assert sum(r.autorisee for r in reponses) == 6
    assert {r.motif for r in reponses if not r.autorisee} == {"BUDGET_EPUISE"}


def test_regles_8_C2_une_avance_est_refusee_sur_un_marche_execute_par_carte(
    tx: Transactions, carte: Carte, marche: Marche
) -> None:
    with tx.begin() as uow:
        refuser_avance(uow, MARCHE, DEPARTEMENT)
    achat = acheter(tx, carte, "100", PAPETERIE, marche="2026-07-0001-L1")
    with tx.begin() as uow:
        # The contractor changes its mind: the row is proposed again by hand.
        uow.session.execute(sa.text("SET LOCAL session_replication_role = replica"))
        uow.session.execute(sa.update(Avance).values(etat="PROPOSEE"))
    with pytest.raises(ConflictError) as refus, tx.begin() as uow:
        accepter_avance(uow, MARCHE, DEPARTEMENT)
    assert refus.value.code == "marche_execute_par_carte"
    with pytest.raises(IntegrityError), tx.begin() as uow:
        uow.session.execute(sa.update(Avance).values(etat="ACCEPTEE"))
    with tx.begin() as uow:
        annuler_operation(uow, achat.id, DEPARTEMENT, "Achat abandonné")
    with tx.begin() as uow:
        assert accepter_avance(uow, MARCHE, DEPARTEMENT).etat == "ACCEPTEE"


def test_une_operation_annulee_rend_les_plafonds(
    tx: Transactions, carte: Carte, events: Callable[..., list[Any]]
) -> None:
    achats = [acheter(tx, carte, "400") for _ in range(3)]
    assert acheter(tx, carte, "1").motif == "PLAFOND_FOURNISSEUR"
    with pytest.raises(ValidationError), tx.begin() as uow:
        annuler_operation(uow, achats[0].id, DEPARTEMENT, " ")
    with tx.begin() as uow:
        annuler_operation(uow, achats[0].id, DEPARTEMENT, "Article épuisé")
    assert acheter(tx, carte, "400").autorisee
    with pytest.raises(ConflictError), tx.begin() as uow:
        annuler_operation(uow, achats[0].id, DEPARTEMENT, "Encore")
    with pytest.raises(NotFoundError), tx.begin() as uow:
        annuler_operation(uow, achats[1].id, demo.SDIS.siret, "Pas à lui")
    assert len(events("paiement", "paiement.carte.operation_annulee.v1")) == 1


def test_une_operation_cite_sa_commande(tx: Transactions, carte: Carte) -> None:
    with tx.begin() as uow:
        enregistrer_marche(uow, notifie(avance_taux=Decimal(0), montant_ht=Montant(30000)))
        commande = CommandePassee(
            commande_id=uuid.uuid4(),
            reference="BC-2026-001",
            marche_id=MARCHE,
            membre_siret=DEPARTEMENT,
            membre_nom=demo.DEPARTEMENT.nom,
            article="Papier",
            quantite=Decimal(1),
            conditionnement="carton",
            prix_unitaire_ht=Decimal("19.00"),
            montant_ht=Montant("19.00"),
            passee_le=uow.clock.now(),
        )
        enregistrer_engagement(uow, commande)
    achat = acheter(tx, carte, "22.80", PAPETERIE, commande="BC-2026-001")
    assert achat.autorisee
    with tx.read() as session:
        relue = session.get_one(OperationCarte, achat.id)
        assert (relue.marche_id, relue.commande_id) == (MARCHE, commande.commande_id)
    with pytest.raises(ValidationError):
        acheter(tx, carte, "1", commande="ABSENTE")
