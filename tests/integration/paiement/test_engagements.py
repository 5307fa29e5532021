"""What orders and contracts become is the same whatever the order in which it is heard."""

import datetime as dt
import uuid
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy.exc import IntegrityError

from services.paiement.events import PaiementEvents
from services.paiement.queries import engagements
from services.paiement.queries.marches import compte
from services.paiement.tables import Facture, Marche, Rapprochement, Reception
from services.paiement.usecases.constater_service_fait import constater_service_fait
from shared.kernel.clock import FrozenClock
from shared.kernel.errors import TemporaryError
from shared.kernel.ids import new_id
from shared.kernel.montant import Montant
from shared.messaging.envelope import Event
from shared.messaging.uow import Transactions
from tests.integration.paiement.recits import Fait, Recit
from tests.kit import factures
from tests.kit.paiement import DEPARTEMENT, deposer, le

pytestmark = pytest.mark.db
REGLAGES = settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
METHODES = {
    "publication.marche.notifie.v1": "on_marche_notifie",
    "groupement.commande.passee.v1": "on_commande_passee",
    "groupement.commande.annulee.v1": "on_commande_annulee",
    "groupement.commande.liberee.v1": "on_commande_liberee",
    "groupement.reception.enregistree.v1": "on_reception_enregistree",
    "groupement.reception.contrepassee.v1": "on_reception_contrepassee",
    "groupement.surplus.attribue.v1": "on_surplus_attribue",
    "groupement.avenant.conclu.v1": "on_avenant_conclu",
}


@pytest.fixture
def entendre(tx: Transactions, clock: FrozenClock) -> Callable[[Sequence[Fait]], None]:
    """Hear facts in an order; what must wait is delivered again after the others."""

    def un(fait: Fait) -> None:
        evenement = Event(
            id=new_id(clock),
            type=fait.type,
            source="urn:siret:90070001400013:essai",
            subject="essai",
            sequence=1,
            time=clock.now(),
            data=fait.donnees,
            correlation_id="essai",
        )
        service = PaiementEvents()
        with tx.begin() as uow:
            service.uow = uow
            getattr(service, METHODES[fait.type])(evenement)

    def tous(faits: Sequence[Fait]) -> None:
        attente = list(faits)
        while attente:
            encore = list(_en_attente(un, attente))
            assert len(encore) < len(attente)
            attente = encore

    return tous


def _en_attente(un: Callable[[Fait], None], faits: Sequence[Fait]) -> Iterator[Fait]:
    for fait in faits:
        try:
            un(fait)
        except TemporaryError:
            yield fait


def etat(tx: Transactions, recit: Recit) -> dict[str, Any]:
    """The account of the contract, as its page shows it."""
    with tx.read() as session:
        lu = compte(session, recit.marche, DEPARTEMENT)
        return {
            "commandes": {
                ligne.commande.reference.rpartition("-")[2]: (
                    ligne.chiffres.engagee,
                    ligne.chiffres.recue,
                    ligne.chiffres.attendue,
                    ligne.chiffres.engage_ht,
                    sorted(x.motif for x in ligne.liberations),
                )
                for ligne in lu.commandes
            },
            "engage_ht": lu.engage_ht,
            "actuel_ht": lu.marche.actuel_ht,
            "reste_ttc": lu.reste_ttc,
            "fin_le": lu.marche.fin_le,
            "livree": engagements.livree(session, recit.marche, "PAPIER-A4-80"),
            "receptions": sorted((r.genre, r.quantite, len(r.parts)) for r in lu.receptions),
            "avenants": [a.numero for a in lu.avenants],
        }


MOTIF = "Le titulaire ne livrera pas le reste"
ATTENDU = {
    "commandes": {
        "c1": (33, 22, 11, Montant("15048.00"), [MOTIF, MOTIF]),
        "c2": (10, 8, 2, Montant("4560.00"), []),
        "c3": (1, 1, 0, Montant("456.00"), []),
        "c4": (0, 0, 0, Montant.zero(), []),
    },
    "engage_ht": Montant("20064.00"),
    "actuel_ht": Montant("48880.00"),
    "reste_ttc": Montant("58656.00"),
    "fin_le": dt.date(2027, 4, 30),
    "livree": Decimal(31),
    "receptions": [("ATTRIBUTION", 0, 1), ("CONTREPASSATION", -30, 2), ("LIVRAISON", 30, 2),
                   ("LIVRAISON", 31, 2)],
    "avenants": [1, 2],
}  # fmt: skip


@REGLAGES
@given(st.permutations(range(14)), st.lists(st.integers(0, 13), max_size=4))
def test_P8_tout_ordre_d_arrivee_donne_le_meme_compte(
    tx: Transactions,
    entendre: Callable[[Sequence[Fait]], None],
    ordre: list[int],
    redits: list[int],
) -> None:
    recit = Recit()
    faits = recit.faits()
    entendre([faits[i] for i in (*ordre, *redits)])
    assert etat(tx, recit) == ATTENDU


