"""Invoices of one debt: linked at the deposit or by hand, measured, shown."""

import datetime as dt
import uuid
from collections.abc import Callable

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from services.paiement.queries import affaires
from services.paiement.queries.affaires import Vue
from services.paiement.queries.factures import Perimetre
from services.paiement.tables import Facture, Marche
from services.paiement.usecases.acces import donner_acces
from services.paiement.usecases.payer import payer
from services.paiement.usecases.rejeter import rejeter
from services.paiement.usecases.relier import relier
from shared.kernel.clock import FrozenClock
from shared.kernel.errors import ConflictError, NotFoundError, ValidationError
from shared.messaging.uow import Transactions
from shared.ops import demo
from tests.kit import factures
from tests.kit.factures import Identite
from tests.kit.paiement import DEPARTEMENT, PAPETERIE, deposer, le, mener_au_mandat
from tests.kit.web import ClientWeb

pytestmark = pytest.mark.db
D = dt.date.fromisoformat


def refuser(tx: Transactions, facture: Facture) -> None:
    with tx.begin(acteur="finances") as uow:
        rejeter(uow, facture.id, DEPARTEMENT, "Prix faux.")


def vue(tx: Transactions, facture_id: uuid.UUID, clock: FrozenClock) -> Vue:
    with tx.read() as session:
        return affaires.lire(session, facture_id, Perimetre(acheteur=DEPARTEMENT), clock)


def deux_depots(tx: Transactions, clock: FrozenClock) -> tuple[Facture, Facture]:
    """Rejected on 9 March, deposited again on 20 March."""
    premiere = deposer(tx).facture
    le(clock, "2026-03-09")
    refuser(tx, premiere)
    le(clock, "2026-03-20")
    seconde = deposer(tx, factures.cii(emise_le=D("2026-03-20"), livree_le=D("2026-03-02"))).facture
    return premiere, seconde


def test_M2_une_facture_rejetee_puis_redeposee_est_une_seule_affaire(
    tx: Transactions, marche: Marche, clock: FrozenClock
) -> None:
    premiere, seconde = deux_depots(tx, clock)
    assert seconde.affaire_id == premiere.affaire_id
    mener_au_mandat(tx, clock, seconde)
    le(clock, "2026-04-08")
    with tx.begin() as uow:
        payer(uow, seconde.id, DEPARTEMENT)
    lue = vue(tx, premiere.id, clock)
    assert [f.id for f in lue.factures] == [premiere.id, seconde.id]
    assert (lue.delais.reglementaire, lue.delais.vecu, lue.rejets) == (19, 37, 1)
    assert lue.durees["le fournisseur"].days == 11
    assert lue.durees["le service destinataire"].days == 7
    assert lue.durees["le comptable"].days == 19
    with tx.read() as session:
        assert affaires.delai_vecu_moyen(session, DEPARTEMENT, D("2026-01-01")) == 37


def test_M2_le_lien_se_lit_dans_l_historique(
    tx: Transactions, marche: Marche, clock: FrozenClock
) -> None:
    _, seconde = deux_depots(tx, clock)
    assert (
        "Elle porte le numéro d’une facture rejetée." in vue(tx, seconde.id, clock).entrees[3].note
    )


def test_M2_une_facture_qui_cite_la_rejetee_prend_son_affaire(
    tx: Transactions, marche: Marche
) -> None:
    premiere = deposer(tx).facture
    refuser(tx, premiere)
    octets = factures.ubl(numero="F-9", contrat=None, commande=None, cite="F-2026-0042")
    assert deposer(tx, octets).facture.affaire_id == premiere.affaire_id


def test_M2_deux_dettes_restent_deux_affaires(tx: Transactions, marche: Marche) -> None:
    premiere = deposer(tx).facture
    seconde = deposer(tx, factures.cii(numero="F-2")).facture
    assert premiere.affaire_id != seconde.affaire_id  # nothing was rejected
    refuser(tx, premiere)
    bureau = Identite(demo.BUREAU.siret, demo.BUREAU.nom)
    autre = deposer(tx, factures.cii(vendeur=bureau)).facture
    assert autre.affaire_id != premiere.affaire_id


