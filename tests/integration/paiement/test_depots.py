"""Depositing an invoice: made available, rejected, waiting, refused, and never twice."""

import datetime as dt
import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import sqlalchemy as sa

from services.paiement.domain.efacture import Anomalie, Gravite, Verdict
from services.paiement.domain.facture import Etat
from services.paiement.jobs import reprendre_controles
from services.paiement.tables import Facture, Fichier, Marche, Passage
from services.paiement.usecases.controler import reprendre_controle
from shared.db import audit
from shared.kernel.clock import FrozenClock
from shared.kernel.errors import ConflictError, DomainError, ForbiddenError
from shared.kernel.montant import Montant
from shared.messaging.uow import Transactions
from shared.ops import demo
from tests.kit import factures
from tests.kit.factures import Identite
from tests.kit.paiement import ACHAT, DEPARTEMENT, MARCHE, PAPETERIE, deposer

pytestmark = pytest.mark.db
Emis = Callable[..., list[Any]]
FAUX_TOTAL = (
    Anomalie("BR-CO-15", Gravite.BLOQUANTE, "Le total TTC est faux."),
    Anomalie("BR-FR-09", Gravite.INFORMATION, "SIRET à vérifier."),
)


def invalide(*_: Any) -> tuple[Anomalie, ...]:
    return FAUX_TOTAL


def muet(*_: Any) -> None:
    """Stands for a Saxon that died."""


def passages(tx: Transactions, facture_id: uuid.UUID) -> list[tuple[str, str]]:
    with tx.read() as session:
        requete = sa.select(Passage).where(Passage.facture_id == facture_id)
        return [(p.etat, p.detenteur) for p in session.scalars(requete.order_by(Passage.rang))]


def test_une_facture_conforme_est_mise_a_disposition_H5(
    tx: Transactions, marche: Marche, events: Emis
) -> None:
    depot = deposer(tx)
    facture = depot.facture
    assert depot.nouvelle
    assert facture.etat == Etat.MISE_A_DISPOSITION
    assert facture.marche_id == MARCHE
    assert (facture.montant_ht, facture.montant_ttc) == (Montant("27360"), Montant("32832"))
    assert (facture.depart_le, facture.echeance_le) == (dt.date(2026, 3, 2), dt.date(2026, 4, 1))
    assert passages(tx, facture.id) == [
        ("DEPOSEE", "la plateforme"),
        ("MISE_A_DISPOSITION", "le service destinataire"),
    ]
    (recue,) = events("paiement", "paiement.facture.recue.v1")
    assert recue.subject == str(facture.id)
    assert recue.data["marche_reference"] == "2026-07-0001-L1"
    assert recue.data["achat_id"] == str(ACHAT)
    assert recue.data["echeance_le"] == "2026-04-01"
    assert recue.data["courriel_fournisseur"] == demo.PAPETERIE.courriel
    assert recue.data["profil"] == "urn:cen.eu:en16931:2017"


@pytest.mark.parametrize("ecrire", [factures.cii, factures.ubl, factures.facturx_pdf])
def test_les_octets_d_origine_sont_gardes(
    tx: Transactions, marche: Marche, ecrire: Callable[[], bytes]
) -> None:
    octets = ecrire()
    facture = deposer(tx, octets).facture
    with tx.read() as session:
        assert bytes(session.get_one(Fichier, facture.id).octets) == octets


def test_le_meme_fichier_redonne_la_meme_facture(
    tx: Transactions, marche: Marche, events: Emis
) -> None:
    premier, second = deposer(tx), deposer(tx)
    assert (premier.nouvelle, second.nouvelle) == (True, False)
    assert premier.facture.id == second.facture.id
    assert len(events("paiement", "paiement.facture.recue.v1")) == 1


def test_un_numero_ne_sert_qu_une_fois_par_an(tx: Transactions, marche: Marche) -> None:
    premier = deposer(tx)
    with pytest.raises(ConflictError, match="déjà déposé une facture F-2026-0042") as refus:
        deposer(tx, factures.ubl())
    assert refus.value.code == "facture_doublon"
    assert refus.value.details["facture_id"] == str(premier.facture.id)
    autre_annee = factures.ubl(emise_le=dt.date(2025, 12, 31))
    assert deposer(tx, autre_annee).nouvelle


def test_dix_depots_simultanes_font_une_facture(
    tx: Transactions, marche: Marche, events: Emis
) -> None:
    with ThreadPoolExecutor(10) as fils:
        depots = list(fils.map(lambda _: deposer(tx), range(10)))
    assert sum(d.nouvelle for d in depots) == 1
    assert len({d.facture.id for d in depots}) == 1
    assert len(events("paiement", "paiement.facture.recue.v1")) == 1


