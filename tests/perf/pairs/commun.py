"""What every contender does with an event: one inbox row and one projection row, atomically."""

import os

DATABASE = os.environ.get("PERF_DSN", "")
AMQP = os.environ.get("AMQP_URL", "")
QUEUE = "perf"
THREADS = 10

SCHEMA = """
CREATE TABLE IF NOT EXISTS projection (
  id bigserial PRIMARY KEY, event_id uuid NOT NULL, objet text NOT NULL, montant numeric(14, 2),
  cpv text NOT NULL, reference text NOT NULL, at timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE TABLE IF NOT EXISTS pair_inbox (
  consumer text, event_id uuid, PRIMARY KEY (consumer, event_id)
);
"""

# One statement and one round trip: the best that a consumer without batches can do.
EFFET = """
WITH fresh AS (
  INSERT INTO pair_inbox VALUES ('pair', {0}) ON CONFLICT DO NOTHING RETURNING event_id
)
INSERT INTO projection (event_id, objet, montant, cpv, reference)
SELECT event_id, {1}, cast({2} AS numeric), {3}, {4} FROM fresh
"""


def valeurs(event):
    data = event["data"]
    return (
        event["id"],
        data["objet"],
        data["montant_estime_ht"],
        data["cpv"],
        data["reference"],
    )
