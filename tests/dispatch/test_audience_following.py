"""Following a conversation in which not all is for all: from the rows, from the mailbox, after a return."""

import asyncio
from typing import Any

import pytest
from django.db import transaction

from contexts.models import Conversation
from dispatch import conclusion, partials, runs
from dispatch.feeds import MAILBOX
from dispatch.handlers import Reply
from dispatch.outcomes import Outcome
from project import bus, log
from project.cursors import Cursor, Place
from tests.declared import declared
from tests.dispatch.answered import answered, claimed, concluded, routed
from tests.dispatch.hubs import following, in_thread, running
from tests.people import Person

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("one_reader")]

SECRET = "The secret is kept"
TOLD = ["message.received", "run.queued", "run.started"]


def told(events: list[dict[str, Any]]) -> list[str]:
    return [event["type"] for event in events if not event["type"].startswith("stream.")]


def test_log_is_read_from_its_rows_without_what_is_hidden(ada: Person, bob: Person, conversation: Conversation) -> None:
    answered(ada, conversation, "sender", SECRET)
    answered(ada, conversation, "sender", SECRET)

    async def scenario() -> list[list[str]]:
        async with running() as hub:
            seen = []
            for reader in (ada.user.reader, bob.user.reader):
                async with following(hub, conversation.stream, reader=reader) as client:
                    seen.append(told(await client.until("run.completed") + await client.until("run.completed")))
            return seen

    adas, bobs = asyncio.run(scenario())

    assert adas == 2 * [*TOLD, "message.completed", "run.completed"]
    assert bobs == 2 * [*TOLD, "run.completed"]


def test_hidden_events_at_the_end_of_a_page_leave_no_follower_behind(
    ada: Person, bob: Person, conversation: Conversation
) -> None:
    hide(conversation, 300)

    async def scenario() -> tuple[list[str], int]:
        async with running() as hub, following(hub, conversation.stream, reader=bob.user.reader) as client:
            await client.until("stream.ready")
            following_on = asyncio.ensure_future(client.next())
            await in_thread(answered, bob, conversation)
            first = await following_on
            return told([first, *await client.until("run.completed")]), first["seq"]

    assert asyncio.run(scenario()) == ([*TOLD, "message.completed", "run.completed"], 301)


def test_who_slept_through_more_than_a_mailbox_of_hidden_events_misses_nothing(
    bob: Person, conversation: Conversation
) -> None:
    async def scenario() -> list[int]:
        async with running() as hub, following(hub, conversation.stream, reader=bob.user.reader) as client:
            await client.until("stream.ready")
            following_on = asyncio.ensure_future(client.durable(5))
            await in_thread(hide, conversation, MAILBOX + 50)
            await in_thread(answered, bob, conversation)
            return await following_on

    assert asyncio.run(scenario()) == [MAILBOX + 50 + number for number in range(1, 6)]


def hide(conversation: Conversation, count: int) -> None:
    with declared("test.hidden"), transaction.atomic():
        for _ in range(count):
            log.append(conversation.stream, "test.hidden", {}, log.About(visible_to="staff"))


def test_answer_in_progress_grows_for_those_it_is_for(ada: Person, bob: Person, conversation: Conversation) -> None:
    """By notes, by the saved text and by the cache: each is a way in which a follower could learn of it."""
    claim = claimed(ada, conversation, "sender")
    runs.checkpoint(claim, SECRET[:5])
    partials.keep(claim.run, claim.attempt, SECRET[:9])

    async def scenario() -> list[list[dict[str, Any]]]:
        async with (
            running() as hub,
            following(hub, conversation.stream, reader=ada.user.reader) as adas,
            following(hub, conversation.stream, reader=bob.user.reader) as bobs,
        ):
            await adas.until("message.delta")
            await bobs.durable(3)
            waiting = asyncio.ensure_future(bobs.until("run.completed"))
            bus.heard_note(piece(claim, SECRET))
            grown = await adas.until("message.delta")
            await in_thread(concluded, claim, SECRET)
            return [grown + await adas.until("run.completed"), await waiting]

    adas, bobs = asyncio.run(scenario())

    assert told(adas) == ["message.delta", "message.completed", "run.completed"]
    assert SECRET.endswith(adas[0]["data"]["text"])
    assert told(bobs) == ["run.completed"]


