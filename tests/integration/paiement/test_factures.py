"""The life of an invoice after its deposit, each step with its event and its clock."""

import datetime as dt
import uuid
from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa

from services.paiement.domain.facture import Etat
from services.paiement.jobs import constater_retards
from services.paiement.tables import Facture, Marche, Passage
from services.paiement.usecases.completer import completer
from services.paiement.usecases.constater_service_fait import constater_service_fait
from services.paiement.usecases.mandater import mandater
from services.paiement.usecases.payer import payer
from services.paiement.usecases.rejeter import rejeter
from services.paiement.usecases.suspendre import suspendre
from shared.kernel.clock import FrozenClock
from shared.kernel.errors import ConflictError, NotFoundError, ValidationError
from shared.kernel.montant import Montant
from shared.messaging.uow import Transactions
from tests.kit import factures
from tests.kit.paiement import DEPARTEMENT, deposer, le, mener_au_mandat

pytestmark = pytest.mark.db
Emis = Callable[..., list[Any]]
D = dt.date.fromisoformat
PIECE = {"motif": "Bon de livraison absent.", "pieces": "Bon de livraison signé"}


def relire(tx: Transactions, facture_id: uuid.UUID) -> Facture:
    with tx.read() as session:
        return session.get_one(Facture, facture_id)


def test_6_4_la_facture_de_la_demonstration_payee_20_jours_en_retard(
    tx: Transactions, facture: Facture, clock: FrozenClock, events: Emis
) -> None:
    mener_au_mandat(tx, clock, facture)
    le(clock, "2026-04-21")
    with tx.begin() as uow:
        payer(uow, facture.id, DEPARTEMENT)
    (payee,) = events("paiement", "paiement.facture.payee.v1")
    assert payee.data | {} == payee.data | {
        "payee_le": "2026-04-21",
        "echeance_le": "2026-04-01",
        "delai_jours": 50,
        "jours_retard": 20,
        "taux_interet": "0.1015",
        "interets": "182.60",
        "indemnite": "40.00",
    }
    assert relire(tx, facture.id).interets == Montant("182.60")


def test_une_facture_payee_a_temps_ne_doit_rien(
    tx: Transactions, facture: Facture, clock: FrozenClock, events: Emis
) -> None:
    mener_au_mandat(tx, clock, facture)
    le(clock, "2026-04-01")
    with tx.begin() as uow:
        payer(uow, facture.id, DEPARTEMENT)
    (payee,) = events("paiement", "paiement.facture.payee.v1")
    assert (payee.data["delai_jours"], payee.data["jours_retard"]) == (30, 0)
    assert payee.data["taux_interet"] is None
    assert (payee.data["interets"], payee.data["indemnite"]) == ("0.00", "0.00")


def test_6_3_un_taux_inconnu_n_empeche_pas_de_payer(
    tx: Transactions, marche: Marche, clock: FrozenClock, events: Emis
) -> None:
    le(clock, "2026-06-01")
    facture = deposer(tx, factures.cii(emise_le=D("2026-06-01"), livree_le=None)).facture
    assert facture.echeance_le == D("2026-07-01")
    mener_au_mandat(tx, clock, facture)
    le(clock, "2026-07-11")
    with tx.begin() as uow:
        payer(uow, facture.id, DEPARTEMENT)
    payee = relire(tx, facture.id)
    assert (payee.jours_retard, payee.interets, payee.taux_interet) == (10, None, None)
    assert payee.indemnite == Montant("40")
    (dit,) = events("paiement", "paiement.facture.payee.v1")
    assert dit.data["interets"] is None
    with tx.read() as session:
        note = session.scalars(
            sa.select(Passage.note)
            .where(Passage.facture_id == facture.id)
            .order_by(Passage.rang.desc())
        ).first()
    assert note is not None
    assert "non calculables\u00a0: taux BCE du 2e semestre 2026 non renseigné" in note


