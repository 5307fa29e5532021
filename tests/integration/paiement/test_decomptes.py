"""Certificates on a real database: prepared, validated, sent; entries that nobody edits; pages."""

import datetime as dt
import io
import uuid
from collections.abc import Callable
from decimal import Decimal
from importlib.util import find_spec
from typing import Any

import pytest
import sqlalchemy as sa
from pypdf import PdfReader
from sqlalchemy.exc import DBAPIError

from services.paiement.domain.acomptes import Methode
from services.paiement.domain.decompte import EtatDecompte, Genre
from services.paiement.domain.retenue import Garantie
from services.paiement.tables import ConditionsMarche, Decompte, LigneDecompte, Marche
from services.paiement.usecases.avances import accepter_avance, verser_avance
from services.paiement.usecases.conditions_marche import (
    ActeSpecial,
    NouvellesConditions,
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
from shared.web import pdf
from tests.kit.paiement import DEPARTEMENT, MARCHE, le, notifie
from tests.kit.web import ClientWeb, lisible

pytestmark = pytest.mark.db
DEBUT = dt.date(2026, 3, 1)
JUILLET = (dt.date(2026, 7, 1), dt.date(2026, 7, 31))
SDIS = demo.SDIS.siret


@pytest.fixture
def ouvrage(tx: Transactions, clock: FrozenClock) -> Marche:
    """The contract of the worked example: 100 000 HT of works, 6 000 of advance, 5 % retained."""
    with tx.begin() as uow:
        marche = enregistrer_marche(
            uow,
            notifie(
                montant_ht=Montant("100000"),
                travaux=True,
                nature="TRAVAUX",
                titulaire_pme=False,
                date_lancement=dt.date(2024, 12, 2),
                avance_taux=Decimal("0.05"),
            ),
        )
    with tx.begin() as uow:
        accepter_avance(uow, MARCHE, DEPARTEMENT)
        verser_avance(uow, MARCHE, DEPARTEMENT, dt.date(2026, 3, 2))
        fixer_conditions(uow, MARCHE, DEPARTEMENT, conditions())
    le(clock, "2026-08-03")
    return marche


def conditions(**champs: Any) -> NouvellesConditions:
    base: dict[str, Any] = {
        "methode": Methode.CONSTAT,
        "debut_le": DEBUT,
        "retenue": Decimal("0.05"),
        "garantie_mois": 12,
        "sur_demande": False,
    }
    return NouvellesConditions(**(base | champs))


def faire(tx: Transactions, acte: Callable[..., Any], *args: Any, **champs: Any) -> Any:
    with tx.begin(acteur="finances") as uow:
        return acte(uow, *args, **champs)


def preparer(tx: Transactions, **champs: Any) -> Decompte:
    base: dict[str, Any] = {"genre": Genre.ACOMPTE, "du": JUILLET[0], "au": JUILLET[1]}
    nouveau = NouveauDecompte(**(base | champs))
    decompte: Decompte = faire(tx, preparer_decompte, MARCHE, DEPARTEMENT, nouveau)
    return decompte


def valider(tx: Transactions, decompte: Decompte) -> None:
    faire(tx, avancer_decompte, decompte.id, DEPARTEMENT, EtatDecompte.VALIDE)


def jusqu_a_72_000(tx: Transactions) -> None:
    valider(
        tx,
        preparer(tx, du=DEBUT, au=dt.date(2026, 6, 30), travaux_ht=Montant("60000")),
    )


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


# --- Pages -----------------------------------------------------------------------------------

Clients = Callable[..., ClientWeb]
LISTE = f"/paiement/marches/{MARCHE}/decomptes"


def test_H8_le_parcours_des_pages(tx: Transactions, marche: Marche, client: Clients) -> None:
    finances = client("paiement", "finances")
    assert "Fixer les conditions" in lisible(finances.get(LISTE))
    refus = finances.post(
        f"{LISTE}/conditions",
        data={"methode": "MOIS", "debut_le": "2026-02-27", "retenue": "7", "garantie_mois": "0"},
    )
    assert refus.status_code == 422
    assert "5 % au plus" in lisible(refus)
    fixees = finances.post(
        f"{LISTE}/conditions",
        data={"methode": "MOIS", "debut_le": "2026-02-27", "retenue": "3", "garantie_mois": "0"},
    )
    assert fixees.status_code == 303
    page = lisible(finances.get(f"{LISTE}/nouveau?au=2026-03-02"))
    assert "acquis sur 47 880,00 €" in page
    prepare = finances.post(
        f"{LISTE}/nouveau",
        data={"du": "2026-02-27", "au": "2026-03-02", "travaux_ht": "500", "revision_ht": "10,50"},
    )
    adresse = prepare.headers["Location"]
    page = lisible(finances.get(adresse))
    assert "Décompte n° 1" in page
    assert "612,60 €" in page  # 510.50 HT with VAT
    assert finances.post(f"{adresse}/inconnu").status_code == 404
    for geste in ("valider", "transmettre"):
        assert finances.post(f"{adresse}/{geste}").status_code == 303
    assert "Transmis au paiement" in lisible(finances.get(adresse))
    encore = finances.post(f"{adresse}/valider")
    assert encore.status_code == 409


def test_l_entreprise_lit_ce_qui_est_valide_et_rien_de_plus(
    tx: Transactions, ouvrage: Marche, client: Clients
) -> None:
    decompte = preparer(tx, travaux_ht=Montant("100"))
    entreprise = client("paiement", "entreprise")
    adresse = f"/paiement/decomptes/{decompte.id}"
    assert entreprise.get(adresse).status_code == 404
    assert "Aucun décompte" in lisible(entreprise.get(LISTE))
    valider(tx, decompte)
    assert "N° 1" in lisible(entreprise.get(LISTE))
    page = lisible(entreprise.get(adresse))
    assert "Net à payer au titulaire" in page
    assert "Transmettre" not in page
    assert entreprise.post(f"{adresse}/transmettre").status_code == 403
    assert client("paiement", "agent-sdis").get(adresse).status_code == 404
    assert client("paiement", "agent-sdis").get(LISTE).status_code == 404


def test_abandonner_demande_une_raison(tx: Transactions, ouvrage: Marche, client: Clients) -> None:
    decompte = preparer(tx, travaux_ht=Montant("100"))
    finances = client("paiement", "finances")
    adresse = f"/paiement/decomptes/{decompte.id}"
    assert finances.post(f"{adresse}/abandonner", data={"note": " "}).status_code == 422
    fait = finances.post(f"{adresse}/abandonner", data={"note": "Quantités à revoir"})
    assert fait.status_code == 303
    assert "Quantités à revoir" in lisible(finances.get(adresse))


def test_sous_traitant_et_garantie_par_les_pages(
    tx: Transactions, ouvrage: Marche, client: Clients
) -> None:
    finances = client("paiement", "finances")
    acte = {
        "siret": demo.BUREAU.siret,
        "nom": demo.BUREAU.nom,
        "prestation": "Étanchéité",
        "montant_ttc": "599,99",
        "acceptee_le": "2026-05-04",
    }
    assert finances.post(f"{LISTE}/sous-traitant", data=acte).status_code == 303
    assert "moins de 600" in lisible(finances.get(LISTE))
    assert finances.post(f"{LISTE}/sous-traitant", data=acte).status_code == 422
    suite = {"reception_le": "2026-07-31", "reserves_levees_le": "2026-08-01"}
    refus = finances.post(f"{LISTE}/garantie", data=suite)
    assert "Aucune réserve n’est indiquée" in lisible(refus)
    assert finances.post(f"{LISTE}/garantie", data=suite | {"reserves": "oui"}).status_code == 303
    assert "réserves levées" not in lisible(finances.get(f"{LISTE}/garantie")).lower()[:20]
    assert "levées le 1er août 2026" in lisible(finances.get(LISTE))


def test_sans_l_extra_la_page_dit_comment_imprimer(
    tx: Transactions, ouvrage: Marche, client: Clients, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pdf, "_atelier", lambda: None)
    decompte = preparer(tx, travaux_ht=Montant("100"))
    finances = client("paiement", "finances")
    adresse = f"/paiement/decomptes/{decompte.id}"
    assert "Enregistrer au format PDF" in lisible(finances.get(adresse))
    assert finances.get(f"{adresse}.pdf").status_code == 404


@pytest.mark.skipif(find_spec("weasyprint") is None, reason="the extra pdf is not installed")
def test_le_decompte_s_imprime_en_pdf_balise(
    tx: Transactions, ouvrage: Marche, client: Clients
) -> None:
    decompte = preparer(tx, travaux_ht=Montant("15000"))
    reponse = client("paiement", "finances").get(f"/paiement/decomptes/{decompte.id}.pdf")
    assert reponse.mimetype == "application/pdf"
    lu = PdfReader(io.BytesIO(reponse.data))
    assert lu.trailer["/Root"]["/Lang"] == "fr"
    assert "/StructTreeRoot" in lu.trailer["/Root"]
    assert lu.metadata is not None
    assert "Décompte n° 1" in (lu.metadata.title or "")
    texte = " ".join(page.extract_text() for page in lu.pages)
    assert "Net à payer au titulaire" in texte
    assert str(uuid.UUID(int=0)) not in texte


# --- API -------------------------------------------------------------------------------------

EXEMPLE = {
    "date_lancement": "2024-12-02",
    "montant_ht": "100000",
    "taux_tva": "0.20",
    "cumul_ht": "60000",
    "retenue": {"taux": "0.05", "retenu": "3600"},
    "avance": {"montant": "6000", "taux": "0.05"},
    "travaux_ht": "15000",
}


def test_regles_5_l_api_etablit_le_certificat(client: Clients) -> None:
    anonyme = client("paiement")
    lu = anonyme.post("/paiement/api/v1/simulations/acompte", json=EXEMPLE).json
    montants = {ligne["code"]: ligne["montant"] for ligne in lu["lignes"]}
    assert "".join(montants) == "abcdefghijklmn"
    assert (montants["f"], montants["g"], montants["h"]) == ("18000.00", "900.00", "4000.00")
    assert lu["net"] == montants["j"] == montants["n"] == "13100.00"
    suite = {"penalites": "200", "sous_traitants": [{"nom": "X", "montant_ttc": "3000"}]}
    lu = anonyme.post("/paiement/api/v1/simulations/acompte", json=EXEMPLE | suite).json
    assert lu["net"] == "9900.00"


def test_l_api_nomme_ce_qui_ne_va_pas(client: Clients) -> None:
    anonyme = client("paiement")
    refus = anonyme.post(
        "/paiement/api/v1/simulations/acompte", json=EXEMPLE | {"travaux_ht": "40000.01"}
    )
    assert refus.status_code == 422
    assert set(refus.json["erreurs"]) == {"travaux_ht"}
    ancien = anonyme.post(
        "/paiement/api/v1/simulations/acompte", json=EXEMPLE | {"date_lancement": "1995-01-01"}
    )
    assert ancien.status_code == 422
    assert ancien.json["type"].endswith("parametre-manquant")


def test_l_api_prepare_une_fois_et_lit(tx: Transactions, ouvrage: Marche, client: Clients) -> None:
    finances = client("paiement", "finances")
    adresse = f"/paiement/api/v1/marches/{MARCHE}/decomptes"
    corps = {"du": "2026-07-01", "au": "2026-07-31", "travaux_ht": "15000.00"}
    cle = {"Idempotency-Key": "juillet-1"}
    cree = [finances.post(adresse, json=corps, headers=cle) for _ in range(2)]
    assert [reponse.status_code for reponse in cree] == [201, 201]
    assert cree[0].json == cree[1].json
    (resume,) = finances.get(adresse).json["decomptes"]
    assert resume["ttc"] == "18000.00"
    lu = finances.get(cree[0].headers["Location"]).json
    assert lu["lignes"][-1]["montant"] == lu["net"] == "17100.00"
    assert finances.post(adresse, json=corps).status_code == 409
    assert client("paiement", "entreprise").get(adresse).json == {"decomptes": []}
    assert client("paiement", "agent-sdis").get(adresse).status_code == 404