def piece(claim: runs.Claim, text: str) -> bus.Note:
    ids = {"conversation": claim.conversation, "run": claim.run, "message": claim.reply}
    said = {"attempt": claim.attempt, "offset": 0, "text": text, "visible_to": claim.visible_to}
    return {name: str(id) for name, id in ids.items()} | said


@pytest.mark.parametrize("offset", [0, 5, 999])
def test_cursor_inside_an_answer_to_somebody_else_opens_nothing(
    ada: Person, bob: Person, conversation: Conversation, offset: int
) -> None:
    claim = claimed(ada, conversation, "sender")
    runs.checkpoint(claim, SECRET)
    head = log.head(conversation.stream)
    cursor = str(Cursor(head.epoch, head.seq, Place(claim.reply, claim.attempt, offset)))

    async def scenario() -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
        async with (
            running() as hub,
            following(hub, conversation.stream, cursor, ada.user.reader) as adas,
            following(hub, conversation.stream, cursor, bob.user.reader) as bobs,
        ):
            mine = await adas.until("message.delta")
            opened = await bobs.until("stream.ready")
            await in_thread(concluded, claim, SECRET)
            return mine, opened + await bobs.until("run.completed")

    adas, bobs = asyncio.run(scenario())

    assert adas[-1]["data"]["text"] == SECRET[offset if offset < len(SECRET) else 0 :]
    assert bobs[0]["data"]["resumed"]
    assert told(bobs) == ["run.completed"]


def test_answer_to_somebody_else_puts_off_no_heartbeat(ada: Person, bob: Person, conversation: Conversation) -> None:
    claim = claimed(ada, conversation, "sender")

    async def scenario() -> bool:
        async with running() as hub, following(hub, conversation.stream, reader=bob.user.reader) as client:
            await client.durable(3)
            client.follower.take()
            woken = asyncio.ensure_future(client.follower.wait(2.5))
            for end in range(1, len(SECRET)):
                bus.heard_note(piece(claim, SECRET[:end]))
                await asyncio.sleep(0.02)
            await in_thread(runs.checkpoint, claim, SECRET)
            return await woken

    assert not asyncio.run(scenario())


def test_reply_for_the_workspace_is_hinted_at_on_its_log_and_not_stored(
    ada: Person, bob: Person, conversation: Conversation
) -> None:
    workspace = f"workspace:{conversation.workspace_id}"
    before = log.head(workspace)
    routed(conversation, "workspace")

    async def scenario() -> dict[str, Any]:
        async with running() as hub, following(hub, workspace, reader=bob.user.reader) as client:
            await client.durable(before.seq)
            await in_thread(answered, ada, conversation)
            hint = await client.next()
            await in_thread(answered, ada, conversation, "conversation")  # for it alone: no hint
            await in_thread(answered, ada, conversation)
            assert (await client.next())["data"]["seq"] == 15
            return hint

    hint = asyncio.run(scenario())

    assert (hint["type"], hint["stream"], hint["id"], hint["seq"]) == ("head", workspace, None, None)
    assert hint["data"] == {"conversation": str(conversation.id), "seq": 5}
    assert log.head(workspace) == before


def test_silence_for_the_workspace_is_no_hint(ada: Person, conversation: Conversation) -> None:
    workspace = f"workspace:{conversation.workspace_id}"
    before = log.head(workspace)
    routed(conversation, "workspace")

    async def scenario() -> dict[str, Any]:
        async with running() as hub, following(hub, workspace, reader=ada.user.reader) as client:
            await client.durable(before.seq)
            claim = await in_thread(claimed, ada, conversation)
            silence = Outcome()
            await in_thread(conclusion.conclude, claim.run, claim.attempt, silence)
            claim = await in_thread(claimed, ada, conversation)
            said = Outcome(Reply("Hear"))
            await in_thread(conclusion.conclude, claim.run, claim.attempt, said)
            return await client.next()

    assert asyncio.run(scenario())["data"]["seq"] == 9
