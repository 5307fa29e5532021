"""The demonstration's mail server: what is sent to it can be read, nothing else can."""

import smtplib
import socket
from email.message import EmailMessage
from pathlib import Path

import pytest

from shared.kernel.errors import NotFoundError
from shared.ops import courriels


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def message(objet: str) -> EmailMessage:
    made = EmailMessage()
    made["From"] = "essaim@departement07.exemple"
    made["To"] = "contact@papeterie-coiron.exemple"
    made["Subject"] = objet
    made.set_content("Avis rectifié : la date limite est reportée.")
    return made


def test_what_is_sent_can_be_read(tmp_path: Path):
    port = free_port()
    with courriels.sink(tmp_path, port), smtplib.SMTP("127.0.0.1", port) as client:
        for objet in ("Avis n° 1", "Avis n° 2 — rectifié"):
            client.send_message(message(objet))
    received = courriels.liste(tmp_path)
    assert [c.objet for c in received] == ["Avis n° 2 — rectifié", "Avis n° 1"]
    assert received[0].destinataire == "contact@papeterie-coiron.exemple"
    again = courriels.lire(tmp_path, received[0].nom)
    assert "reportée" in again.message.get_content()


def test_an_empty_sink_lists_nothing(tmp_path: Path):
    assert courriels.liste(tmp_path) == []


@pytest.mark.parametrize("nom", ["../secret.eml", "20260302T090000000000-abcdef01.eml", ""])
def test_only_kept_messages_can_be_read(tmp_path: Path, nom: str):
    (tmp_path / "secret.eml").write_text("Subject: non\n\n")
    with pytest.raises(NotFoundError):
        courriels.lire(tmp_path, nom)


def test_the_oldest_make_room(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(courriels, "KEPT", 2)
    for n in range(4):
        courriels.keep(tmp_path, f"Subject: {n}\r\n\r\n".encode())
    assert [c.objet for c in courriels.liste(tmp_path)] == ["3", "2"]