def test_6_2_une_interruption_arrete_puis_rouvre_le_delai(
    tx: Transactions, facture: Facture, clock: FrozenClock, events: Emis
) -> None:
    le(clock, "2026-03-12")
    with tx.begin(acteur="finances") as uow:
        suspendre(uow, facture.id, DEPARTEMENT, **PIECE)
    arretee = relire(tx, facture.id)
    assert (arretee.etat, arretee.echeance_le) == (Etat.SUSPENDUE, None)
    le(clock, "2026-03-20")
    with tx.begin(acteur="finances") as uow:
        completer(uow, facture.id, DEPARTEMENT)
    reprise = relire(tx, facture.id)
    assert (reprise.etat, reprise.echeance_le) == (Etat.MISE_A_DISPOSITION, D("2026-04-20"))
    suspendue, completee = events("paiement")[-2:]
    assert suspendue.data["motif"] == PIECE["motif"]
    assert suspendue.data["suspendue_le"] == "2026-03-12"
    assert completee.data["echeance_le"] == "2026-04-20"
    with tx.read() as session:
        etats = session.scalars(
            sa.select(Passage.etat).where(Passage.facture_id == facture.id).order_by(Passage.rang)
        ).all()
    assert etats[-3:] == ["SUSPENDUE", "COMPLETEE", "MISE_A_DISPOSITION"]


def test_6_2_on_n_interrompt_qu_une_fois(
    tx: Transactions, facture: Facture, clock: FrozenClock
) -> None:
    with tx.begin() as uow:
        suspendre(uow, facture.id, DEPARTEMENT, **PIECE)
        completer(uow, facture.id, DEPARTEMENT)
    with pytest.raises(ConflictError, match="qu’une seule fois"), tx.begin() as uow:
        suspendre(uow, facture.id, DEPARTEMENT, **PIECE)


def test_6_2_un_service_fait_peut_etre_suspendu_et_le_reste(
    tx: Transactions, facture: Facture, clock: FrozenClock
) -> None:
    le(clock, "2026-03-12")
    with tx.begin() as uow:
        constater_service_fait(uow, facture.id, DEPARTEMENT, execute_le=D("2026-03-02"))
        suspendre(uow, facture.id, DEPARTEMENT, **PIECE)
    le(clock, "2026-03-20")
    with tx.begin() as uow:
        completer(uow, facture.id, DEPARTEMENT)
        mandater(uow, facture.id, DEPARTEMENT)
    reprise = relire(tx, facture.id)
    assert (reprise.etat, reprise.echeance_le) == (Etat.MANDATEE, D("2026-04-20"))


def test_6_2_ni_apres_l_echeance_ni_apres_le_mandat(
    tx: Transactions, facture: Facture, clock: FrozenClock
) -> None:
    le(clock, "2026-04-02")
    with pytest.raises(ConflictError, match="a pris fin"), tx.begin() as uow:
        suspendre(uow, facture.id, DEPARTEMENT, **PIECE)
    mener_au_mandat(tx, clock, facture)
    with pytest.raises(ConflictError, match="Mandatée"), tx.begin() as uow:
        suspendre(uow, facture.id, DEPARTEMENT, **PIECE, notifiee_le=D("2026-03-20"))


def test_on_ne_mandate_qu_un_service_fait(tx: Transactions, facture: Facture) -> None:
    with pytest.raises(ConflictError) as refus, tx.begin() as uow:
        mandater(uow, facture.id, DEPARTEMENT)
    assert refus.value.code == "service_fait_manquant"


def test_on_ne_paie_qu_une_facture_mandatee(tx: Transactions, facture: Facture) -> None:
    with pytest.raises(ConflictError) as refus, tx.begin() as uow:
        payer(uow, facture.id, DEPARTEMENT)
    assert refus.value.code == "facture_non_mandatee"


def test_D8_le_mandat_dit_au_comptable_depart_et_echeance(
    tx: Transactions, facture: Facture, clock: FrozenClock, events: Emis
) -> None:
    mener_au_mandat(tx, clock, facture)
    with tx.read() as session:
        note = session.scalars(sa.select(Passage.note).where(Passage.etat == Etat.MANDATEE)).one()
    assert note == ("Délai parti le 2\u00a0mars\u00a02026, échéance le 1er\u00a0avril\u00a02026.")
    assert events("paiement")[-1].data["mandatee_le"] == "2026-03-02"


