"""Connections to PostgreSQL: pooled, proven, bounded, and none of ours behind those that foreign code holds."""

import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
import pytest
from django.conf import settings
from django.db import OperationalError, connection, connections

from project.pools import Pool
from security.models import User
from tests.databases import ROOT
from tests.live import PATIENCE
from tests.modes import ENDLESS_TRANSACTIONS, PRODUCTION

pytestmark = [
    pytest.mark.skipif(not PRODUCTION, reason="connections are pooled on PostgreSQL alone"),
    pytest.mark.django_db(transaction=True),
]

THREADS = 4


@pytest.fixture
def pool(settings: Any) -> Iterator[Pool]:
    settings.POOL_THREADS = {"test": THREADS}
    pool = Pool("test")
    yield pool
    pool.close()
    empty_the_pools()


def empty_the_pools() -> None:
    connection.close()
    connection.close_pool()  # type: ignore[attr-defined]


def backend() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        return int(cursor.fetchone()[0])


def warm(pool: Pool) -> set[int]:
    """As many connections as threads. Returns their backends."""
    together = threading.Barrier(THREADS)

    def connected() -> int:
        found = backend()
        together.wait(PATIENCE)
        return found

    return {future.result(PATIENCE) for future in [pool.submit(connected) for _ in range(THREADS)]}


def terminate(backends: set[int]) -> None:
    with psycopg.connect(os.environ["DATABASE_URL"], autocommit=True) as admin:
        for pid in backends:
            admin.execute("SELECT pg_terminate_backend(%s, 5000)", [pid])


@contextmanager
def held_by_foreign_code(count: int) -> Iterator[list[BaseException | None]]:
    """Threads that, like sync handlers, use a connection and keep it. Yields what became of each."""
    release, asked, came_of = threading.Event(), threading.Barrier(count + 1), [None] * count

    def hold(number: int) -> None:
        try:
            User.objects.count()
        except OperationalError as error:
            came_of[number] = error  # type: ignore[call-overload]
        asked.wait(PATIENCE)
        release.wait(2 * PATIENCE)
        connections.close_all()

    threads = [threading.Thread(target=hold, args=(number,)) for number in range(count)]
    for thread in threads:
        thread.start()
    try:
        asked.wait(PATIENCE)
        yield came_of  # type: ignore[misc]
    finally:
        release.set()
        for thread in threads:
            thread.join(PATIENCE)


def test_connections_are_used_again(pool: Pool) -> None:
    before = warm(pool)

    assert warm(pool) == before


def test_each_piece_of_work_succeeds_at_once_after_every_connection_was_cut(pool: Pool) -> None:
    before = warm(pool)
    terminate(before)

    began = time.monotonic()
    after = [pool.submit(backend).result(PATIENCE) for _ in range(3 * THREADS)]

    assert time.monotonic() - began < 3 * 3  # each may wait three seconds for a connection, none has to
    assert not before & set(after)


def test_statements_locks_and_idle_transactions_have_an_end() -> None:
    names = ("statement_timeout", "lock_timeout", "idle_in_transaction_session_timeout")
    options = settings.DATABASES["default"]["OPTIONS"]["options"].removesuffix(ENDLESS_TRANSACTIONS)

    with psycopg.connect(os.environ["DATABASE_URL"], options=options) as direct:
        shown = [direct.execute(f"SHOW {name}".encode()).fetchone() for name in names]

    assert shown == [("10s",), ("5s",), ("10s",)]


def test_what_foreign_code_holds_keeps_no_thread_of_ours_waiting(pool: Pool) -> None:
    with held_by_foreign_code(settings.HANDLER_CONNECTIONS) as came_of:
        warm(pool)  # who waits for a connection fails after three seconds

    assert came_of == [None] * settings.HANDLER_CONNECTIONS


def test_foreign_code_beyond_its_bound_fails_in_three_seconds(pool: Pool, settings: Any) -> None:
    settings.HANDLER_CONNECTIONS = 2
    empty_the_pools()

    began = time.monotonic()
    with held_by_foreign_code(3) as came_of:
        waited = time.monotonic() - began

    assert 2.5 < waited < 3 * 5
    assert sum(failure is not None for failure in came_of) == 1


def test_a_command_ends_at_once_and_says_nothing_of_its_pool() -> None:
    began = time.monotonic()
    done = subprocess.run(
        [sys.executable, "-W", "error", "manage.py", "showmigrations", "--plan"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
        env=os.environ,
    )

    assert done.stderr == ""
    assert time.monotonic() - began < 60