def test_une_facture_non_conforme_est_rejetee_avec_ses_motifs(
    tx: Transactions, marche: Marche, events: Emis
) -> None:
    facture = deposer(tx, regles=invalide).facture
    assert facture.etat == Etat.REJETEE
    assert facture.echeance_le is None
    assert [a["regle"] for a in facture.anomalies] == ["BR-CO-15", "BR-FR-09"]
    (rejetee,) = events("paiement", "paiement.facture.rejetee.v1")
    assert rejetee.data["motifs"] == ["BR-CO-15\u00a0: Le total TTC est faux."]
    assert events("paiement", "paiement.facture.recue.v1") == []
    corrigee = deposer(tx, factures.ubl())
    assert corrigee.nouvelle
    assert corrigee.facture.etat == Etat.MISE_A_DISPOSITION


def test_un_total_faux_se_garde_meme_rejete(tx: Transactions, marche: Marche) -> None:
    octets = factures.cii().replace(b">32832.00</ram:Grand", b">99.00</ram:Grand")
    assert deposer(tx, octets, invalide).facture.montant_ttc == Montant("99")


def test_un_controle_interrompu_laisse_la_facture_deposee(
    tx: Transactions, marche: Marche, events: Emis, clock: FrozenClock
) -> None:
    facture = deposer(tx, regles=muet).facture
    assert (facture.etat, facture.verdict) == (Etat.DEPOSEE, Verdict.INDETERMINE)
    assert events("paiement", "paiement.facture.recue.v1") == []
    clock.advance(dt.timedelta(days=2))
    with tx.begin() as uow:
        reprendre_controle(uow, facture.id, Verdict.VALIDE, ())
        reprendre_controle(uow, facture.id, Verdict.INVALIDE, FAUX_TOTAL)
    (recue,) = events("paiement", "paiement.facture.recue.v1")
    assert recue.data["recue_le"] == "2026-03-02"


def test_la_reprise_periodique_conclut_ce_qui_attend(
    tx: Transactions, marche: Marche, contexte: Callable[..., Any], clock: FrozenClock
) -> None:
    facture = deposer(tx, regles=muet).facture
    assert reprendre_controles(contexte("paiement")) == 0  # just deposited: left alone
    clock.advance(dt.timedelta(minutes=1))
    assert reprendre_controles(contexte("paiement")) == 1
    with tx.read() as session:
        assert session.get_one(Facture, facture.id).etat == Etat.MISE_A_DISPOSITION


def test_une_facture_sans_marche_connu_est_recue_et_le_dit(
    tx: Transactions, marche: Marche, events: Emis
) -> None:
    facture = deposer(tx, factures.cii(contrat="INCONNU", commande=None)).facture
    assert facture.marche_id is None
    with tx.read() as session:
        note = session.scalars(
            sa.select(Passage.note).where(Passage.facture_id == facture.id, Passage.rang == 1)
        ).one()
    assert note == "Aucun marché de ce fournisseur ne porte INCONNU."
    (recue,) = events("paiement", "paiement.facture.recue.v1")
    assert recue.data["marche_id"] is None


def test_le_marche_d_un_autre_fournisseur_ne_compte_pas(tx: Transactions, marche: Marche) -> None:
    bureau = Identite(demo.BUREAU.siret, demo.BUREAU.nom)
    assert deposer(tx, factures.cii(vendeur=bureau)).facture.marche_id is None


@pytest.mark.parametrize(
    ("octets", "envoi", "code"),
    [
        (factures.cii(acheteur=Identite("73282932000074", "Ailleurs")), {}, "destinataire_inconnu"),
        (factures.cii(), {"fournisseur": demo.BUREAU.siret}, "vendeur_autre"),
        (factures.cii(), {"acheteur": demo.SDIS.siret}, "destinataire_autre"),
        (factures.cii().replace(b"Code>380<", b"Code>381<"), {}, "avoir_sans_facture"),
    ],
)
def test_ce_qui_ne_peut_pas_etre_enregistre_ne_laisse_rien(
    tx: Transactions, marche: Marche, octets: bytes, envoi: dict[str, str], code: str
) -> None:
    with pytest.raises(DomainError) as refus:
        deposer(tx, octets, **envoi)
    assert refus.value.code == code
    with tx.read() as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(Facture)) == 0


@pytest.mark.parametrize("envoi", [{"fournisseur": PAPETERIE}, {"acheteur": DEPARTEMENT}])
def test_chacun_depose_ce_qui_le_concerne(
    tx: Transactions, marche: Marche, envoi: dict[str, str]
) -> None:
    assert deposer(tx, **envoi).nouvelle


def test_le_fichier_d_un_autre_ne_se_lit_pas_par_son_empreinte(
    tx: Transactions, marche: Marche
) -> None:
    deposer(tx)
    with pytest.raises(ForbiddenError):
        deposer(tx, fournisseur=demo.BUREAU.siret)


def test_chaque_changement_est_au_journal_d_audit(tx: Transactions, marche: Marche) -> None:
    facture = deposer(tx).facture
    with tx.read() as session:
        actions = session.scalars(
            sa.select(audit.table.c.action)
            .where(audit.table.c.objet == str(facture.id))
            .order_by(audit.table.c.seq)
        ).all()
        assert audit.verify(session) is None
    assert actions == ["facture.deposee", "facture.mise_a_disposition"]
