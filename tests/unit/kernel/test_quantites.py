from decimal import Decimal
from fractions import Fraction
from itertools import combinations

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from shared.kernel.errors import DomainError, ValidationError
from shared.kernel.quantites import (
    UNITES,
    Bareme,
    Conditionnement,
    Dimension,
    Fourchette,
    Quantite,
    convertir,
    parse_quantite,
    trouver_unite,
)
from shared.kernel.unites import normaliser

PAPIER = Bareme(
    "feuille",
    [
        Conditionnement("ramette", Decimal(500), "feuille"),
        Conditionnement("carton", Decimal(2500), "feuille"),
        Conditionnement("palette", Decimal(60000), "feuille"),
    ],
)


def q(valeur: str, unite: str) -> Quantite:
    return Quantite(Decimal(valeur), trouver_unite(unite))


@pytest.mark.parametrize(
    ("valeur", "depuis", "vers", "attendu"),
    [
        ("1.5", "TNE", "KGM", "1500"),
        ("250", "GRM", "KGM", "0.25"),
        ("3", "hl", "LTR", "300"),
        ("2", "m3", "LTR", "2000"),
        ("1.2", "km", "mètres", "1200"),
        ("1", "ha", "MTK", "10000"),
        ("2.5", "MWH", "KWH", "2500"),
        ("90", "MIN", "HUR", "1.5"),
        ("2", "GRO", "DZN", "24"),
        ("3", "PR", "H87", "6"),
        ("2", "semaine", "jour", "14"),
        ("1", "année", "mois", "12"),
    ],
)
def test_exact_conversions(valeur, depuis, vers, attendu):
    assert convertir(q(valeur, depuis), trouver_unite(vers)).valeur == Decimal(attendu)


@pytest.mark.parametrize(
    ("depuis", "vers"),
    [("KGM", "LTR"), ("HUR", "DAY"), ("DAY", "MON"), ("C62", "KGM"), ("XCT", "C62"),
     ("XPX", "XCT"), ("KWH", "KWT"), ("LS", "H87")],
)  # fmt: skip
def test_D5_other_dimensions_and_bare_packagings_never_convert(depuis, vers):
    with pytest.raises(DomainError) as refus:
        convertir(q("1", depuis), trouver_unite(vers))
    assert refus.value.code == "unite_incompatible"


def test_too_many_decimals_are_refused_and_never_rounded():
    with pytest.raises(DomainError) as refus:
        convertir(q("1", "C62"), UNITES["GRO"])
    assert refus.value.code == "quantite_trop_precise"
    with pytest.raises(DomainError):
        q("0.0000001", "KGM")
    assert q("0.000001", "KGM").valeur == Decimal("0.000001")


@pytest.mark.parametrize("valeur", ["-1", "NaN", "Infinity", "1000000000000"])
def test_quantity_out_of_range_is_refused(valeur):
    with pytest.raises(ValidationError):
        q(valeur, "KGM")


def test_quantity_is_never_a_float():
    with pytest.raises(TypeError):
        Quantite(1.5, UNITES["KGM"])


def test_quantity_prints_in_french():
    assert str(q("1.500", "KGM")) == "1,5 kilogramme"


VALEURS = st.decimals(0, 10**6, places=6)
MESURES = [u for u in UNITES.values() if u.facteur is not None]
COUPLES = [(a, b) for a in MESURES for b in MESURES if a.dimension is b.dimension]


@given(VALEURS, st.sampled_from(COUPLES))
def test_conversion_round_trip(valeur, couple):
    depart, autre = couple
    try:
        converti = convertir(Quantite(valeur, depart), autre)
    except DomainError as refus:
        assume(refus.code not in {"quantite_trop_precise", "quantite_hors_limites"})
        raise
    assert convertir(converti, depart).valeur == valeur
    assert converti.valeur.as_tuple().exponent >= -6


def test_every_unit_is_found_by_code_name_and_plural():
    for unite in UNITES.values():
        for nom in (unite.code, unite.code.lower(), unite.libelle, unite.libelle.upper()):
            assert trouver_unite(nom) is unite
        for alias in unite.alias:
            assert trouver_unite(alias) is unite
    assert trouver_unite("Mètres Carrés") is UNITES["MTK"]
    assert trouver_unite("m²") is UNITES["MTK"]
    assert trouver_unite("Boites") is UNITES["XBX"]


def test_no_two_units_share_a_name():
    noms = [{normaliser(n) for n in (u.code, u.libelle, *u.alias)} for u in UNITES.values()]
    assert all(not a & b for a, b in combinations(noms, 2))


def test_the_table_of_units_is_sound():
    for dimension in Dimension:
        facteurs = [u.facteur for u in UNITES.values() if u.dimension is dimension]
        if dimension is Dimension.EMBALLAGE:
            assert set(facteurs) == {None}
        else:
            assert Decimal(1) in facteurs
            assert all(f is not None and f > 0 for f in facteurs)


def test_unknown_unit_is_named():
    with pytest.raises(ValidationError, match="«\u00a0brouette\u00a0»"):
        trouver_unite("brouette")


