"""Stock nameko: `@event_handler`, ten workers, psycopg2 made green."""

import eventlet

eventlet.monkey_patch()

import contextlib  # noqa: E402 - sockets first
import signal  # noqa: E402

import psycopg2.pool  # noqa: E402
from commun import AMQP, DATABASE, DEJA_VU, EFFET, THREADS, valeurs  # noqa: E402
from nameko.events import event_handler  # noqa: E402
from nameko.runners import ServiceRunner  # noqa: E402

SEEN, EFFECT = DEJA_VU.format("%s"), EFFET.format(*["%s"] * 5)
POOL = psycopg2.pool.SimpleConnectionPool(THREADS, THREADS, DATABASE)


class Perf:
    name = "perf"

    @event_handler("publication", "publication.avis.publie.v1")
    def on_avis(self, event):
        connection = POOL.getconn()
        try:
            with connection, connection.cursor() as cursor:
                cursor.execute(SEEN, (event["id"],))
                if cursor.rowcount:
                    cursor.execute(EFFECT, valeurs(event))
        finally:
            POOL.putconn(connection)


runner = ServiceRunner({"AMQP_URI": AMQP, "max_workers": THREADS})
runner.add_service(Perf)
runner.start()
signal.signal(signal.SIGTERM, lambda *_: runner.kill())
with contextlib.suppress(KeyboardInterrupt):
    runner.wait()
