"""Pools of threads for database work."""

import asyncio
import threading
import time
from contextvars import Context

import pytest
from django.db import connections

from project import logs
from project.pools import Busy, Late, Pool
from tests.live import PATIENCE, eventually
from tests.modes import PRODUCTION


@pytest.fixture
def pool(settings):
    """Two threads, and room for four calls."""
    settings.POOL_THREADS = {"test": 2}
    settings.POOL_BACKLOG = 4
    pool = Pool("test")
    yield pool
    pool.close()


def test_work_is_done_on_a_thread_of_the_pool_and_its_result_comes_back(pool):
    async def ask():
        return await pool.run(lambda a, b: (threading.current_thread().name, a + b), 1, b=2)

    name, result = asyncio.run(ask())

    assert name.startswith("test")
    assert result == 3


def test_an_error_of_the_work_reaches_who_asked(pool):
    async def ask():
        await pool.run(lambda: 1 // 0)

    with pytest.raises(ZeroDivisionError):
        asyncio.run(ask())


def test_no_more_runs_at_once_than_there_are_threads(pool):
    held, running = threading.Event(), []

    def work():
        running.append(threading.get_ident())
        held.wait(PATIENCE)

    submitted = [pool.submit(work) for _ in range(4)]
    eventually(lambda: len(running) == 2)
    time.sleep(0.1)  # for a third
    at_once = len(running)
    held.set()
    for future in submitted:
        future.result(PATIENCE)

    assert (at_once, len(running)) == (2, 4)


def test_work_beyond_the_backlog_is_refused_at_once(pool):
    held = threading.Event()
    waiting = [pool.submit(held.wait, PATIENCE) for _ in range(4)]

    with pytest.raises(Busy) as refused:
        pool.submit(print)

    held.set()
    assert [future.result(PATIENCE) for future in waiting] == [True] * 4
    assert (refused.value.status, refused.value.headers["Retry-After"]) == (503, "1")


def test_after_the_work_there_is_room_again(pool):
    for _ in range(3):
        for future in [pool.submit(int) for _ in range(4)]:
            future.result(PATIENCE)

    assert pool.submit(int).result(PATIENCE) == 0


def test_work_that_was_cancelled_while_it_waited_gives_its_place_back(pool):
    held = threading.Event()
    waiting = [pool.submit(held.wait, PATIENCE) for _ in range(4)]
    waiting[-1].cancel()

    assert pool.submit(int).cancel() is True

    held.set()


def test_who_waits_on_a_prompt_pool_is_told_in_time_and_what_still_waits_is_not_done(pool, settings):
    settings.ANSWER_SECONDS = 1
    pool = Pool("test", prompt=True)
    held = threading.Event()
    done: list[int] = []

    async def ask():
        for _ in range(2):
            pool.submit(held.wait, PATIENCE)
        await pool.run(done.append, 1)

    began = time.monotonic()
    with pytest.raises(Late) as refused:
        asyncio.run(ask())
    waited = time.monotonic() - began
    held.set()
    pool.close()

    assert (refused.value.status, refused.value.headers["Retry-After"]) == (503, "1")
    assert 1 <= waited < 30
    assert done == []


def test_a_timeout_of_the_work_itself_is_not_taken_for_a_late_answer(settings):
    settings.POOL_THREADS = {"test": 1}
    pool = Pool("test", prompt=True)

    def work():
        raise TimeoutError("of its own")

    with pytest.raises(TimeoutError, match="of its own"):
        asyncio.run(pool.run(work))
    pool.close()


def test_work_sees_the_log_context_of_who_asked_and_leaves_nothing_behind(pool):
    def work():
        seen = logs.snapshot()
        logs.add(user_id="left behind")
        return seen

    def ask():
        with logs.bind(request_id="mine"):
            return pool.submit(work).result(PATIENCE), pool.submit(logs.snapshot).result(PATIENCE)

    first, second = Context().run(ask)

    assert first == second == {"request_id": "mine"}


def test_closing_waits_for_what_runs(pool):
    done: list[int] = []
    held = threading.Event()

    def work():
        held.wait(PATIENCE)
        done.append(1)

    pool.submit(work)
    threading.Timer(0.05, held.set).start()

    pool.close()

    assert done == [1]


def test_a_closed_pool_opens_again_for_new_work(pool):
    pool.submit(int).result(PATIENCE)
    pool.close()

    assert pool.submit(int).result(PATIENCE) == 0


@pytest.mark.skipif(PRODUCTION, reason="a thread keeps its connection on SQLite alone")
@pytest.mark.django_db(transaction=True)
def test_closing_closes_the_connection_of_every_thread(pool):
    found = in_each_thread(pool)
    assert all(connection.connection is not None for connection in found)
    pool.submit(time.sleep, 0.2)  # the other thread is free to take every turn

    pool.close()

    assert [connection.connection for connection in found] == [None, None]


@pytest.mark.skipif(not PRODUCTION, reason="connections are pooled on PostgreSQL alone")
@pytest.mark.django_db(transaction=True)
def test_a_thread_gives_its_connection_back_after_each_piece_of_work(pool):
    found = in_each_thread(pool)

    pool.submit(int).result(PATIENCE)

    assert [connection.connection for connection in found] == [None, None]


def in_each_thread(pool):
    """The connection of each of the two threads, once used."""
    together = threading.Barrier(2)

    def connected():
        together.wait(PATIENCE)
        connections["default"].ensure_connection()
        return connections["default"]

    held = [pool.submit(connected) for _ in range(together.parties)]
    return [future.result(PATIENCE) for future in held]
