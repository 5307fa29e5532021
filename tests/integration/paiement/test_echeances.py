"""The clock in use: what opens it, whose turn it is, alerts, interest stated and paid."""

import datetime as dt
import uuid
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from services.paiement.domain.depart import Origine, Ouverture
from services.paiement.jobs import alerter_echeances
from services.paiement.queries.comptes import ecarts
from services.paiement.tables import Acheteur, Ecriture, EtatLiquidatif, Facture, Marche
from services.paiement.usecases.acheteurs import joindre_finances
from services.paiement.usecases.completer import completer
from services.paiement.usecases.etats_liquidatifs import verser_interets
from services.paiement.usecases.payer import payer
from services.paiement.usecases.preciser_depart import preciser_depart
from services.paiement.usecases.saisir_parametre import TAUX_BCE, saisir_parametre
from services.paiement.usecases.suspendre import suspendre
from shared.kernel.clock import FrozenClock
from shared.kernel.errors import ConflictError, NotFoundError, ValidationError
from shared.kernel.montant import Montant
from shared.messaging.uow import Transactions
from tests.kit.paiement import DEPARTEMENT, le, mener_au_mandat
from tests.kit.web import ClientWeb, lisible

pytestmark = pytest.mark.db
Emis = Callable[..., list[Any]]
Clients = Callable[..., ClientWeb]
D = dt.date.fromisoformat


def preciser(tx: Transactions, facture: Facture, ouverture: Ouverture) -> Facture:
    with tx.begin(acteur="finances") as uow:
        return preciser_depart(uow, facture.id, DEPARTEMENT, ouverture)


@pytest.mark.parametrize(
    ("ouverture", "depart", "echeance"),
    [
        (Ouverture(Origine.NON_PROUVEE), "2026-03-04", "2026-04-03"),
        (Ouverture(Origine.RECEPTION, D("2026-03-10")), "2026-03-10", "2026-04-09"),
        (Ouverture(Origine.NOTIFICATION, D("2026-03-03")), "2026-03-03", "2026-04-02"),
        (
            Ouverture(Origine.SOUS_TRAITANT, None, D("2026-03-05")),
            "2026-03-20",
            "2026-04-20",  # the 19th is a Sunday
        ),
        (
            Ouverture(Origine.SOUS_TRAITANT, D("2026-03-09"), D("2026-03-05")),
            "2026-03-09",
            "2026-04-08",
        ),
        (Ouverture(Origine.SOLDE_TRAVAUX, D("2026-03-12")), "2026-03-12", "2026-04-13"),
    ],
)
def test_H6_ce_qui_ouvre_le_delai(
    tx: Transactions,
    facture: Facture,
    clock: FrozenClock,
    *,
    ouverture: Ouverture,
    depart: str,
    echeance: str,
) -> None:
    le(clock, "2026-03-20")
    precisee = preciser(tx, facture, ouverture)
    assert (precisee.depart_le, precisee.echeance_le) == (D(depart), D(echeance))


def test_H6_le_depart_se_corrige_jusqu_au_mandat(
    tx: Transactions, facture: Facture, clock: FrozenClock, events: Emis
) -> None:
    le(clock, "2026-03-20")
    preciser(tx, facture, Ouverture(Origine.RECEPTION, D("2026-03-10")))
    assert preciser(tx, facture, Ouverture(Origine.NON_PROUVEE)).depart_le == D("2026-03-04")
    dits = events("paiement", "paiement.facture.depart_precise.v1")
    assert [e.data["depart_le"] for e in dits] == ["2026-03-10", "2026-03-04"]
    mener_au_mandat(tx, clock, facture)
    with pytest.raises(ConflictError, match="après le mandat"):
        preciser(tx, facture, Ouverture(Origine.NON_PROUVEE))


@pytest.mark.parametrize(
    ("ouverture", "champ"),
    [
        (Ouverture(Origine.RECEPTION), "le"),
        (Ouverture(Origine.RECEPTION, D("2026-03-01")), "le"),
        (Ouverture(Origine.RECEPTION, D("2026-03-03")), "le"),  # tomorrow
        (Ouverture(Origine.SOUS_TRAITANT), "demandee_le"),
    ],
)
def test_un_depart_impossible_nomme_son_champ(
    tx: Transactions, facture: Facture, ouverture: Ouverture, champ: str
) -> None:
    with pytest.raises(ValidationError) as refus:
        preciser(tx, facture, ouverture)
    assert set(refus.value.champs) == {champ}


def alerter(contexte: Callable[..., Any]) -> int:
    return alerter_echeances(contexte("paiement"))


