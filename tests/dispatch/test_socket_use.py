"""A frame on a socket is use of its session, noted once a minute at most."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from dispatch import operations
from dispatch.sockets import Socket
from project import pools
from security.models import Session
from tests.people import Person

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("one_reader")]


async def push(text: str) -> None:
    raise AssertionError("a ping pushes nothing")


def closed(reason: str) -> None:
    raise AssertionError("a ping closes nothing")


async def ping(socket: Socket) -> None:
    await operations.carry_out(socket, {"op": "ping"})
    await asyncio.to_thread(pools.streams.close)


def unused_for_two_minutes(person: Person, idle_in: timedelta) -> Session:
    now = timezone.now()
    rows = Session.objects.filter(id=person.session.id)
    rows.update(last_used_at=now - timedelta(minutes=2), idle_until=now + idle_in)
    person.session = rows.select_related("user").get()
    return person.session


def test_frame_keeps_the_session_from_falling_idle(ada: Person) -> None:
    before = unused_for_two_minutes(ada, timedelta(seconds=30)).idle_until

    asyncio.run(ping(Socket(ada.identity, push, closed)))

    assert Session.objects.get(id=ada.session.id).idle_until > before


def test_second_frame_within_a_minute_asks_no_database(ada: Person, settings: Any) -> None:
    unused_for_two_minutes(ada, timedelta(seconds=30))
    socket = Socket(ada.identity, push, closed)
    asyncio.run(ping(socket))
    settings.POOL_BACKLOG = 0  # whoever asks is refused

    asyncio.run(ping(socket))


def test_frame_revives_no_session_that_has_fallen_idle(ada: Person) -> None:
    before = unused_for_two_minutes(ada, timedelta(seconds=-1)).idle_until

    asyncio.run(ping(Socket(ada.identity, push, closed)))

    assert Session.objects.get(id=ada.session.id).idle_until == before
