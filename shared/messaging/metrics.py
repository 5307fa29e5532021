"""What the backbone measures; gauges read from a database are equal on all replicas: use max."""

from prometheus_client import Counter, Gauge, Histogram

_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300)

OUTBOX_UNPUBLISHED = Gauge(
    "essaim_outbox_unpublished", "Events committed and not yet confirmed by the broker", ["service"]
)
OUTBOX_OLDEST = Gauge(
    "essaim_outbox_oldest_unpublished_age_seconds", "Age of the oldest of them", ["service"]
)
PUBLISH_SECONDS = Histogram(
    "essaim_outbox_publish_duration_seconds",
    "One batch: read, publish, confirm, mark",
    ["service"],
    buckets=_SECONDS,
)
PUBLISHED = Counter(
    "essaim_events_published_total",
    "Events handed to the broker: ok, unheard (nobody listens), returned, refused",
    ["type", "outcome"],
)
CONSUMED = Counter(
    "essaim_events_consumed_total",
    "Events settled: ok, duplicate, superseded, retried, dead_lettered, rejected",
    ["consumer", "type", "outcome"],
)
HANDLING_SECONDS = Histogram(
    "essaim_event_handling_duration_seconds",
    "One batch in the consumer, from receipt to settlement",
    ["consumer"],
    buckets=_SECONDS,
)
END_TO_END_SECONDS = Histogram(
    "essaim_event_end_to_end_seconds",
    "From the fact to its committed effect",
    ["consumer"],
    buckets=_SECONDS,
)
PROGRESS = Gauge(
    "essaim_consumer_last_progress_timestamp_seconds",
    "When the consumer last turned, idle turns included",
    ["consumer"],
)
PENDING = Gauge("essaim_messages_pending", "Events waiting for a new attempt", ["service"])
DEAD_LETTERS = Gauge("essaim_dead_letters", "Dead letters that nobody has settled", ["service"])
RELAY_LEADER = Gauge("essaim_relay_leader", "1 in the process whose relay is active", ["service"])
