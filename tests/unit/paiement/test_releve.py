"""Statements: three layouts, strict totals, and the match of every line."""

import datetime as dt
import uuid
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.paiement.domain import pointage, releve
from services.paiement.domain.pointage import Autorisation, Ecart
from services.paiement.domain.releve import Article, EtatLigne, Ligne, Niveau
from services.paiement.gateways.releves.formats import CANONIQUE, formats
from services.paiement.gateways.releves.lecture import lire
from shared.kernel.errors import ConflictError, ValidationError
from shared.kernel.montant import Montant
from shared.ops import demo
from tests.kit import releves as kit

PAN = "4970100000004242"
JOUR = dt.date(2026, 3, 2)
PAPIER = {
    "designation": "Ramette",
    "quantite": "10",
    "prix_unitaire_ht": "7.05",
    "taux_tva": "0.2",
}


def ligne(ttc: str = "84.60", rang: int = 1, **faits: Any) -> Ligne:
    base: dict[str, Any] = {
        "rang": rang,
        "carte": "4242",
        "autorisation": None,
        "jour": JOUR,
        "accepteur_siret": demo.BUREAU.siret,
        "accepteur_nom": demo.BUREAU.nom,
        "mcc": None,
        "montant_ht": None,
        "montant_tva": None,
        "montant_ttc": Montant(ttc),
        "niveau": Niveau.UN,
        "marche": None,
        "brute": {},
    }
    return Ligne(**(base | faits))


def autorisation(ttc: str = "84.60", code: str = "A1", **faits: Any) -> Autorisation:
    base: dict[str, Any] = {
        "id": uuid.uuid5(uuid.NAMESPACE_OID, code),
        "code": code,
        "carte": "4242",
        "jour": JOUR,
        "siret": demo.BUREAU.siret,
        "montant": Montant(ttc),
        "recu": True,
        "facture": True,
    }
    return Autorisation(**(base | faits))


@pytest.mark.parametrize("banque", list(formats()))
def test_regles_8_C8_chaque_banque_se_lit_de_meme(banque: str) -> None:
    operations = [
        kit.operation("84.60", carte=PAN, autorisation="A1"),
        kit.operation("-12.00", niveau="1", autorisation="A2"),
    ]
    lu = lire(kit.releve(operations, banque=banque), formats()[banque])
    releve.verifier(lu)
    assert (lu.numero, lu.compte, lu.total) == ("2026-03", "CA-0140", Montant("72.60"))
    assert (lu.du, lu.au) == (dt.date(2026, 3, 1), dt.date(2026, 3, 31))
    une, avoir = lu.lignes
    assert (une.carte, une.autorisation, une.jour, une.niveau) == ("4242", "A1", JOUR, "1BIS")
    assert (une.montant_ht, une.montant_tva) == (Montant("70.50"), Montant("14.10"))
    assert (avoir.montant_ttc, avoir.niveau) == (Montant("-12.00"), "1")
    assert PAN not in str(lu)
    assert une.accepteur_siret == demo.BUREAU.siret


@pytest.mark.parametrize("banque", ["essaim", "mezenc"])
def test_regles_8_C11_le_niveau_3_porte_ses_articles(banque: str) -> None:
    operation = kit.operation("84.60", niveau="3", articles=[PAPIER])
    lu = lire(kit.releve([operation], banque=banque), formats()[banque])
    releve.verifier(lu)
    (article,) = lu.lignes[0].articles
    assert article == Article("Ramette", Decimal(10), Decimal("7.05"), Decimal("0.2"))


def test_I4_un_total_faux_est_refuse_avec_son_ecart() -> None:
    lu = lire(kit.releve([kit.operation("84.60")], total="84.59"), formats()[CANONIQUE])
    with pytest.raises(ValidationError) as refus:
        releve.verifier(lu)
    assert refus.value.code == "total_faux"
    assert refus.value.details["ecart"] == "0.01"
    assert "0,01\u00a0€" in refus.value.message


@pytest.mark.parametrize(
    ("fautes", "code"),
    [
        ({"montant_tva": "1.00"}, "montants_incoherents"),
        ({"montant_tva": "", "montant_ht": ""}, "tva_absente"),
        ({"niveau": "3"}, "detail_absent"),
        ({"montant_ttc": "0.00", "montant_ht": "", "niveau": "1"}, "montant_nul"),
    ],
)
def test_regles_8_C11_chaque_niveau_porte_ce_qu_il_doit(fautes: Any, code: str) -> None:
    lu = lire(kit.releve([kit.operation("84.60") | fautes]), formats()[CANONIQUE])
    with pytest.raises(ValidationError) as refus:
        releve.verifier(lu)
    assert refus.value.code == code


def test_deux_lignes_de_meme_rang_sont_refusees() -> None:
    lu = lire(kit.releve([kit.operation("1.00")] * 2), formats()[CANONIQUE])
    double = replace(lu, lignes=[lu.lignes[0]] * 2)
    with pytest.raises(ValidationError, match=r"lignes? 1"):
        releve.verifier(double)


