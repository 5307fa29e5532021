"""Every API reads its bodies strictly: the library's own blueprint is used nowhere else."""

import ast

from tests.architecture.imports import ROOT


def test_toute_api_lit_ses_corps_strictement() -> None:
    fautifs = [
        str(fichier.relative_to(ROOT))
        for fichier in (ROOT / "services").rglob("*.py")
        if _prend_le_blueprint_de_smorest(fichier.read_text())
    ]
    assert not fautifs, "prenez shared.web.stricte.BlueprintStrict"


def _prend_le_blueprint_de_smorest(source: str) -> bool:
    return any(
        isinstance(noeud, ast.ImportFrom)
        and noeud.module == "flask_smorest"
        and any(nom.name == "Blueprint" for nom in noeud.names)
        for noeud in ast.walk(ast.parse(source))
    )
