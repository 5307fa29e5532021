"""The smallest application that can lose an event: `emetteur` tells, `abonne` notes and tells on.

It is made of the real parts: gunicorn, units of work, relays, nameko entrypoints, inbox.
"""

import dataclasses

from shared.contracts import catalogue as contracts
from shared.contracts.catalogue import Catalogue

EMETTEUR = "emetteur"
ABONNE = "abonne"
FAIT = "groupement.besoin.declare.v1"
SUITE = "groupement.adhesion.enregistree.v1"
SUJETS = 20

ECRITURES = "CREATE TABLE ecriture (operation uuid PRIMARY KEY)"
EFFETS = """
CREATE TABLE effet (
  n bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  consumer text NOT NULL, operation uuid NOT NULL, event_id uuid NOT NULL,
  subject text NOT NULL, sequence bigint NOT NULL,
  at timestamptz NOT NULL DEFAULT clock_timestamp()
)
"""


def catalogue() -> Catalogue:
    """Two real contracts, told and heard by the services of this application."""
    known = contracts.load()
    fait = dataclasses.replace(
        known.get(FAIT), emitter=EMETTEUR, listeners=(f"{ABONNE}.on_fait", f"{ABONNE}.on_lot")
    )
    suite = dataclasses.replace(known.get(SUITE), emitter=ABONNE, listeners=(f"{ABONNE}.on_suite",))
    return Catalogue({FAIT: fait, SUITE: suite})
