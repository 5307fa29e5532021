import pytest
from hypothesis import given
from hypothesis import strategies as st
from stdnum import luhn

from shared.kernel.errors import NotFoundError, ValidationError
from shared.kernel.identifiants import (
    cpv_couvre,
    cpv_division,
    cpv_divisions,
    cpv_racine,
    cpv_valide,
    email_valide,
    formater_siret,
    iban_valide,
    siren_valide,
    siret_valide,
    tva_de_siren,
    tva_valide,
    valider_cpv,
    valider_siret,
)


@pytest.mark.parametrize(
    ("siren", "valide"),
    [("732829320", True), ("404833048", True), ("404833047", False), ("40483304", False),
     ("404 833 048", False), ("", False)],
)  # fmt: skip
def test_siren_of_the_rule_book(siren, valide):
    assert siren_valide(siren) is valide


@pytest.mark.parametrize(
    ("siret", "valide"),
    [
        ("73282932000074", True),
        ("73282932000079", False),
        ("35600000000048", True),
        ("35600000049837", True),
        ("35600000049838", False),
        ("90070001400013", True),
        ("7328293200007", False),
    ],
)
def test_siret_of_the_rule_book_and_la_poste(siret, valide):
    assert siret_valide(siret) is valide


@pytest.mark.parametrize("texte", ["732 829 320 00074", "732\u202f829\u202f320\u202f00074"])
def test_siret_is_read_with_its_spaces(texte):
    assert valider_siret(texte) == "73282932000074"
    assert formater_siret("73282932000074") == "732\u202f829\u202f320\u202f00074"


@pytest.mark.parametrize(
    ("texte", "message"), [("123", "14 chiffres"), ("73282932000079", "clé"), ("", "14 chiffres")]
)
def test_wrong_siret_says_what_is_wrong(texte, message):
    with pytest.raises(ValidationError, match=message) as refus:
        valider_siret(texte)
    assert refus.value.code == "siret_invalide"


@given(st.integers(1, 10**8 - 1).filter(lambda n: n != 35600000))
def test_one_wrong_digit_is_always_seen(racine):
    sans_cle = f"{racine:08d}"
    siren = sans_cle + luhn.calc_check_digit(sans_cle)
    assert siren_valide(siren)
    faux = siren[:-1] + str((int(siren[-1]) + 1) % 10)
    assert not siren_valide(faux)
    nic = siren + "0001"
    assert siret_valide(nic + luhn.calc_check_digit(nic))


def test_vat_number_of_the_rule_book():
    assert tva_de_siren("732829320") == "FR44732829320"
    assert tva_valide("FR44732829320")
    assert not tva_valide("FR45732829320")
    assert not tva_valide("44732829320")


def test_iban_of_the_rule_book():
    assert iban_valide("FR7630006000011234567890189")
    assert iban_valide("FR76 3000 6000 0112 3456 7890 189")
    assert not iban_valide("FR7630006000011234567890188")


@pytest.mark.parametrize(
    ("code", "valide"),
    [("45000000", True), ("45000000-7", True), ("4500000", False), ("45000000-77", False),
     ("4500000a", False), ("45000000-", False), ("٤٥٠٠٠٠٠٠", False)],
)  # fmt: skip
def test_cpv_shape(code, valide):
    assert cpv_valide(code) is valide


def test_cpv_is_read_without_its_check_digit():
    assert valider_cpv(" 30197630-1 ") == "30197630"
    with pytest.raises(ValidationError, match="huit chiffres"):
        valider_cpv("3019")


@pytest.mark.parametrize(
    ("code", "racine"),
    [("30197630", "3019763"), ("30190000", "3019"), ("30000000", "30"), ("03000000-1", "03"),
     ("45210000-2", "4521"), ("30", "30")],
)  # fmt: skip
def test_cpv_root_keeps_the_division(code, racine):
    assert cpv_racine(code) == racine


@pytest.mark.parametrize(
    ("prefixe", "code", "couvre"),
    [
        ("30000000", "30197630", True),
        ("30", "30197630-1", True),
        ("30197630", "30197630", True),
        ("30197630", "30197600", False),
        ("30200000", "30197630", False),
        ("03000000", "30197630", False),
        ("4521", "45210000-2", True),
    ],
)
def test_cpv_prefix_covers_its_descendants(prefixe, code, couvre):
    assert cpv_couvre(prefixe, code) is couvre


def test_cpv_divisions_are_the_forty_five():
    assert len(cpv_divisions()) == 45
    assert all(len(code) == 2 and libelle for code, libelle in cpv_divisions().items())
    assert cpv_division("30197630-1").startswith("Bureau et informatique")
    with pytest.raises(NotFoundError):
        cpv_division("01000000")


@pytest.mark.parametrize(
    "adresse",
    ["achats@mairie-exemple.fr", "prenom.nom+marches@sous.domaine.example", "a@b.co"],
)
def test_email_accepted(adresse):
    assert email_valide(adresse)


@pytest.mark.parametrize(
    "adresse",
    ["", "a", "a@b", "a@@b.fr", "a b@c.fr", "@c.fr", "a@.fr", "a@-b.fr", "a@b..fr", ".a@b.fr",
     "a.@b.fr", "a..b@c.fr", "a@b.fr\n", "x" * 65 + "@b.fr", "a@" + "b" * 260 + ".fr",
     "nom@exemple.fr,autre@exemple.fr"],
)  # fmt: skip
def test_email_refused(adresse):
    assert not email_valide(adresse)
