"""A member's software that works while the link is cut: a durable outbox, answers by cursor.

membre_horsligne.py participer ACH-2026-0001 PARTICIPE 20000.00
membre_horsligne.py declarer ACH-2026-0001 PAPIER-A4-80 12 palette
membre_horsligne.py synchroniser
"""

import json
import os
import sys
import urllib.error
import urllib.request
import uuid
from datetime import UTC, datetime
from pathlib import Path

ADRESSE = os.environ.get("ESSAIM", "http://localhost:8000") + "/groupement/api/v1/evenements"
JETON = os.environ.get("JETON", "ess_demo_sdis07")
SIRET = os.environ.get("SIRET", "90070002200016")
BOITE = Path(os.environ.get("BOITE", "boite.jsonl"))
"""Only ever appended to: what to send, what was sent, what was answered, how far we have read."""


def lignes() -> list[dict]:
    """Every complete line; one cut short by a crash was never acted upon."""
    texte = BOITE.read_text(encoding="utf-8") if BOITE.exists() else ""
    return [json.loads(ligne) for ligne in texte.splitlines(keepends=True) if ligne.endswith("\n")]


def noter(**ligne: object) -> None:
    with BOITE.open("a+b") as boite:
        if boite.tell() and not BOITE.read_bytes().endswith(b"\n"):
            boite.truncate(BOITE.read_bytes().rfind(b"\n") + 1)
        boite.write(json.dumps(ligne, ensure_ascii=False).encode() + b"\n")
        boite.flush()
        os.fsync(boite.fileno())


def deposer(type_: str, **donnees: str) -> None:
    """Number the request and keep it: it will leave when the link is there."""
    numero = 1 + sum("demande" in ligne for ligne in lignes())
    demande = {"specversion": "1.0", "id": str(uuid.uuid4()), "type": type_}
    demande |= {"source": f"urn:siret:{SIRET}:horsligne", "sequence": str(numero)}
    demande |= {"time": datetime.now(UTC).isoformat()}
    noter(demande=demande | {"data": {"reference_membre": f"HL-{numero}", **donnees}})
    print(f"HL-{numero} en attente d’envoi")


def appeler(adresse: str, corps: dict | None = None) -> dict:
    entetes = {"Authorization": f"Bearer {JETON}"}
    entetes |= {"Content-Type": "application/cloudevents+json"}
    octets = json.dumps(corps).encode() if corps else None
    demande = urllib.request.Request(adresse, octets, entetes)  # noqa: S310 -- our own address
    with urllib.request.urlopen(demande, timeout=10) as reponse:  # noqa: S310
        return json.load(reponse)


def synchroniser() -> None:
    """Send what was not sent, in order and with the same ids; then read what was answered."""
    connues = lignes()
    envoyees = {ligne.get("envoyee") for ligne in connues}
    curseur = max((ligne.get("curseur", 0) for ligne in connues), default=0)
    for ligne in connues:
        demande = ligne.get("demande")
        if demande and demande["id"] not in envoyees:
            try:
                appeler(ADRESSE, demande)
            except urllib.error.HTTPError as refus:
                if refus.code >= 500 or refus.code in (401, 408, 429):
                    raise
                motif = json.load(refus)
                print(demande["data"]["reference_membre"], "refusée :", motif["detail"])
            noter(envoyee=demande["id"])
    while evenements := (page := appeler(f"{ADRESSE}?apres={curseur}"))["evenements"]:
        for reponse in evenements:
            sort, donnees = reponse["type"].split(".")[2], reponse["data"]
            motifs = " ".join(motif["message"] for motif in donnees.get("motifs", []))
            print(donnees["reference_membre"], sort, motifs)
        curseur = page["suivant"]
        noter(curseur=curseur, reponses=evenements)


def main(action: str, *valeurs: str) -> None:
    if action == "participer":
        noms = ("achat_reference", "reponse", "engagement_max_ht")
        deposer("membre.participation.declare.v1", **dict(zip(noms, valeurs, strict=False)))
    elif action == "declarer":
        noms = ("achat_reference", "article", "quantite", "unite", "lieu")
        deposer("membre.besoin.declare.v1", **dict(zip(noms, valeurs, strict=False)))
    else:
        try:
            synchroniser()
        except OSError as panne:
            sys.exit(f"Lien coupé, tout est gardé : {panne}")


if __name__ == "__main__":
    main(*sys.argv[1:] or ["synchroniser"])
