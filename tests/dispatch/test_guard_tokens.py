"""What a revoked token has opened ends, whatever becomes of its session; and how long that took is measured."""

import asyncio
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from django.db import OperationalError, connection

from dispatch.feeds import Follower
from dispatch.guard import Guard, Watch
from dispatch.sockets import Socket
from project import bus, metrics, pools
from security import effect, sessions, tokens
from security.models import RevokedToken, Session
from security.sessions import Identity
from tests.dispatch.hubs import in_thread, until
from tests.live import PATIENCE
from tests.people import Person

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("one_reader")]


def revoke(person: Person) -> None:
    jti = tokens.read(person.token, tokens.AccessToken).jti
    RevokedToken.objects.create(jti=jti, user=person.user, expires_at=person.session.expires_at)
    bus.ring("session", jti)


def end(person: Person) -> None:
    sessions.end(Session.objects.filter(id=person.session.id), "staff")


def shown(person: Person) -> Identity:
    return sessions.identify(person.token)


def measured(where: str) -> float:
    found = metrics.REGISTRY.get_sample_value("switchboard_revocation_seconds_count", {"where": where})
    return found or 0.0


def after(identity: Identity, act: Callable[[], None], done: Callable[[Follower], bool]) -> str | None:
    """Why what is open for somebody has ended, once `act` was done and `done` is true."""

    async def scenario() -> str | None:
        guard, follower = Guard(), Follower()
        turning = asyncio.create_task(guard.run())
        try:
            with guard.watching(identity, "", follower.end):
                await in_thread(act)
                await until(lambda: done(follower))
        finally:
            turning.cancel()
            await asyncio.wait({turning})
            await asyncio.to_thread(pools.guard.close)
        return follower.ended

    return asyncio.run(scenario())


def test_stream_ends_with_the_token_that_opened_it(ada: Person) -> None:
    assert after(shown(ada), partial(revoke, ada), lambda follower: follower.ended is not None) == "revoked"
    assert sessions.identify(tokens.issue_access(ada.session)).session == ada.session


def test_stream_of_another_token_of_the_session_goes_on(ada: Person) -> None:
    revoked, other = shown(ada), sessions.identify(tokens.issue_access(ada.session))

    async def scenario() -> tuple[str | None, str | None]:
        guard, follower, bystander = Guard(), Follower(), Follower()
        with guard.watching(revoked, "", follower.end), guard.watching(other, "", bystander.end):
            await in_thread(revoke, ada)
            await guard._check()
        await asyncio.to_thread(pools.guard.close)
        return follower.ended, bystander.ended

    assert asyncio.run(scenario()) == ("revoked", None)


def test_renewed_socket_goes_on_though_the_token_before_is_revoked(ada: Person) -> None:
    renewed = sessions.identify(tokens.issue_access(ada.session))

    async def push(_: str) -> None: ...

    first = shown(ada)
    socket = Socket(first, push, lambda _: None)
    watch = Watch(first.session.id, first.user.id, staff=False, stream="", end=print, token=first.token)
    socket._watches.add(watch)
    socket.renew(renewed)

    assert watch.held == (renewed.session.id, renewed.token)


def test_what_it_took_is_measured_where_a_stream_was_closed_and_where_rows_are_asked_again(ada: Person) -> None:
    before = {where: measured(where) for where in ("stream", "check")}

    after(shown(ada), partial(end, ada), lambda _: measured("stream") > before["stream"])

    assert measured("stream") == before["stream"] + 1
    assert measured("check") >= before["check"] + 1


def test_sessions_that_are_over_end_their_streams_though_how_long_that_took_cannot_be_read(
    ada: Person, bob: Person
) -> None:
    pools.guard.submit(break_measuring).result(PATIENCE)
    first, second = shown(ada), shown(bob)

    async def scenario() -> list[str | None]:
        guard, followers = Guard(), [Follower(), Follower()]
        turning = asyncio.create_task(guard.run())
        with guard.watching(first, "", followers[0].end), guard.watching(second, "", followers[1].end):
            for person, follower in zip((ada, bob), followers, strict=True):
                await in_thread(end, person)
                await follower.wait(PATIENCE)
        turning.cancel()
        await asyncio.wait({turning})
        await asyncio.to_thread(pools.guard.close)
        return [follower.ended for follower in followers]

    assert asyncio.run(scenario()) == ["revoked", "revoked"]


def break_measuring() -> None:
    """The database fails where this thread asks it how long ago sessions ended."""

    def fail(execute: Callable[..., Any], sql: str, *args: Any) -> Any:
        if "NOW" in sql.upper() and "ended_at" in sql:
            raise OperationalError
        return execute(sql, *args)

    connection.execute_wrappers.append(fail)


def test_end_is_as_old_as_the_clock_of_the_database_says(ada: Person) -> None:
    end(ada)

    found = effect.endings([str(ada.session.id), "no id", str(ada.user.id)])

    assert set(found.ages) == {str(ada.session.id)}
    assert 0 <= found.ages[str(ada.session.id)] < 60


def test_session_that_goes_on_is_not_measured(ada: Person) -> None:
    assert effect.endings([str(ada.session.id)]).ages == {}
    assert effect.endings([]).ages == {}
