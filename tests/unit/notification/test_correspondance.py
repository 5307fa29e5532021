"""The definition of what concerns a supplier (B1, B2)."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.notification.domain.avis import Avis, lire_avis
from services.notification.domain.correspondance import Critere, Portee, portee, rapprocher
from services.notification.domain.criteres import Criteres, lire_criteres
from services.notification.domain.territoire import lieu_connu
from services.notification.domain.texte import radicaux
from shared.contracts import catalogue
from shared.kernel.montant import Montant


def avis(**changements: object) -> Avis:
    donnees = {**catalogue.load().get("publication.avis.publie.v1").sample, **changements}
    return lire_avis(donnees)


PAPIER = lire_criteres(cpv=["30190000-7"], mots=["papier"], lieux=["07"])


def test_every_criterion_that_matched_is_named() -> None:
    trouves = rapprocher(PAPIER, avis())
    assert [critere.libelle for critere in trouves] == ["CPV 3019…", "mot-clé papier"]


def test_a_full_code_is_named_in_full() -> None:
    assert Critere("cpv", "30197643").libelle == "CPV 30197643"


def test_B1_cpv_or_keyword_is_enough() -> None:
    assert rapprocher(lire_criteres(cpv=["30"], mots=["béton"]), avis())
    assert rapprocher(lire_criteres(cpv=["45"], mots=["enveloppes"]), avis())
    assert not rapprocher(lire_criteres(cpv=["45"], mots=["béton"]), avis())


def test_B2_territory_and_amount_are_both_required() -> None:
    assert not rapprocher(lire_criteres(mots=["papier"], lieux=["26"]), avis())
    assert not rapprocher(lire_criteres(mots=["papier"], montant_min=Montant(90_000)), avis())


def test_any_lots_code_counts() -> None:
    assert rapprocher(lire_criteres(cpv=["30199230"]), avis(cpv="30197630"))
    lot = {"numero": 1, "objet": "Encre", "cpv": "22600000", "montant_estime_ht": "1.00"}
    assert rapprocher(lire_criteres(cpv=["226"]), avis(lots=[lot]))


def test_any_lots_title_counts() -> None:
    lot = {"numero": 1, "objet": "Encres d’imprimerie", "cpv": "22600000"}
    assert rapprocher(lire_criteres(mots=["encre"]), avis(lots=[lot]))


def test_a_broader_notice_is_not_what_a_narrow_alert_asked() -> None:
    assert not rapprocher(lire_criteres(cpv=["30197643"]), avis(cpv="30190000", cpv_lots=[]))


@pytest.mark.parametrize("prefixe", ["30", "30000000", "301", "30190000", "30197630-1", "30197630"])
def test_trailing_zeros_of_a_code_are_a_prefix(prefixe: str) -> None:
    nu = avis(cpv_lots=[], lots=[])
    assert rapprocher(lire_criteres(cpv=[prefixe]), nu)


@pytest.mark.parametrize("prefixe", ["31", "3020", "30197631"])
def test_other_branches_do_not_match(prefixe: str) -> None:
    assert not rapprocher(lire_criteres(cpv=[prefixe]), avis(cpv_lots=[], lots=[]))


def test_a_hidden_amount_is_in_every_band() -> None:
    criteres = lire_criteres(mots=["papier"], montant_min=Montant(1), montant_max=Montant(2))
    assert rapprocher(criteres, avis(montant_estime_ht=None))


def test_bounds_are_inclusive() -> None:
    juste = Montant("65880.00")
    assert rapprocher(lire_criteres(mots=["papier"], montant_min=juste, montant_max=juste), avis())


@pytest.mark.parametrize(
    ("voulu", "annonce", "attendu"),
    [
        ("07", "07", True),
        ("07", "07019", True),
        ("07019", "07019", True),
        ("07019", "07", True),
        ("07019", "07010", False),
        ("26", "07", False),
        ("2A", "2A004", True),
        ("2B", "2A004", False),
        ("971", "97105", True),
        ("07", "FR", True),
    ],
)
def test_territories_overlap(voulu: str, annonce: str, *, attendu: bool) -> None:
    trouve = rapprocher(lire_criteres(mots=["papier"], lieux=[voulu]), avis(lieu=annonce))
    assert bool(trouve) is attendu


@pytest.mark.parametrize(
    ("mot", "texte"),
    [
        ("papier", "Fourniture de PAPIERS divers"),
        ("Travaux", "travail du bois"),
        ("journal", "abonnement à des journaux"),
        ("bureau", "mobilier de bureaux"),
        ("tuyaux", "pose d’un tuyau"),
        ("eau", "réseaux d’eaux usées"),
        ("œuvre", "maîtrise d'oeuvre"),
        ("écran", "ECRANS plats"),
        ("papier recyclé", "papiers A4 recyclés"),
        ("l’électricité", "électricité"),
    ],
)
def test_accents_case_and_plural_do_not_count(mot: str, texte: str) -> None:
    assert radicaux(mot) <= radicaux(texte)


@pytest.mark.parametrize(
    ("mot", "texte"), [("local", "locale"), ("papier peint", "papier"), ("gaz", "gazon")]
)
def test_stemming_stays_cautious(mot: str, texte: str) -> None:
    assert not radicaux(mot) <= radicaux(texte)


@given(st.text(max_size=60))
def test_words_of_a_text_always_find_that_text(texte: str) -> None:
    assert radicaux(texte) == radicaux(texte.upper().lower()) or "ı" in texte.lower()
    assert all(radicaux(mot) <= radicaux(texte) for mot in texte.split())


CODES = st.sampled_from(["30197630", "30199230", "45000000", "45233140", "90500000", "15000000"])
AVIS = st.builds(
    Avis,
    cpv=st.frozensets(CODES, min_size=1),
    radicaux=st.frozensets(st.sampled_from(["papier", "encre", "beton"])),
    lieu=st.sampled_from(["07", "07019", "07010", "26", "2A", "FR"]).map(lieu_connu),
    montant=st.none() | st.integers(0, 5).map(Montant),
)
CRITERES = st.builds(
    Criteres,
    cpv=st.sets(st.sampled_from(["30", "301", "3019763", "45", "90"])).map(tuple),
    mots=st.sets(st.sampled_from(["papiers", "Béton", "encre papier"])).map(tuple),
    lieux=st.sets(st.sampled_from(["07", "07019", "26", "2A"])).map(
        lambda codes: tuple(lieu for code in sorted(codes) if (lieu := lieu_connu(code)))
    ),
    montant_min=st.none() | st.integers(0, 5).map(Montant),
    montant_max=st.none() | st.integers(0, 5).map(Montant),
)


@given(CRITERES, AVIS, CODES)
def test_more_codes_in_a_notice_never_lose_a_match(criteres: Criteres, a: Avis, code: str) -> None:
    plus = Avis(a.cpv | {code}, a.radicaux, a.lieu, a.montant)
    assert set(rapprocher(criteres, a)) <= set(rapprocher(criteres, plus))


@given(CRITERES, AVIS)
def test_B2_the_rule_read_aloud(criteres: Criteres, a: Avis) -> None:
    cpv = any(code.startswith(racine) for racine in criteres.cpv for code in a.cpv)
    mot = any(radicaux(mot) <= a.radicaux for mot in criteres.mots)
    lieu = (
        not criteres.lieux
        or a.lieu is None
        or any(
            voulu.code.startswith(a.lieu.code) or a.lieu.code.startswith(voulu.code)
            for voulu in criteres.lieux
        )
    )
    montant = a.montant is None or (
        (criteres.montant_min or Montant(0))
        <= a.montant
        <= (criteres.montant_max if criteres.montant_max is not None else Montant(10))
    )
    assert bool(rapprocher(criteres, a)) is ((cpv or mot) and lieu and montant)


def test_an_alert_that_takes_most_notices_is_too_broad() -> None:
    parus = [avis()] * 12
    assert portee(lire_criteres(mots=["papier"]), parus, 90).trop_large
    assert not portee(lire_criteres(mots=["béton"]), parus, 90).trop_large


def test_the_monthly_estimate_rounds_up() -> None:
    assert Portee(retenus=1, parus=4, jours=90).par_mois == 1
    assert Portee(retenus=27, parus=1000, jours=30).par_mois == 27
    assert Portee(retenus=27, parus=1000, jours=30).trop_large
    assert Portee(retenus=0, parus=0, jours=0).par_mois == 0


def test_amounts_are_exact() -> None:
    assert avis(montant_estime_ht="0.10").montant == Montant(Decimal("0.1"))
