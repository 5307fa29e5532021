"""Certificates on a real database: prepared, validated, sent; entries that nobody edits."""

import datetime as dt
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError

from services.paiement.domain.acomptes import Methode
from services.paiement.domain.decompte import EtatDecompte, Genre
from services.paiement.domain.retenue import Garantie
from services.paiement.tables import ConditionsMarche, Decompte, LigneDecompte, Marche
from services.paiement.usecases.conditions_marche import (
    ActeSpecial,
    SuiteDeGarantie,
    accepter_sous_traitant,
    fixer_conditions,
    suivre_garantie,
)
from services.paiement.usecases.decomptes import (
    NouveauDecompte,
    avancer_decompte,
    preparer_decompte,
)
from services.paiement.usecases.enregistrer_marche import enregistrer_marche
from shared.kernel.calendrier import ajouter_jours, ajouter_mois
from shared.kernel.clock import FrozenClock
from shared.kernel.errors import ConflictError, NotFoundError, ValidationError
from shared.kernel.montant import Montant
from shared.messaging.uow import Transactions
from shared.ops import demo
from tests.kit.decomptes import (
    DEBUT,
    JUILLET,
    conditions,
    faire,
    jusqu_a_72_000,
    preparer,
    valider,
)
from tests.kit.paiement import DEPARTEMENT, MARCHE, le, notifie

pytestmark = pytest.mark.db
SDIS = demo.SDIS.siret


def test_regles_5_le_certificat_du_mois_de_bout_en_bout(
    tx: Transactions, ouvrage: Marche, events: Callable[..., list]
) -> None:
    jusqu_a_72_000(tx)
    acte = faire(
        tx,
        accepter_sous_traitant,
        MARCHE,
        DEPARTEMENT,
        ActeSpecial(
            demo.BUREAU.siret, demo.BUREAU.nom, "Étanchéité", Montant("5000"), dt.date(2026, 5, 4)
        ),
    )
    decompte = preparer(
        tx,
        travaux_ht=Montant("15000"),
        penalites=Montant("200"),
        sous_traitants={acte.id: Montant("3000")},
    )
    assert decompte.numero == 2
    assert decompte.retenue == Montant("900")
    assert decompte.avance == Montant("4000")
    assert decompte.net == Montant("9900")
    valider(tx, decompte)
    faire(tx, avancer_decompte, decompte.id, DEPARTEMENT, EtatDecompte.TRANSMIS)
    faits = [e for e in events("paiement") if e.subject == str(decompte.id)]
    assert [e.type.split(".")[2] for e in faits] == ["prepare", "valide", "transmis"]
    assert faits[-1].data["net"] == "9900.00"
    assert [e.sequence for e in faits] == [1, 2, 3]


def test_regles_5_le_solde_apure_et_la_retenue_revient_au_centime(
    tx: Transactions, ouvrage: Marche, clock: FrozenClock
) -> None:
    jusqu_a_72_000(tx)
    solde = preparer(tx, genre=Genre.SOLDE, travaux_ht=Montant("40000"))
    assert solde.avance == Montant("6000")
    valider(tx, solde)
    suite = SuiteDeGarantie(dt.date(2026, 7, 31), False, None, None, None)
    faire(tx, suivre_garantie, MARCHE, DEPARTEMENT, suite)
    with pytest.raises(ConflictError, match="31\u00a0juillet\u00a02027"):
        preparer(tx, genre=Genre.RETENUE)
    le(clock, "2027-08-02")
    rendue = preparer(tx, genre=Genre.RETENUE)
    assert rendue.net == Montant("6000")
    valider(tx, rendue)
    with tx.read() as session:
        colonnes = (Decompte.ttc, Decompte.retenue, Decompte.avance, Decompte.net)
        sommes = session.execute(sa.select(*map(sa.func.sum, colonnes))).one()
    assert sommes == (Montant("120000"), Montant(0), Montant("6000"), Montant("114000"))


def test_regles_5_I6_une_garantie_recue_libere_la_retenue(
    tx: Transactions, ouvrage: Marche
) -> None:
    jusqu_a_72_000(tx)
    recue = dt.date(2026, 7, 15)
    suite = SuiteDeGarantie(None, False, None, Garantie.PREMIERE_DEMANDE, recue)
    faire(tx, suivre_garantie, MARCHE, DEPARTEMENT, suite)
    decompte = preparer(tx, travaux_ht=Montant("1000"), restituer=True)
    assert decompte.retenue == Montant("-3600")
    valider(tx, decompte)
    suivant = preparer(
        tx, du=dt.date(2026, 8, 1), au=dt.date(2026, 8, 3), travaux_ht=Montant("1000")
    )
    assert suivant.retenue == Montant(0)


def test_H8_douze_acomptes_du_forfait_font_exactement_le_prix(
    tx: Transactions, clock: FrozenClock
) -> None:
    with tx.begin() as uow:
        enregistrer_marche(uow, notifie(montant_ht=Montant("100000.01"), avance_taux=Decimal(0)))
    voulues = conditions(methode=Methode.MOIS, retenue=Decimal(0))
    faire(tx, fixer_conditions, MARCHE, DEPARTEMENT, voulues)
    le(clock, "2027-03-01")
    du = DEBUT
    for mois in range(1, 13):
        au = ajouter_jours(ajouter_mois(DEBUT, mois), -1)
        tranche = Montant("8333.33") if mois < 12 else Montant("8333.38")
        valider(tx, preparer(tx, du=du, au=au, travaux_ht=tranche))
        du = ajouter_jours(au, 1)
    with tx.read() as session:
        total = session.scalar(sa.select(sa.func.sum(Decompte.travaux_ht)))
    assert total == Montant("100000.01")


