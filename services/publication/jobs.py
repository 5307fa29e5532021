"""No due date to watch: that a consultation is closed follows from its deadline when it is read."""

from shared.ops.jobs import Job

JOBS: list[Job] = []
