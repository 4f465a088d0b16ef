"""A stream whose client reads slowly, or not at all, when it is ended (G6)."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from contexts.models import Conversation
from dispatch import frames
from dispatch.frames import Frame
from dispatch.listeners import Listener
from dispatch.live import live
from project.readers import EVERYBODY
from security import sessions
from security.models import Session
from tests.dispatch.hubs import in_thread, until
from tests.dispatch.listening import Listener as Client
from tests.dispatch.listening import listening
from tests.dispatch.talking import serving
from tests.modes import once
from tests.people import Person

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("one_reader")]


@asynccontextmanager
async def slow(person: Person, conversation: Conversation) -> AsyncIterator[tuple[Client, "asyncio.Task[None]"]]:
    """It has taken the head of its stream, and takes nothing more."""
    async with serving(), listening(person.token, f"/api/v1/conversations/{conversation.id}/events/") as (client, task):
        await until(lambda: "stream.ready" in client.text)
        client.reading.clear()
        live.hub._feeds[conversation.stream].pass_on(typed(conversation))
        await until(lambda: "event: typing" in client.text)
        yield client, task


def typed(conversation: Conversation) -> Frame:
    who = {"user": "1", "username": "bob"}
    return frames.typing(conversation.stream, {"workspace": str(conversation.workspace_id), "typing": who})


def test_stream_of_who_does_not_read_is_broken_off_when_the_session_ends(
    ada: Person, conversation: Conversation
) -> None:
    async def scenario() -> tuple[BaseException | None, bool]:
        async with slow(ada, conversation) as (client, task):
            await in_thread(sessions.end, Session.objects.filter(id=ada.session.id), "admin")
            await until(task.done)
            return task.exception(), "stream.end" in client.text

    error, told = asyncio.run(scenario())

    assert isinstance(error, TimeoutError)
    assert not told


def test_stream_of_who_reads_on_at_its_end_says_why(ada: Person, conversation: Conversation) -> None:
    async def scenario() -> str:
        async with slow(ada, conversation) as (client, task):
            (follower,) = live.hub._feeds[conversation.stream].followers
            follower.end("revoked")
            client.reading.set()
            await task
            return client.text

    assert '"reason":"revoked"' in asyncio.run(scenario())


@once
def test_end_of_a_client_that_broke_while_it_was_written_to_is_quiet() -> None:
    async def broken(message: object) -> None:
        raise OSError("gone")

    async def scenario() -> None:
        listener = Listener(EVERYBODY, None)
        with pytest.raises(OSError, match="gone"):
            async with listener.bounded():
                await listener.write(broken, {})
        listener.end("gone")

    asyncio.run(scenario())


@pytest.mark.parametrize(("reasons", "bounded"), [(["finished"], False), (["finished", "revoked"], True)])
def test_run_that_is_over_hurries_nobody(reasons: list[str], bounded: bool) -> None:
    async def scenario() -> bool:
        listener = Listener(EVERYBODY, None)
        for reason in reasons:
            listener.end(reason)
        return listener._until is not None

    assert asyncio.run(scenario()) is bounded