def test_M2_une_affaire_n_a_qu_une_facture_vivante(tx: Transactions, marche: Marche) -> None:
    premiere = deposer(tx).facture
    seconde = deposer(tx, factures.cii(numero="F-2")).facture
    with pytest.raises(IntegrityError, match="uq_facture_vivante_par_affaire"), tx.begin() as uow:
        uow.session.execute(
            sa.update(Facture)
            .where(Facture.id == seconde.id)
            .values(affaire_id=premiere.affaire_id)
        )


def test_M2_un_agent_relie_ce_que_rien_ne_relie(
    tx: Transactions, marche: Marche, clock: FrozenClock
) -> None:
    premiere = deposer(tx).facture
    refuser(tx, premiere)
    seconde = deposer(tx, factures.cii(numero="G-1", contrat=None, commande=None)).facture
    assert seconde.affaire_id != premiere.affaire_id
    with pytest.raises(ValidationError) as refus, tx.begin() as uow:
        relier(uow, seconde.id, DEPARTEMENT, "INCONNU")
    assert set(refus.value.champs) == {"numero"}
    with tx.begin(acteur="finances") as uow:
        relier(uow, seconde.id, DEPARTEMENT, " F-2026-0042 ")
    assert len(vue(tx, seconde.id, clock).factures) == 2
    refuser(tx, seconde)
    with pytest.raises(ConflictError), tx.begin() as uow:
        relier(uow, seconde.id, DEPARTEMENT, "F-2026-0042")


def test_M2_l_affaire_se_lit_par_l_api_et_par_la_page(
    tx: Transactions, marche: Marche, clock: FrozenClock, client: Callable[..., ClientWeb]
) -> None:
    premiere, seconde = deux_depots(tx, clock)
    with tx.begin() as uow:
        jeton = donner_acces(uow, PAPETERIE, "Logiciel", "entreprise")
    lue = (
        client("paiement")
        .get(
            f"/paiement/api/v1/factures/{seconde.id}/affaire",
            headers={"Authorization": f"Bearer {jeton}"},
        )
        .json
    )
    assert (lue["premier_depot_le"], lue["delai_vecu_jours"]) == ("2026-03-02", 18)
    assert [f["etat"] for f in lue["factures"]] == ["REJETEE", "MISE_A_DISPOSITION"]
    assert lue["detentions"][-1]["au"] is None
    page = client("paiement", "finances").get(f"/paiement/factures/{premiere.id}/affaire")
    assert page.status_code == 200
    assert "11\u00a0jours" in page.text
    assert "/affaire" in client("paiement", "finances").get(f"/paiement/factures/{seconde.id}").text


def test_M2_relier_par_la_page(
    tx: Transactions, marche: Marche, client: Callable[..., ClientWeb]
) -> None:
    premiere = deposer(tx).facture
    refuser(tx, premiere)
    seconde = deposer(tx, factures.cii(numero="G-1", contrat=None, commande=None)).facture
    finances = client("paiement", "finances")
    chemin = f"/paiement/factures/{seconde.id}/affaire"
    refus = finances.post(chemin, data={"numero": "X"})
    assert refus.status_code == 422
    assert 'value="X"' in refus.text
    assert finances.post(chemin, data={"numero": premiere.numero}).status_code == 303
    assert "Reliée à la facture rejetée" in finances.get(chemin).text


def test_l_affaire_d_un_autre_n_existe_pas(
    tx: Transactions, facture: Facture, clock: FrozenClock
) -> None:
    with tx.read() as session, pytest.raises(NotFoundError):
        affaires.lire(session, facture.id, Perimetre(fournisseur=demo.BUREAU.siret), clock)
