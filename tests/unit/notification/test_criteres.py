import pytest

from services.notification.domain.criteres import lire_criteres
from services.notification.domain.territoire import nom_du_lieu
from shared.kernel.errors import ValidationError
from shared.kernel.montant import Montant


def test_every_faulty_field_is_named_at_once() -> None:
    with pytest.raises(ValidationError) as refus:
        lire_criteres(
            cpv=["papier"],
            mots=["de la"],
            lieux=["Mordor"],
            montant_min=Montant(2),
            montant_max=Montant(1),
        )
    assert set(refus.value.champs) == {"cpv", "mots", "lieux", "montant_max"}
    assert refus.value.code == "criteres_invalides"


def test_something_must_be_asked() -> None:
    with pytest.raises(ValidationError) as refus:
        lire_criteres(lieux=["07"])
    assert refus.value.champs == {"cpv": "Indiquez au moins un code CPV ou un mot-clé."}


def test_lists_are_bounded() -> None:
    with pytest.raises(ValidationError) as refus:
        lire_criteres(mots=[f"mot{n}" for n in range(21)])
    assert "21" in refus.value.champs["mots"]


def test_same_meaning_same_fingerprint() -> None:
    un = lire_criteres(cpv=["30190000", "45"], mots=["Papiers"], lieux=["07019", "07"])
    deux = lire_criteres(cpv=["45000000-7", "3019"], mots=["papier", "PAPIER"], lieux=["07"])
    assert un.empreinte == deux.empreinte


def test_another_amount_is_another_alert() -> None:
    un = lire_criteres(mots=["papier"], montant_min=Montant(0))
    assert un.empreinte != lire_criteres(mots=["papier"]).empreinte


def test_a_commune_inside_a_wanted_departement_adds_nothing() -> None:
    assert [x.code for x in lire_criteres(mots=["a4"], lieux=["26", "07019", "07"]).lieux] == [
        "07",
        "26",
    ]


def test_the_first_spelling_is_kept() -> None:
    assert lire_criteres(mots=[" Papiers  recyclés ", "papier recyclé"]).mots == (
        "Papiers recyclés",
    )


def test_the_summary_tells_an_alert_from_its_sisters() -> None:
    assert lire_criteres(cpv=["3019"], mots=["papier"]).resume == (
        "CPV 3019…, papier\u00a0· toute la France"
    )
    assert (
        lire_criteres(cpv=["30197643"], lieux=["07"]).resume == "CPV 30197643\u00a0· Ardèche (07)"
    )


@pytest.mark.parametrize("code", ["3", "papier", "301976301", "30197630-", ""])
def test_a_head_of_code_has_two_to_eight_digits(code: str) -> None:
    with pytest.raises(ValidationError) as refus:
        lire_criteres(cpv=[code])
    assert "30197630" in refus.value.champs["cpv"]


@pytest.mark.parametrize(
    ("saisie", "code"),
    [
        ("07", "07"),
        ("Ardèche", "07"),
        ("ardeche", "07"),
        ("2a", "2A"),
        ("Aubenas (07019)", "07019"),
        ("La Réunion", "974"),
        ("97411", "97411"),
    ],
)
def test_a_place_is_read_as_people_write_it(saisie: str, code: str) -> None:
    (lieu,) = lire_criteres(mots=["papier"], lieux=[saisie]).lieux
    assert lieu.code == code


@pytest.mark.parametrize("saisie", ["20", "96", "070190", "99999", "Aubenas"])
def test_an_unknown_place_is_refused(saisie: str) -> None:
    with pytest.raises(ValidationError) as refus:
        lire_criteres(mots=["papier"], lieux=[saisie])
    assert "07019" in refus.value.champs["lieux"]


def test_places_are_told_by_their_name() -> None:
    assert nom_du_lieu("07") == "Ardèche (07)"
    assert nom_du_lieu("07019") == "commune 07019 (Ardèche)"
    assert nom_du_lieu("FR") == "FR"
