"""What is said for an expert on another way than through its adapter: by a callback, or by a person."""

import threading
from functools import partial

import pytest
from django.db import connection, connections, transaction

from contexts.models import Message
from dispatch import delegation_ends, delegations
from dispatch.delegation_models import DelegationState
from integrations.contract import Later, Progress, Result
from project.models import Event
from tests.delegations.consulted import HERE, carry, expert, post, the, uses
from tests.delegations.distant import due
from tests.live import eventually, in_parallel
from tests.modes import PRODUCTION

pytestmark = pytest.mark.django_db(transaction=True)

STAFF = {"kind": "staff", "id": "grace"}


@pytest.fixture
def open_one(ada, conversation):
    expert("counter")
    run = post(ada, conversation, expert="counter")
    carry(run)
    return delegation_ends.found(the(run).id)


def test_progress_is_told_with_who_says_so(conversation, open_one):
    heard = delegation_ends.arrive(open_one, Progress(0.5, "Half"), STAFF)

    told = Event.objects.get(stream=conversation.stream, type="delegation.working")
    assert heard
    assert (told.actor, told.data["progress"], told.data["text"]) == (STAFF, 0.5, "Half")
    assert (the().state, the().said) == (DelegationState.WORKING, "Half")


def test_result_is_told_with_who_says_so_and_counts_as_a_use(conversation, open_one):
    delegation_ends.arrive(open_one, Result({"words": 4}), STAFF)

    assert Event.objects.get(stream=conversation.stream, type="delegation.completed").actor == STAFF
    assert uses() == 1


def test_what_comes_after_the_end_is_refused(open_one):
    late = delegation_ends.found(open_one.id)
    delegation_ends.arrive(open_one, Result({"words": 4}))

    assert late
    assert not delegation_ends.arrive(late, Progress(0.9, "Late"))
    assert not delegation_ends.arrive(late, Result({"words": 5}))
    assert the().output == {"words": 4}
    assert uses() == 1


@pytest.mark.skipif(not PRODUCTION, reason="on SQLite one writes at a time")
def test_step_that_is_claimed_just_now_makes_the_end_wait_and_come_to_nothing(open_one):
    begun = delegations.claim(open_one.id, HERE)
    assert begun
    delegation_ends.conclude(begun, Later(poll=1))
    due()
    claimed = threading.Event()

    ended, _ = in_parallel([partial(end, open_one.id, claimed), partial(poll, open_one.id, claimed)])

    assert (ended, the().state, the().holder) == (False, DelegationState.WORKING, "another process")
    assert not Message.objects.filter(role="expert").exists()


def end(id, claimed):
    """The expert says so by another way, while a poll of it is claimed and not committed yet."""
    try:
        found = delegation_ends.found(id)
        assert found
        assert claimed.wait(10)
        return delegation_ends.arrive(found, Result({"words": 4}))
    finally:
        connections.close_all()


def poll(id, claimed):
    """Claim its step, and let go once somebody waits for that."""
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            assert delegations.claim(id, "another process")
            claimed.set()
            eventually(partial(waited_for, cursor), 10)
    finally:
        connections.close_all()


def waited_for(cursor):
    """Whether somebody waits for this very transaction."""
    cursor.execute("SELECT count(*) FROM pg_locks WHERE pg_backend_pid() = ANY(pg_blocking_pids(pid))")
    return cursor.fetchone()[0]
