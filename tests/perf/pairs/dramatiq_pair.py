"""Dramatiq: one process, ten threads, one connection each; `PERF_MERGED` merges the statements."""

import os
import threading

import dramatiq
import psycopg2
from commun import AMQP, DATABASE, DEJA_VU, EFFET, EN_UNE_FOIS, valeurs
from dramatiq.brokers.rabbitmq import RabbitmqBroker

dramatiq.set_broker(RabbitmqBroker(url=AMQP))
MERGED = EN_UNE_FOIS.format(*["%s"] * 5) if os.environ.get("PERF_MERGED") else None
SEEN, EFFECT = DEJA_VU.format("%s"), EFFET.format(*["%s"] * 5)
LOCAL = threading.local()


@dramatiq.actor(queue_name="perf")
def on_avis(event):
    if not hasattr(LOCAL, "connection"):
        LOCAL.connection = psycopg2.connect(DATABASE)
    with LOCAL.connection, LOCAL.connection.cursor() as cursor:
        if MERGED:
            cursor.execute(MERGED, valeurs(event))
            return
        cursor.execute(SEEN, (event["id"],))
        if cursor.rowcount:
            cursor.execute(EFFECT, valeurs(event))