class TestBareme:
    def test_D5_boxes_and_sheets_meet_in_the_base_unit(self):
        boite = Bareme("feuille", [Conditionnement("boîte", Decimal(500), "feuille")])
        assert (
            boite.en_base(Decimal(12), "boîtes") + boite.en_base(Decimal(3000), "feuilles") == 9000
        )

    @pytest.mark.parametrize(
        ("texte", "ferme", "jusqua"),
        [
            ("40 palettes", 2400000, 2400000),
            ("720 cartons", 1800000, 1800000),
            ("2 400 ramettes", 1200000, 1200000),
            ("600 000 feuilles", 600000, 600000),
            ("600\u202f000", 600000, 600000),
            ("5 à 7 palettes", 300000, 420000),
            ("2,5 cartons", 6250, 6250),
            ("3 douzaines", 36, 36),
            ("2 XPX", 120000, 120000),
            ("4 XST", 4, 4),
        ],
    )
    def test_what_members_type_becomes_base_units(self, texte, ferme, jusqua):
        assert PAPIER.lire(texte) == Fourchette(Decimal(ferme), Decimal(jusqua), "feuille")

    def test_unit_of_the_form_serves_when_none_is_typed(self):
        assert PAPIER.lire("5 à 7", "palette") == Fourchette(
            Decimal(300000), Decimal(420000), "feuille"
        )

    def test_demo_needs_are_a_hundred_and_five_pallets(self):
        besoins = ["40 palettes", "720 cartons", "2 400 ramettes", "600 000 feuilles", "5 palettes"]
        somme = sum(PAPIER.lire(b).ferme for b in besoins)
        assert PAPIER.depuis_base(somme, "palette") == 105

    def test_base_unit_may_be_measured(self):
        fioul = Bareme("litre", [Conditionnement("fût", Decimal(200), "L")])
        assert fioul.lire("1,5 m3").ferme == 1500
        assert fioul.lire("3 fûts").ferme == 600
        with pytest.raises(DomainError) as refus:
            fioul.lire("10 kg")
        assert refus.value.code == "unite_incompatible"

    def test_packaging_without_content_is_refused(self):
        with pytest.raises(DomainError) as refus:
            PAPIER.lire("3 bidons")
        assert refus.value.code == "unite_incompatible"

    def test_unknown_unit_lists_the_known_ones(self):
        with pytest.raises(ValidationError, match="feuille, ramette, carton, palette"):
            PAPIER.lire("3 brouettes")

    def test_part_of_a_packaging_that_is_not_exact_is_refused(self):
        with pytest.raises(DomainError) as refus:
            PAPIER.depuis_base(Decimal(1000), "palette")
        assert refus.value.code == "quantite_trop_precise"

    def test_contradictory_scales_are_refused(self):
        carton = Conditionnement("carton", Decimal(1), "feuille")
        with pytest.raises(ValidationError):
            Bareme("feuille", [carton, Conditionnement("Cartons", Decimal(2), "feuille")])
        with pytest.raises(DomainError):
            Bareme("litre", [carton])
        with pytest.raises(ValidationError):
            Conditionnement("vide", Decimal(0), "feuille")
        with pytest.raises(ValidationError):
            Conditionnement(" ", Decimal(1), "feuille")

    @given(st.integers(0, 10**6), st.sampled_from(["feuille", "ramette", "carton", "palette"]))
    def test_packaging_round_trip(self, nombre, unite):
        base = PAPIER.en_base(Decimal(nombre), unite)
        assert base == nombre * PAPIER.contenance(unite)
        assert PAPIER.depuis_base(base, unite) == nombre

    @given(VALEURS, VALEURS)
    def test_converting_then_adding_is_adding_then_converting(self, a, b):
        ensemble = PAPIER.en_base(a, "carton") + PAPIER.en_base(b, "carton")
        assert ensemble == PAPIER.en_base(a + b, "carton")
        assert PAPIER.contenance("carton") == Fraction(2500)


@pytest.mark.parametrize(
    ("texte", "attendu"),
    [
        ("5 à 7", Fourchette(Decimal(5), Decimal(7))),
        ("5 a 7", Fourchette(Decimal(5), Decimal(7))),
        ("5-7", Fourchette(Decimal(5), Decimal(7))),
        ("De 5 à 7 palettes", Fourchette(Decimal(5), Decimal(7), "palettes")),
        ("12 cartons", Fourchette(Decimal(12), Decimal(12), "cartons")),
        ("12cartons", Fourchette(Decimal(12), Decimal(12), "cartons")),
        ("3\u00a0000", Fourchette(Decimal(3000), Decimal(3000))),
        ("2,5 t", Fourchette(Decimal("2.5"), Decimal("2.5"), "t")),
        ("2.5 m3", Fourchette(Decimal("2.5"), Decimal("2.5"), "m3")),
        ("0", Fourchette(Decimal(0), Decimal(0))),
        ("7 abaques", Fourchette(Decimal(7), Decimal(7), "abaques")),
    ],
)
def test_typed_quantities(texte, attendu):
    assert parse_quantite(texte) == attendu


def test_tolerance_is_what_may_come_on_top():
    assert parse_quantite("5 à 7").tolerance == 2


@pytest.mark.parametrize(
    ("texte", "code"),
    [
        ("", "quantite_invalide"),
        ("beaucoup", "quantite_invalide"),
        ("-3", "quantite_invalide"),
        ("3,5,2", "quantite_invalide"),
        ("1/2", "quantite_invalide"),
        ("5 à 7 à 9", "quantite_invalide"),
        ("12 300 4", "quantite_invalide"),
        ("٣", "quantite_invalide"),
        ("1.500 kg", "quantite_ambigue"),
        ("7 à 5", "fourchette_inversee"),
        ("0,1234567", "quantite_trop_precise"),
    ],
)
def test_doubtful_quantities_are_refused(texte, code):
    with pytest.raises(DomainError) as refus:
        parse_quantite(texte)
    assert refus.value.code == code
