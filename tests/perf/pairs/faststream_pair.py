"""FastStream: uvloop, asyncpg pool of ten, prefetch ten, acknowledgement on success."""

import uuid

import asyncpg
import uvloop
from commun import AMQP, DATABASE, EFFET, QUEUE, THREADS, valeurs
from faststream import FastStream
from faststream.rabbit import Channel, RabbitBroker, RabbitQueue

broker = RabbitBroker(AMQP, default_channel=Channel(prefetch_count=THREADS))
app = FastStream(broker)
SQL = EFFET.format("$1", "$2", "$3", "$4", "$5")
STATE = {}


@app.on_startup
async def connect():
    STATE["pool"] = await asyncpg.create_pool(DATABASE, min_size=THREADS, max_size=THREADS)


@broker.subscriber(RabbitQueue(QUEUE, durable=True))
async def on_avis(event: dict):
    key, objet, montant, cpv, reference = valeurs(event)
    async with STATE["pool"].acquire() as connection:
        await connection.execute(SQL, uuid.UUID(key), objet, montant, cpv, reference)


uvloop.run(app.run())
