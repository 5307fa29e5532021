"""Dramatiq: one process, ten threads, one connection each. Run by its own command."""

import threading

import dramatiq
import psycopg2
from commun import AMQP, DATABASE, EFFET, valeurs
from dramatiq.brokers.rabbitmq import RabbitmqBroker

dramatiq.set_broker(RabbitmqBroker(url=AMQP))
SQL = EFFET.format(*["%s"] * 5)
LOCAL = threading.local()


@dramatiq.actor(queue_name="perf")
def on_avis(event):
    if not hasattr(LOCAL, "connection"):
        LOCAL.connection = psycopg2.connect(DATABASE)
    with LOCAL.connection, LOCAL.connection.cursor() as cursor:
        cursor.execute(SQL, valeurs(event))
