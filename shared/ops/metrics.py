"""Metrics of jobs and of the business; names, units and labels in one place.

Those of HTTP are in `shared.web.mesures`, those of events in `shared.messaging.metrics`. No label
may name a person or a firm.
"""

from prometheus_client import Counter, Gauge

JOB_RUNS = Counter("essaim_job_runs_total", "Runs of a job", ["service", "job", "outcome"])
JOB_LAST_SUCCESS = Gauge(
    "essaim_job_last_success_timestamp_seconds", "When a job last succeeded", ["service", "job"]
)
NOTIFICATIONS = Counter(
    "essaim_notifications_total", "Messages by channel and fate", ["channel", "outcome"]
)
NOTICES_PUBLISHED = Counter("essaim_notices_published_total", "Notices by kind", ["kind"])
INVOICES_UNPAID = Gauge(
    "essaim_invoices_unpaid", "Unpaid invoices by days left before the due date", ["age_bucket"]
)
LEDGER_DIFFERENCES = Gauge(
    "essaim_ledger_differences", "Differences found by the last control of the ledger"
)
BUILD_INFO = Gauge("essaim_build_info", "Version of the code that runs", ["version"])
