"""FastStream: uvloop, asyncpg pool of ten, prefetch ten, acknowledgement on success."""

import uuid

import asyncpg
import uvloop
from commun import AMQP, DATABASE, DEJA_VU, EFFET, QUEUE, THREADS, valeurs
from faststream import FastStream
from faststream.rabbit import Channel, RabbitBroker, RabbitQueue

broker = RabbitBroker(AMQP, default_channel=Channel(prefetch_count=THREADS))
app = FastStream(broker)
SEEN, EFFECT = DEJA_VU.format("$1"), EFFET.format("$1", "$2", "$3", "$4", "$5")
STATE = {}


@app.on_startup
async def connect():
    STATE["pool"] = await asyncpg.create_pool(DATABASE, min_size=THREADS, max_size=THREADS)


@broker.subscriber(RabbitQueue(QUEUE, durable=True))
async def on_avis(event: dict):
    key, *values = valeurs(event)
    async with STATE["pool"].acquire() as connection, connection.transaction():
        if await connection.fetchval(SEEN, uuid.UUID(key)):
            await connection.execute(EFFECT, uuid.UUID(key), *values)


uvloop.run(app.run())
