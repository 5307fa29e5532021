"""Stock nameko: `@event_handler`, ten workers, psycopg2 made green."""

import eventlet

eventlet.monkey_patch()

import contextlib
import signal

import psycopg2.pool
from commun import AMQP, DATABASE, EFFET, THREADS, valeurs
from nameko.events import event_handler
from nameko.runners import ServiceRunner

SQL = EFFET.format(*["%s"] * 5)
POOL = psycopg2.pool.SimpleConnectionPool(THREADS, THREADS, DATABASE)


class Perf:
    name = "perf"

    @event_handler("publication", "publication.avis.publie.v1")
    def on_avis(self, event):
        connection = POOL.getconn()
        try:
            with connection, connection.cursor() as cursor:
                cursor.execute(SQL, valeurs(event))
        finally:
            POOL.putconn(connection)


runner = ServiceRunner({"AMQP_URI": AMQP, "max_workers": THREADS})
runner.add_service(Perf)
runner.start()
signal.signal(signal.SIGTERM, lambda *_: runner.kill())
with contextlib.suppress(KeyboardInterrupt):
    runner.wait()
