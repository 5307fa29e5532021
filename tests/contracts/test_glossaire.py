"""The words of the events are the words of the trade: each one is bound to its source."""

import re
from pathlib import Path

from shared.contracts.catalogue import load

GLOSSAIRE = Path(__file__).parents[2] / "docs" / "glossaire.md"


def lignes() -> list[list[str]]:
    texte = GLOSSAIRE.read_text(encoding="utf-8")
    rangees = [ligne.strip("| ").split(" | ") for ligne in texte.splitlines() if "|" in ligne]
    return [r for r in rangees if r[0] not in {"mot", "---|---|---|---|---"}]


def test_every_noun_of_an_event_is_in_the_glossary():
    connus = {mot for ligne in lignes() for mot in re.findall(r"`([^`]+)`", ligne[1])}
    noms = {contrat.type.split(".")[1] for contrat in load()}
    assert noms - connus == set()


def test_every_word_has_an_identifier_a_translation_a_meaning_and_a_source():
    assert len(lignes()) > 50
    for ligne in lignes():
        assert len(ligne) == 5
        assert all(case.strip() for case in ligne)
        assert "`" in ligne[1]
        assert ligne[3].endswith((".", ").")), ligne[0]


def test_no_word_is_defined_twice():
    mots = [ligne[0] for ligne in lignes()]
    assert len(mots) == len(set(mots))