@pytest.mark.parametrize(
    ("octets", "code"),
    [
        (b"", "fichier_vide"),
        (b"a;b\r\n1;2", "colonnes_manquantes"),
        (b"\xff\xfe\x00", "fichier_illisible"),
        (kit.releve([kit.operation("1")]).split(b"\r\n")[0], "entete_absente"),
        (kit.releve([kit.operation("1.234")], total="1"), "ligne_illisible"),
        (kit.releve([kit.operation("1", carte="42")]), "ligne_illisible"),
        (
            kit.releve([kit.operation("1", date="2026-03-02")]).replace(b"03-02", b"13-02"),
            "ligne_illisible",
        ),
    ],
)
def test_un_fichier_illisible_dit_pourquoi(octets: bytes, code: str) -> None:
    with pytest.raises(ValidationError) as refus:
        lire(octets, formats()[CANONIQUE])
    assert refus.value.code == code


def test_un_numero_de_carte_n_est_garde_nulle_part() -> None:
    operation = kit.operation("1", carte=PAN, accepteur_nom="Bureau 4970100000000055", marche="M")
    lu = lire(kit.releve([operation]), formats()[CANONIQUE])
    assert PAN not in repr(lu)
    assert "00000055" not in repr(lu)
    assert lu.lignes[0].brute["carte"] == "••••4242"


PARAMETRES: Any = [
    (ligne(), [autorisation()], ()),
    (ligne(carte="1111"), [autorisation()], (Ecart.CARTE_INCONNUE,)),
    (ligne(), [], (Ecart.SANS_AUTORISATION,)),
    (ligne(), [autorisation(prise=True)], (Ecart.DOUBLON,)),
    (ligne("84.61", autorisation="a1"), [autorisation()], (Ecart.MONTANT_DIFFERENT,)),
    (ligne("84.61"), [autorisation()], (Ecart.SANS_AUTORISATION,)),
    (ligne(jour=dt.date(2026, 3, 13)), [autorisation()], (Ecart.SANS_AUTORISATION,)),
    (ligne(), [autorisation(facture=False)], (Ecart.FACTURE_ABSENTE,)),
    (ligne(niveau=Niveau.UN_BIS), [autorisation(facture=False)], ()),
    (ligne(niveau=Niveau.UN_BIS), [autorisation(facture=False, recu=False)], (Ecart.RECU_ABSENT,)),
    (ligne(), [autorisation(commande_ttc=Montant("84.60"))], ()),
    (ligne(), [autorisation(commande_ttc=Montant("80"))], (Ecart.COMMANDE_DIFFERENTE,)),
    (ligne(autorisation="A1", carte="9999"), [autorisation()], (Ecart.SANS_AUTORISATION,)),
]


@pytest.mark.parametrize(("une", "autorisations", "ecarts"), PARAMETRES)
def test_I3_chaque_ligne_est_rapprochee_ou_en_exception(
    une: Ligne, autorisations: list[Autorisation], ecarts: tuple[Ecart, ...]
) -> None:
    (resultat,) = pointage.pointer([une], ["4242", "9999"], autorisations)
    assert resultat.ecarts == ecarts
    assert resultat.etat is (EtatLigne.EXCEPTION if ecarts else EtatLigne.RAPPROCHEE)


def test_I3_le_detail_de_niveau_3_doit_faire_le_total() -> None:
    juste = Article("Ramette", Decimal(10), Decimal("7.05"), Decimal("0.2"))
    for prix, ecarts in ((Decimal("7.05"), ()), (Decimal("7.06"), (Ecart.DETAIL_DIFFERENT,))):
        une = ligne(niveau=Niveau.TROIS, articles=(replace(juste, prix_unitaire_ht=prix),))
        (resultat,) = pointage.pointer([une], ["4242"], [autorisation()])
        assert resultat.ecarts == ecarts


def test_I3_une_ligne_repetee_est_un_doublon() -> None:
    for code in ("A1", None):
        lignes = [ligne(rang=rang, autorisation=code) for rang in (1, 2)]
        premiere, seconde = pointage.pointer(lignes, ["4242"], [autorisation()])
        assert (premiere.ecarts, seconde.ecarts) == ((), (Ecart.DOUBLON,))
        assert seconde.operation is None


def test_I3_le_depot_d_une_piece_leve_ce_qui_manquait() -> None:
    ecarts = (Ecart.MONTANT_DIFFERENT, Ecart.FACTURE_ABSENTE)
    assert pointage.completer(ecarts, facture=False) == ecarts
    assert pointage.completer(ecarts, facture=True) == (Ecart.MONTANT_DIFFERENT,)
    assert pointage.completer((Ecart.RECU_ABSENT,), facture=False) == ()


@given(
    montants=st.lists(st.integers(1, 3), min_size=1, max_size=8),
    autorises=st.lists(st.integers(1, 3), max_size=8),
)
def test_I3_une_autorisation_ne_sert_qu_une_ligne(
    montants: list[int], autorises: list[int]
) -> None:
    lignes = [ligne(str(m), rang=rang) for rang, m in enumerate(montants, 1)]
    possibles = [autorisation(str(m), code=f"A{n}") for n, m in enumerate(autorises)]
    resultats = pointage.pointer(lignes, ["4242"], possibles)
    prises = [r.operation for r in resultats if r.operation]
    assert len(prises) == len(set(prises))
    attendues = sum(min(montants.count(m), autorises.count(m)) for m in (1, 2, 3))
    assert len(prises) == attendues
    assert [r.rang for r in resultats] == [x.rang for x in lignes]


def test_un_releve_ne_se_clot_que_tout_decide() -> None:
    releve.verifier_cloture(0)
    with pytest.raises(ConflictError, match="2 lignes restent"):
        releve.verifier_cloture(2)