def test_H6_un_service_fait_plus_tard_deplace_le_depart(
    tx: Transactions, facture: Facture, clock: FrozenClock, events: Emis
) -> None:
    le(clock, "2026-03-11")
    with tx.begin() as uow:
        constater_service_fait(uow, facture.id, DEPARTEMENT, execute_le=D("2026-03-10"))
    (fait,) = events("paiement", "paiement.facture.service_fait.v1")
    assert fait.data["service_fait_le"] == "2026-03-10"
    assert fait.data["echeance_le"] == "2026-04-09"


@pytest.mark.parametrize("jour", ["2026-03-03", "2020-01-01"])
def test_un_service_ne_se_constate_ni_demain_ni_jadis(
    tx: Transactions, facture: Facture, jour: str
) -> None:
    with pytest.raises(ValidationError) as refus, tx.begin() as uow:
        constater_service_fait(uow, facture.id, DEPARTEMENT, execute_le=D(jour))
    assert set(refus.value.champs) == {"execute_le"}
    assert relire(tx, facture.id).etat == Etat.MISE_A_DISPOSITION


def test_un_rejet_dit_son_motif_et_libere_le_numero(
    tx: Transactions, facture: Facture, events: Emis
) -> None:
    with tx.begin(acteur="finances") as uow:
        rejeter(uow, facture.id, DEPARTEMENT, "Marché soldé.")
    (rejetee,) = events("paiement", "paiement.facture.rejetee.v1")
    assert rejetee.data["motifs"] == ["Marché soldé."]
    assert relire(tx, facture.id).echeance_le is None
    assert deposer(tx, factures.ubl()).nouvelle


def test_la_facture_d_un_autre_acheteur_n_existe_pas(tx: Transactions, facture: Facture) -> None:
    for geste in (mandater, payer, completer, constater_service_fait):
        with pytest.raises(NotFoundError), tx.begin() as uow:
            geste(uow, facture.id, "90070002200016")  # type: ignore[operator]


def test_P7_un_retard_se_dit_une_fois_avec_sa_date_legale(
    tx: Transactions,
    facture: Facture,
    clock: FrozenClock,
    events: Emis,
    contexte: Callable[..., Any],
) -> None:
    le(clock, "2026-04-01")
    assert constater_retards(contexte("paiement")) == 0
    le(clock, "2026-04-20")  # the platform was away for three weeks
    assert constater_retards(contexte("paiement")) == 1
    assert constater_retards(contexte("paiement")) == 0
    (retard,) = events("paiement", "paiement.facture.en_retard.v1")
    assert (retard.data["echeance_le"], retard.data["depuis_le"]) == ("2026-04-01", "2026-04-02")


def test_P7_ni_suspendue_ni_payee_ni_rejetee_n_est_en_retard(
    tx: Transactions, marche: Marche, clock: FrozenClock, contexte: Callable[..., Any]
) -> None:
    suspendue = deposer(tx).facture
    payee = deposer(tx, factures.cii(numero="F-2")).facture
    rejetee = deposer(tx, factures.cii(numero="F-3")).facture
    mener_au_mandat(tx, clock, payee)
    with tx.begin() as uow:
        suspendre(uow, suspendue.id, DEPARTEMENT, **PIECE)
        payer(uow, payee.id, DEPARTEMENT)
        rejeter(uow, rejetee.id, DEPARTEMENT, "Erreur de destinataire.")
    le(clock, "2026-09-01")
    assert constater_retards(contexte("paiement")) == 0


def test_P7_plusieurs_processus_ne_disent_chaque_retard_qu_une_fois(
    tx: Transactions,
    marche: Marche,
    clock: FrozenClock,
    events: Emis,
    contexte: Callable[..., Any],
) -> None:
    from concurrent.futures import ThreadPoolExecutor

    for numero in range(12):
        deposer(tx, factures.cii(numero=f"F-{numero}"))
    le(clock, "2026-05-01")
    context = contexte("paiement")
    with ThreadPoolExecutor(4) as fils:
        assert sum(fils.map(lambda _: constater_retards(context), range(4))) == 12
    dits = events("paiement", "paiement.facture.en_retard.v1")
    assert len({e.subject for e in dits}) == len(dits) == 12
