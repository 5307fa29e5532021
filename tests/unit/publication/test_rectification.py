"""A correction lists what changes, says why, and never shortens the time to answer."""

import datetime as dt
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.publication.domain.rectification import RECTIFIABLES, comparer, libelle, rectifier
from services.publication.domain.valeurs import Support
from shared.kernel.errors import DomainError
from shared.kernel.montant import Montant
from tests.unit.publication.monde import LIMITE, complet, contenu


def test_the_deadline_moves_away_with_its_two_instants() -> None:
    report = LIMITE + dt.timedelta(days=7)
    apres, changements = rectifier(contenu(), {"date_limite": report}, "Délai allongé")
    assert apres.date_limite == report
    (changement,) = changements
    assert (changement.champ, changement.avant, changement.apres) == (
        "date_limite",
        "2026-05-29T10:00:00Z",
        "2026-06-05T10:00:00Z",
    )
    assert libelle(changement.champ) == "date limite de réponse"


def test_the_deadline_is_never_brought_forward() -> None:
    with pytest.raises(DomainError, match="jamais avancée") as refus:
        rectifier(contenu(), {"date_limite": LIMITE - dt.timedelta(minutes=1)}, "Erreur")
    assert "date_limite" in refus.value.champs


@pytest.mark.parametrize("champ", ["cpv", "montant_estime_ht", "lots", "nature", "acheteur"])
def test_what_defines_the_consultation_is_not_corrected(champ: str) -> None:
    with pytest.raises(DomainError) as refus:
        rectifier(contenu(), {champ: None}, "Erreur")
    assert refus.value.code == "champ_non_rectifiable"
    assert set(refus.value.champs) == {champ}


def test_a_reason_is_needed() -> None:
    with pytest.raises(DomainError) as refus:
        rectifier(contenu(), {"objet": "Papier recyclé"}, "  ")
    assert "motif" in refus.value.champs


def test_nothing_changed_is_no_correction() -> None:
    with pytest.raises(DomainError, match="Rien ne change"):
        rectifier(contenu(), {"objet": contenu().objet}, "Erreur")


def test_what_was_empty_reads_as_a_dash() -> None:
    _, changements = rectifier(
        contenu(), {"description": "Papier blanc", "supports": (Support.BOAMP,)}, "Précision"
    )
    assert [(c.champ, c.avant, c.apres) for c in changements] == [
        ("description", "–", "Papier blanc"),
        ("supports", "–", "BOAMP"),
    ]


TEXTES = st.fixed_dictionaries(
    {},
    optional={champ: st.text(min_size=1) for champ in ("objet", "description", "contact")},
)


@given(TEXTES)
def test_applying_the_differences_gives_the_new_version(modifications: dict[str, Any]) -> None:
    avant = complet()
    if all(getattr(avant, champ) == texte for champ, texte in modifications.items()):
        with pytest.raises(DomainError, match="Rien ne change"):
            rectifier(avant, modifications, "Motif")
        return
    apres, changements = rectifier(avant, modifications, "Motif")
    for champ in RECTIFIABLES:
        touche = champ in {c.champ for c in changements}
        assert touche == (getattr(avant, champ) != getattr(apres, champ))
    assert comparer(apres, apres) == ()
    assert apres.montant_estime_ht == Montant("89999.99")
