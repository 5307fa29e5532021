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

# What a consumer without batches runs for each event, in one transaction.
DEJA_VU = "INSERT INTO pair_inbox VALUES ('pair', {0}) ON CONFLICT DO NOTHING RETURNING event_id"
EFFET = """
INSERT INTO projection (event_id, objet, montant, cpv, reference)
VALUES ({0}, {1}, cast({2} AS numeric), {3}, {4})
"""

# The same, merged by hand in one statement and one round trip: the best it can do.
EN_UNE_FOIS = """
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