def test_H6_deux_alertes_avant_l_echeance_une_seule_fois_chacune(
    tx: Transactions,
    facture: Facture,
    clock: FrozenClock,
    events: Emis,
    contexte: Callable[..., Any],
) -> None:
    with tx.begin() as uow:
        joindre_finances(uow, DEPARTEMENT, "finances@departement.exemple", None)
    donnees = {}
    for jour in ("2026-03-21", "2026-03-22", "2026-03-25", "2026-03-29", "2026-04-01"):
        le(clock, jour)
        donnees[jour] = [alerter(contexte), alerter(contexte)]
    assert donnees == {
        "2026-03-21": [0, 0],
        "2026-03-22": [1, 0],
        "2026-03-25": [0, 0],
        "2026-03-29": [1, 0],
        "2026-04-01": [0, 0],
    }
    loin, proche = events("paiement", "paiement.facture.echeance_proche.v1")
    assert (loin.data["jours_restants"], proche.data["jours_restants"]) == (10, 3)
    assert loin.data["courriel_finances"] == "finances@departement.exemple"
    assert loin.data["limite_le"] == "2026-03-22"


def test_H6_une_nouvelle_echeance_s_annonce_de_nouveau(
    tx: Transactions,
    facture: Facture,
    clock: FrozenClock,
    contexte: Callable[..., Any],
) -> None:
    le(clock, "2026-03-30")
    assert alerter(contexte) == 1  # seen late: the nearest alert only
    with tx.begin() as uow:
        suspendre(uow, facture.id, DEPARTEMENT, motif="Absent.", pieces="Bon")
    assert alerter(contexte) == 0
    with tx.begin() as uow:
        completer(uow, facture.id, DEPARTEMENT)
    assert alerter(contexte) == 0
    le(clock, "2026-04-20")
    assert alerter(contexte) == 1


@pytest.fixture
def en_retard(tx: Transactions, facture: Facture, clock: FrozenClock) -> Facture:
    mener_au_mandat(tx, clock, facture)
    le(clock, "2026-04-21")
    with tx.begin(acteur="finances") as uow:
        return payer(uow, facture.id, DEPARTEMENT)


def etat(tx: Transactions) -> EtatLiquidatif:
    with tx.read() as session:
        return session.scalars(sa.select(EtatLiquidatif)).one()


def test_H6_un_paiement_tardif_ouvre_un_etat_liquidatif(
    tx: Transactions, en_retard: Facture, events: Emis
) -> None:
    ouvert = etat(tx)
    assert (ouvert.numero, ouvert.jours_retard) == ("IM-2026-00001", 20)
    assert (ouvert.interets, ouvert.indemnite) == (Montant("182.60"), Montant("40.00"))
    assert ouvert.a_verser_avant_le == D("2026-06-05")  # 45 days after the payment
    (liquides,) = events("paiement", "paiement.interets.liquides.v1")
    assert (liquides.data["taux"], liquides.data["principal_ttc"]) == ("0.1015", "32832.00")


def test_H6_un_paiement_a_temps_n_en_ouvre_pas(
    tx: Transactions, facture: Facture, clock: FrozenClock
) -> None:
    mener_au_mandat(tx, clock, facture)
    le(clock, "2026-04-01")
    with tx.begin() as uow:
        payer(uow, facture.id, DEPARTEMENT)
    with tx.read() as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(EtatLiquidatif)) == 0


def test_un_etat_attend_le_taux_qui_manque(
    tx: Transactions, facture: Facture, clock: FrozenClock
) -> None:
    le(clock, "2026-06-20")
    with tx.begin() as uow:
        preciser_depart(uow, facture.id, DEPARTEMENT, Ouverture(Origine.RECEPTION, D("2026-06-10")))
    mener_au_mandat(tx, clock, facture)
    le(clock, "2026-07-31")
    with tx.begin() as uow:
        assert payer(uow, facture.id, DEPARTEMENT).interets is None
    with tx.begin() as uow:
        saisir_parametre(
            uow, code=TAUX_BCE, du=D("2026-07-01"), valeur=Decimal("2.15"), reference="BCE"
        )
    assert etat(tx).taux == Decimal("10.15")


def test_les_interets_se_versent_une_fois(
    tx: Transactions, en_retard: Facture, events: Emis
) -> None:
    etat_id = etat(tx).id
    for jour in ("2026-04-20", "2026-04-22"):
        with pytest.raises(ValidationError), tx.begin() as uow:
            verser_interets(uow, etat_id, DEPARTEMENT, D(jour))
    with pytest.raises(NotFoundError), tx.begin() as uow:
        verser_interets(uow, etat_id, "90070002200016", D("2026-04-21"))
    with tx.begin() as uow:
        verser_interets(uow, etat_id, DEPARTEMENT, D("2026-04-21"))
    with pytest.raises(ConflictError), tx.begin() as uow:
        verser_interets(uow, etat_id, DEPARTEMENT, D("2026-04-21"))
    assert len(events("paiement", "paiement.interets.verses.v1")) == 1
    with tx.read() as session:
        dus = sa.select(sa.func.sum(Ecriture.montant)).where(Ecriture.compte == "DUS")
        assert session.scalar(dus) == Montant("0")
        assert ecarts(session) == []


@pytest.mark.parametrize("valeurs", [{"interets": Montant("1")}, {"verse_le": None}])
def test_la_base_ne_laisse_pas_recrire_un_etat(
    tx: Transactions, en_retard: Facture, valeurs: dict[str, Any]
) -> None:
    with tx.begin() as uow:
        verser_interets(uow, etat(tx).id, DEPARTEMENT, D("2026-04-21"))
    with pytest.raises(IntegrityError), tx.begin() as uow:
        uow.session.execute(sa.update(EtatLiquidatif).values(**valeurs))