def test_regles_5_I1_un_acompte_ne_depasse_pas_le_service_fait(
    tx: Transactions, clock: FrozenClock
) -> None:
    with tx.begin() as uow:
        enregistrer_marche(uow, notifie(montant_ht=Montant("60000"), avance_taux=Decimal(0)))
    faire(tx, fixer_conditions, MARCHE, DEPARTEMENT, conditions(methode=Methode.MOIS))
    le(clock, "2026-06-01")
    trois_mois = {"du": DEBUT, "au": dt.date(2026, 5, 31)}
    with pytest.raises(ValidationError) as refus:
        preparer(tx, **trois_mois, travaux_ht=Montant("15000.01"))
    assert "15\u202f000,00\u00a0€" in refus.value.champs["travaux_ht"]
    assert preparer(tx, **trois_mois, travaux_ht=Montant("15000")).numero == 1


def test_un_seul_decompte_se_prepare_a_la_fois(tx: Transactions, ouvrage: Marche) -> None:
    premier = preparer(tx, travaux_ht=Montant("100"))
    with pytest.raises(ConflictError, match="en préparation"):
        preparer(tx, travaux_ht=Montant("100"))
    faire(tx, avancer_decompte, premier.id, DEPARTEMENT, EtatDecompte.ABANDONNE, "Erreur")
    second = preparer(tx, travaux_ht=Montant("200"))
    assert second.numero == 2
    with tx.read() as session:
        cumul = session.scalar(
            sa.select(LigneDecompte.phrase).where(
                LigneDecompte.decompte_id == second.id, LigneDecompte.code == "b"
            )
        )
    assert cumul == "Depuis le début\u00a0: 200,00\u00a0€ HT."


@pytest.mark.parametrize(
    ("champs", "champ"),
    [
        ({"du": dt.date(2026, 2, 28)}, "du"),
        ({"au": dt.date(2026, 8, 4)}, "au"),
        ({"genre": Genre.CORRECTIF, "travaux_ht": Montant("1")}, "objet"),
        ({"travaux_ht": Montant("100000.01")}, "travaux_ht"),
    ],
)
def test_une_saisie_impossible_est_refusee_champ_par_champ(
    tx: Transactions, ouvrage: Marche, champs: dict[str, Any], champ: str
) -> None:
    with pytest.raises(ValidationError) as refus:
        preparer(tx, **champs)
    assert set(refus.value.champs) == {champ}


def test_sans_conditions_pas_de_decompte(tx: Transactions, marche: Marche) -> None:
    with pytest.raises(ConflictError, match="Fixez d’abord"):
        preparer(tx, travaux_ht=Montant("1"))


def test_seul_l_acheteur_decompte(tx: Transactions, ouvrage: Marche) -> None:
    nouveau = NouveauDecompte(Genre.ACOMPTE, *JUILLET)
    with pytest.raises(NotFoundError):
        faire(tx, preparer_decompte, MARCHE, SDIS, nouveau)
    decompte = preparer(tx, travaux_ht=Montant("1"))
    with pytest.raises(NotFoundError):
        faire(tx, avancer_decompte, decompte.id, SDIS, EtatDecompte.VALIDE)


def test_regles_5_I5_la_retenue_respecte_son_plafond_legal(
    tx: Transactions, ouvrage: Marche
) -> None:
    with pytest.raises(ValidationError) as refus:
        faire(tx, fixer_conditions, MARCHE, DEPARTEMENT, conditions(retenue=Decimal("0.051")))
    assert "5\u00a0%" in refus.value.champs["retenue"]


def test_les_conditions_se_figent_au_premier_decompte_et_gardent_leur_histoire(
    tx: Transactions, ouvrage: Marche
) -> None:
    preparer(tx, travaux_ht=Montant("1"))
    with pytest.raises(ConflictError) as refus:
        faire(tx, fixer_conditions, MARCHE, DEPARTEMENT, conditions(retenue=Decimal("0.03")))
    assert set(refus.value.champs) == {"retenue"}
    faire(tx, fixer_conditions, MARCHE, DEPARTEMENT, conditions(garantie_mois=24))
    with tx.read() as session:
        rangs = session.execute(
            sa.select(ConditionsMarche.rang, ConditionsMarche.garantie_mois).order_by(
                ConditionsMarche.rang
            )
        ).all()
    assert rangs == [(1, 12), (2, 24)]


@pytest.mark.parametrize(
    "requete",
    [
        "UPDATE decompte SET net = net + 1, penalites = penalites - 1",
        "DELETE FROM decompte",
        "UPDATE ligne_decompte SET montant = 0",
        "DELETE FROM ligne_decompte",
        "UPDATE conditions_marche SET retenue = 0",
        "DELETE FROM passage_decompte",
    ],
)
def test_rien_ne_s_edite_meme_en_sql(tx: Transactions, ouvrage: Marche, requete: str) -> None:
    preparer(tx, travaux_ht=Montant("100"))
    with pytest.raises(DBAPIError, match="ne se modifie pas"), tx.begin() as uow:
        uow.session.execute(sa.text(requete))


def test_un_decompte_sans_ses_lignes_n_entre_pas(tx: Transactions, ouvrage: Marche) -> None:
    decompte = preparer(tx, travaux_ht=Montant("100"))
    copie = (
        "INSERT INTO decompte SELECT gen_random_uuid(), marche_id, 99, genre, du, au, objet, "
        "taux_tva, travaux_ht, revision_ht, primes_ht, tva, ttc, retenue, avance, "
        "sous_traitants_ttc, penalites, net, avertissements, 'ABANDONNE' FROM decompte"
    )
    with pytest.raises(DBAPIError, match="ne font pas son net"), tx.begin() as uow:
        uow.session.execute(sa.text(copie))
    assert decompte.numero == 1
