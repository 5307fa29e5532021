"""Ask for a grouped purchase from a member's own software, then wait for the answer."""

import json
import os
import uuid
from datetime import UTC, datetime
from pathlib import Path

from kombu import Connection, Exchange, Queue

siret = os.environ.get("SIRET", "90070002200016")
demande = json.loads(Path(__file__).with_name("achat.json").read_text(encoding="utf-8"))
evenement = {"specversion": "1.0", "id": str(uuid.uuid4()), "source": f"urn:siret:{siret}:finances"}
evenement |= {"type": "membre.achat.demande.v1", "time": datetime.now(UTC).isoformat()}
file = Queue(f"essaim.sortant.{siret}", Exchange("essaim.sortant", "topic"), siret)
file.queue_arguments = {"x-queue-type": "quorum"}


def lire(reponse: dict, message: object) -> None:
    message.ack()
    if message.headers["ce-causationid"] == evenement["id"]:
        print(message.headers["ce-type"], json.dumps(reponse, ensure_ascii=False))
        raise SystemExit


adresse = os.environ.get("AMQP_URL", "amqp://guest:guest@localhost")
with Connection(adresse, transport_options={"confirm_publish": True}) as connexion:
    entetes = {f"ce-{nom}": valeur for nom, valeur in evenement.items()}
    options = {"user_id": connexion.userid, "delivery_mode": 2}
    options |= {"exchange": "essaim.entrant", "routing_key": evenement["type"]}
    connexion.Producer(serializer="json").publish(demande, headers=entetes, **options)
    with connexion.Consumer([file], callbacks=[lire], accept=["json"], prefetch_count=1):
        while True:
            connexion.drain_events(timeout=30)