def test_la_page_des_factures_a_payer(
    tx: Transactions, facture: Facture, clock: FrozenClock, client: Clients
) -> None:
    finances = client("paiement", "finances")
    le(clock, "2026-03-25")
    page = lisible(finances.get("/paiement/echeances"))
    assert "l’ordonnateur" in page
    assert "sa limite est passée de 3 j" in page
    assert "22 mars 2026" in page
    mener_au_mandat(tx, clock, facture)
    page = lisible(finances.get("/paiement/echeances"))
    assert "le comptable" in page
    assert "4 avril 2026" in page  # ten days from the payment order
    csv = finances.get("/paiement/echeances.csv").text
    assert "Limite du comptable" in csv
    assert "32832" in csv
    vide = client("paiement", "coordonnatrice").get("/paiement/echeances")
    assert vide.status_code == 200


def test_le_depart_se_precise_par_la_page(
    tx: Transactions, facture: Facture, clock: FrozenClock, client: Clients
) -> None:
    le(clock, "2026-03-20")
    finances = client("paiement", "finances")
    adresse = f"/paiement/factures/{facture.id}/depart"
    assert "déposée le 2 mars 2026" in lisible(finances.get(adresse))
    refus = finances.post(adresse, data={"origine": "SOUS_TRAITANT"})
    assert refus.status_code == 422
    assert "le titulaire a reçu la demande" in lisible(refus)
    fait = finances.post(adresse, data={"origine": "RECEPTION", "le": "2026-03-10"})
    assert fait.status_code == 303
    page = lisible(finances.get(f"/paiement/factures/{facture.id}"))
    assert "Échéance légale : 9 avril 2026" in page
    assert "L’ordonnateur a jusqu’au 30 mars 2026" in page
    assert finances.get(f"/paiement/factures/{uuid.uuid4()}/depart").status_code == 404


def test_l_etat_liquidatif_se_lit_s_imprime_et_se_solde(
    tx: Transactions, en_retard: Facture, client: Clients
) -> None:
    finances, entreprise = client("paiement", "finances"), client("paiement", "entreprise")
    adresse = f"/paiement/factures/{en_retard.id}/etat-liquidatif"
    for lecteur in (finances, entreprise):
        page = lisible(lecteur.get(adresse))
        assert "IM-2026-00001" in page
        assert "222,60 €" in page
    liste = lisible(finances.get("/paiement/interets"))
    assert "5 juin 2026" in liste
    verser = f"/paiement/interets/{etat(tx).id}/versement"
    assert finances.post(verser, data={"verse_le": "2026-04-20"}).status_code == 422
    assert finances.post(verser, data={"verse_le": "2026-04-21"}).status_code == 303
    assert "Versé le 21 avril 2026" in lisible(entreprise.get(adresse))
    page = lisible(finances.get(f"/paiement/factures/{en_retard.id}"))
    assert "Intérêts et indemnité versés le 21 avril 2026" in page
    assert "le comptable l’a dépassée de" in page


def test_une_facture_sans_retard_n_a_pas_d_etat(facture: Facture, client: Clients) -> None:
    adresse = f"/paiement/factures/{facture.id}/etat-liquidatif"
    assert client("paiement", "finances").get(adresse).status_code == 404


def test_les_finances_de_chaque_acheteur_se_reglent(
    tx: Transactions, marche: Marche, client: Clients
) -> None:
    finances = client("paiement", "finances")
    adresse = f"/paiement/parametres/acheteurs/{DEPARTEMENT}/finances"
    finances.post(adresse, data={"courriel": "pas une adresse", "comptable_jours": "8"})
    with tx.read() as session:
        assert session.get_one(Acheteur, DEPARTEMENT).comptable_jours is None
    reglage = {"courriel": "finances@departement.exemple", "comptable_jours": "8"}
    assert finances.post(adresse, data=reglage).status_code == 303
    with tx.read() as session:
        regle = session.get_one(Acheteur, DEPARTEMENT)
        assert (regle.courriel_finances, regle.comptable_jours) == (
            "finances@departement.exemple",
            8,
        )
    assert finances.post(adresse, data={}).status_code == 303
    with tx.read() as session:
        assert session.get_one(Acheteur, DEPARTEMENT).courriel_finances is None


def test_l_histogramme_porte_le_delai_de_l_acheteur(
    tx: Transactions, en_retard: Facture, client: Clients
) -> None:
    finances = client("paiement", "finances")
    page = lisible(finances.get("/paiement/factures"))
    assert "0 paiements sur 1 dans le délai de 30 jours ; 1 au-delà." in page
    with tx.begin() as uow:
        uow.session.get_one(Acheteur, DEPARTEMENT).classe = "EPS"
    page = lisible(finances.get("/paiement/factures"))
    assert "1 paiements sur 1 dans le délai de 50 jours" in page
