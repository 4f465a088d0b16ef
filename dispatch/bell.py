"""The bell on PostgreSQL: a procrastinate job says that a conversation has due work. It wakes, and is not the work.

It is deferred inside the transaction that makes the work due, so it rings exactly when that commits, and for one
process that has room. What is due, in which order and for whom, is read from the rows; a bell that is lost costs the
second until the next look.
"""

import asyncio
import logging
import random
from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Final
from uuid import UUID

import psycopg
from django.conf import settings
from django.db import OperationalError
from django.utils import timezone
from procrastinate import App, JobContext, PsycopgConnector
from procrastinate.contrib.django import app as in_transaction
from procrastinate.contrib.django.utils import connector_params
from procrastinate.exceptions import ConnectorException
from procrastinate.jobs import Status
from psycopg_pool import PoolTimeout

logger = logging.getLogger(__name__)

TASK: Final = "due_work"
SWEEP: Final = "sweep_bells"
CONNECT_SECONDS: Final = 3.0
STALLED_SECONDS: Final = 30.0
AT_ONCE: Final = 4
OUTAGE: Final = (ConnectorException, PoolTimeout, psycopg.OperationalError, OSError)

Offer = Callable[[], Awaitable[None]]


def ring(conversation: UUID, at: datetime) -> None:
    """Say, in the present transaction, that a conversation has work due at a time.

    :raises OperationalError: when the database is away, as any other write does.
    """
    if not settings.BELL:
        return
    later = at if at > timezone.now() else None
    try:
        in_transaction.configure_task(TASK, queue=TASK, schedule_at=later).defer(conversation=str(conversation))
    except ConnectorException as error:
        raise OperationalError(str(error)) from error


async def listen(offer: Offer) -> None:
    """Hear bells until cancelled, over outages of the database too. `offer` returns once somebody looks for work."""
    while settings.BELL:
        try:
            async with _listener(offer).open_async() as listener:
                await listener.run_worker_async(
                    queues=[TASK, SWEEP],
                    concurrency=AT_ONCE,
                    delete_jobs="always",
                    install_signal_handlers=False,
                    shutdown_graceful_timeout=1,
                    stalled_worker_timeout=STALLED_SECONDS,
                )
        except OUTAGE:
            logger.warning("the bell cannot be heard; due work is found by looking each second")
        await asyncio.sleep(random.uniform(0.2, 1.0))  # noqa: S311 - spreads reconnects


def _listener(offer: Offer) -> App:
    """An app of its own: the one of Django defers on Django's connections, in the threads of requests and steps."""
    app = App(connector=PsycopgConnector(kwargs=connector_params(), min_size=1, max_size=2, timeout=CONNECT_SECONDS))

    @app.task(name=TASK, queue=TASK)
    async def due_work(conversation: str) -> None:
        await offer()

    # Without a periodic task the worker would not notice that its listening has ended.
    @app.periodic(cron="* * * * *")
    @app.task(name=SWEEP, queue=SWEEP, queueing_lock=SWEEP, pass_context=True)
    async def sweep(context: JobContext, timestamp: int) -> None:
        await forget_stalled(context.app)

    return app


async def forget_stalled(app: App) -> None:
    """Drop bells that rang in a process which died meanwhile: the look of another has found their work."""
    for job in await app.job_manager.get_stalled_jobs(seconds_since_heartbeat=STALLED_SECONDS):
        await app.job_manager.finish_job(job, Status.FAILED, delete_job=True)