@REGLAGES
@given(st.permutations(range(5)))
def test_H6_une_facture_s_appuie_sur_la_seule_livraison_qui_reste(
    tx: Transactions, entendre: Callable[[Sequence[Fait]], None], ordre: list[int]
) -> None:
    recit = Recit()
    entendre([recit.notifie()])
    livraisons = recit.livraisons()
    facture = None
    for rang in ordre:
        if rang < len(livraisons):
            entendre([livraisons[rang]])
        else:
            facture = _deposer(tx, recit)
    assert facture is not None
    with tx.read() as session:
        lue = session.get_one(Facture, facture.id)
        lues = session.scalars(
            sa.select(Reception.id)
            .join(Rapprochement, Rapprochement.reception_id == Reception.id)
            .where(Rapprochement.facture_id == facture.id, engagements.vivante())
        ).all()
    assert lues == [recit.ids["r2"]]
    assert lue.executee_le == dt.date(2026, 3, 1)


def _deposer(tx: Transactions, recit: Recit) -> Facture:
    return deposer(
        tx,
        factures.cii(
            numero=f"F-{recit.numero}",
            contrat=recit.reference,
            commande=f"ENG-{recit.reference}",
        ),
    ).facture


def test_H6_une_livraison_contrepassee_rend_la_facture_a_l_attente(
    tx: Transactions, entendre: Callable[[Sequence[Fait]], None], clock: FrozenClock
) -> None:
    recit = Recit()
    recue, inverse, bonne, _ = recit.livraisons()
    entendre([recit.notifie(), recue])
    facture = _deposer(tx, recit)
    assert facture.executee_le == dt.date(2026, 2, 27)
    entendre([inverse])
    with tx.read() as session:
        assert session.get_one(Facture, facture.id).executee_le is None
    le(clock, "2026-03-10")
    entendre([replace(bonne, donnees=bonne.donnees | {"recue_le": "2026-03-10"})])
    with tx.read() as session:
        lue = session.get_one(Facture, facture.id)
    assert lue.depart_le == dt.date(2026, 3, 10)
    assert lue.echeance_le == dt.date(2026, 4, 9)


def test_un_service_fait_constate_ne_bouge_plus_par_une_contrepassation(
    tx: Transactions, entendre: Callable[[Sequence[Fait]], None]
) -> None:
    recit = Recit()
    recue, inverse, *_ = recit.livraisons()
    entendre([recit.notifie(), recue])
    facture = _deposer(tx, recit)
    with tx.begin(acteur="finances") as uow:
        constater_service_fait(uow, facture.id, DEPARTEMENT, execute_le=facture.emise_le)
    entendre([inverse])
    with tx.read() as session:
        lue = session.get_one(Facture, facture.id)
    assert lue.executee_le == dt.date(2026, 2, 27)
    assert lue.depart_le == facture.depart_le


def test_un_surplus_concerne_le_membre_et_pas_l_acheteur(
    tx: Transactions, entendre: Callable[[Sequence[Fait]], None]
) -> None:
    recit = Recit()
    surplus = recit.livraisons()[-1]
    entendre([recit.notifie(), recit.faits()[3]])
    facture = _deposer(tx, recit)
    entendre([surplus])
    with tx.read() as session:
        assert session.get_one(Facture, facture.id).executee_le is None


@pytest.mark.parametrize("table", ["reception", "part_reception", "liberation", "avenant"])
@pytest.mark.parametrize("geste", ["DELETE FROM {}", "UPDATE {} SET marche_id = marche_id"])
def test_un_mouvement_ne_se_modifie_ni_ne_s_efface(
    tx: Transactions, entendre: Callable[[Sequence[Fait]], None], table: str, geste: str
) -> None:
    entendre(Recit().faits())
    ordre = geste.format(table)
    if table == "part_reception":
        ordre = ordre.replace("marche_id", "part")
    with pytest.raises(IntegrityError, match="ne se modifie pas"), tx.begin() as uow:
        uow.session.execute(sa.text(ordre))


def test_une_livraison_ne_se_contrepasse_qu_une_fois(
    tx: Transactions, entendre: Callable[[Sequence[Fait]], None]
) -> None:
    inverse = Recit().livraisons()[1]
    autre = replace(inverse, donnees=inverse.donnees | {"reception_id": str(uuid.uuid4())})
    with pytest.raises(IntegrityError, match="ix_reception_contrepassee"):
        entendre([inverse, autre])


def test_D5_la_page_du_marche_montre_ce_que_les_commandes_sont_devenues(
    tx: Transactions,
    entendre: Callable[[Sequence[Fait]], None],
    client: Callable[..., Any],
) -> None:
    recit = Recit()
    entendre(recit.faits())
    page = client("paiement", "finances").get(f"/paiement/marches/{recit.marche}").text
    for attendu in (
        "Avec les avenants",
        "30 avril 2027",
        "Commande close avant d’être complète",
        "Contre-passation",
        "Contre-passée",
        "Surplus attribué",
        "Erreur de saisie",
    ):
        assert attendu in page
    with tx.read() as session:
        assert session.get_one(Marche, recit.marche).montant_ht == Montant("47880.00")


def test_D5_l_api_dit_le_montant_et_le_terme_actuels(
    entendre: Callable[[Sequence[Fait]], None], client: Callable[..., Any]
) -> None:
    recit = Recit()
    entendre(recit.faits())
    lu = client("paiement", "finances").get(f"/paiement/api/v1/marches/{recit.marche}").json
    assert lu["montant_ht"] == "47880.00"
    assert lu["montant_actuel_ht"] == "48880.00"
    assert lu["fin_le"] == "2027-04-30"
