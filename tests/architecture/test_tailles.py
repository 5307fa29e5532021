"""Files and functions stay short; the check itself notices one that grew."""

from pathlib import Path

from tests.architecture import tailles


def test_nothing_is_too_large():
    assert tailles.too_large() == []


def test_a_file_or_function_that_grew_is_named(tmp_path: Path):
    for source in tailles.SOURCES:
        (tmp_path / source).mkdir()
    body = "\n".join(f"    x{n} = {n}" for n in range(60))
    (tmp_path / "shared" / "long.py").write_text(f"def grown():\n{body}\n")
    (tmp_path / "services" / "thick.py").write_text("x = 1\n" * 401)
    assert tailles.too_large(tmp_path) == [
        "services/thick.py : 401 lignes (au plus 400)",
        "shared/long.py:1 grown : 61 lignes (au plus 60)",
    ]
