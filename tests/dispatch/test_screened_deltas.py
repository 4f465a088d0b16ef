"""What followers see of an answer while it is given: no secret in any delta, and at the end what filters let stand."""

import asyncio
import threading
from collections.abc import Awaitable, Callable, Iterator
from typing import Any, Final
from uuid import UUID

import pytest

from contexts.context import Context, MessageView
from contexts.models import Conversation, Message
from dispatch import attempts, dispatcher, fallbacks, handlers, partials, stopping
from dispatch.handlers import Reply
from dispatch.intake import receive
from dispatch.models import Run, RunState
from dispatch.submissions import parse
from dispatch.turns import Turn
from security import chain, screening
from security.material import Stage
from security.screening import Action, Finding
from security.screening_models import Rule
from tests.dispatch.hubs import Following, following, in_thread, running, until
from tests.people import Person
from tests.security import secret_forms

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("one_reader")]

KEY = secret_forms.KEYS["github"]()
MASK = "[secret: GitHub token]"
released = threading.Event()


@screening.register("test_whole")
def whole(material: Any) -> Iterator[Finding]:
    """Sees of an answer only the whole."""
    place = material.whole.find("swordfish")
    if place >= 0 and material.stage == Stage.ANSWER:
        yield Finding("word", (place, place + 9), "high", action=Action.REDACT, mask="[word]")
    if "refuse" in material.whole and material.stage == Stage.ANSWER:
        yield Finding("refuse", (0, 1), "high", action=Action.BLOCK)


@screening.register("test_stretch", stages=Stage)
def stretch(material: Any) -> Iterator[Finding]:
    place = material.whole.find("FORBIDDEN")
    if place >= 0:
        yield Finding("forbidden", (place, place + 9), "high", action=Action.BLOCK)


@screening.register("test_hanging_stretch", stages=[Stage.DELTA])
def hanging(material: Any) -> list[Finding]:
    if "hang" in material.whole:
        released.wait(60)
    return []


class Speaker:
    """A handler that says piece after piece, each when it is told to."""

    def __init__(self) -> None:
        self.cooperative = False
        self.pieces: asyncio.Queue[str | Exception | None] = asyncio.Queue()

    async def answer(self, turn: Turn) -> Reply:
        try:
            return await self._answer(turn)
        except asyncio.CancelledError:
            if self.cooperative:
                return Reply()
            raise

    async def _answer(self, turn: Turn) -> Reply:
        while (piece := await self.pieces.get()) is not None:
            if isinstance(piece, Exception):
                raise piece
            turn.say(piece)
        return Reply()


class Scene:
    """A client that follows, and a speaker that answers it, on one loop."""

    def __init__(self, client: Following, speaker: Speaker, run: UUID, answering: "asyncio.Task[None]") -> None:
        self.client, self.speaker, self.run, self.answering = client, speaker, run, answering
        self.copy, self.attempt = "", 0
        self.shown: list[str] = []
        self.events: list[dict[str, Any]] = []

    def say(self, *pieces: str) -> None:
        for piece in pieces:
            self.speaker.pieces.put_nowait(piece)

    async def hear(self, true: Callable[[], bool]) -> None:
        while not true():
            event = await self.client.next()
            self.events.append(event)
            if event["type"] == "message.delta":
                data = event["data"]
                assert data["offset"] <= len(self.copy)
                self.copy, self.attempt = self.copy[: data["offset"]] + data["text"], data["attempt"]
                self.shown.append(self.copy)

    async def shows(self, text: str) -> None:
        """But for blanks at its end: the last grapheme waits for the next."""
        await self.hear(lambda: self.copy.rstrip() == text.rstrip())

    async def stays(self, text: str) -> None:
        """Nothing more is shown, or saved, in the time of several notes. A busy cache may have nothing."""
        await asyncio.sleep(0.3)
        [known] = await in_thread(lambda: partials.filled([Run.objects.get(id=self.run)]))
        assert self.copy.rstrip() == text.rstrip()
        assert known.partial.rstrip() in ("", text.rstrip())

    async def stop(self) -> None:
        """Asked to by a person, and seen at once by the process that works on it."""
        await in_thread(stopping.stop, self.run, RunState.CANCELED, {"kind": "staff", "id": "1"})
        await in_thread(attempts.look)
        await self.answering

    async def end(self) -> str:
        self.speaker.pieces.put_nowait(None)
        await self.answering
        await self.hear(lambda: bool(self.events) and self.events[-1]["type"].startswith(OVER))
        return next((e["data"]["message"]["text"] for e in self.events if e["type"] == "message.completed"), "")


OVER = ("run.completed", "run.failed", "run.dead", "run.canceled")
Play = Callable[[Callable[[Scene], Awaitable[Any]]], Any]


@pytest.fixture
def play(ada: Person, conversation: Conversation) -> Iterator[Play]:
    speaking = Relay()

    @handlers.register("test.speaking")
    async def speaking_test(message: MessageView, context: Context, turn: Turn) -> Reply:
        return await speaking.speaker.answer(turn)

    def played(scenario: Callable[[Scene], Awaitable[Any]]) -> Any:
        run = receive(parse({"text": "hi", "kind": "test.speaking"}, None), ada.identity, conversation.id).run
        return asyncio.run(_played(run, conversation.stream, speaking, scenario))

    yield played
    handlers.unregister("speaking_test")


class Relay:
    """Stays registered while speakers come and go with their loops."""

    speaker: Speaker


async def _played(run: UUID, stream: str, relay: Relay, scenario: Callable[[Scene], Awaitable[Any]]) -> Any:
    async with running() as hub, following(hub, stream) as client:
        relay.speaker = Speaker()
        answering = asyncio.create_task(dispatcher.process(run, "test"))
        scene = Scene(client, relay.speaker, run, answering)
        try:
            await scene.hear(lambda: any(event["type"] == "run.started" for event in scene.events))
            return await scenario(scene)
        finally:
            relay.speaker.pieces.put_nowait(None)
            await answering


def test_a_secret_that_is_said_letter_by_letter_is_in_no_delta(play: Play) -> None:
    async def scenario(scene: Scene) -> tuple[str, list[str]]:
        scene.say("Take ")
        await scene.shows("Take ")
        for letter in KEY:
            scene.say(letter)
            await asyncio.sleep(0.02)
        await scene.stays("Take ")
        scene.say(" and go.")
        await scene.shows(f"Take {MASK} and go")
        return await scene.end(), scene.shown

    final, shown = play(scenario)

    assert final == f"Take {MASK} and go."
    assert not any(KEY[4:8] in text for text in shown)
    message = Message.objects.get(role="assistant")
    assert (message.original or {})["text"] == f"Take {KEY} and go."


def test_prose_is_shown_at_once(play: Play) -> None:
    async def scenario(scene: Scene) -> None:
        scene.say("Let us see wha")
        await scene.shows("Let us see wh")  # the last letter may still get an accent
        await scene.end()

    play(scenario)


def test_no_more_than_128_characters_are_held(play: Play) -> None:
    async def scenario(scene: Scene) -> list[str]:
        scene.say("a" * 1000)
        await scene.hear(lambda: len(scene.copy) >= 1000 - 128)
        assert len(scene.copy) < 1000 - 12
        scene.say("  ")
        await scene.hear(lambda: len(scene.copy) > 1000)
        await scene.end()
        return [event["type"] for event in scene.events]

    types = play(scenario)

    assert types.index("message.completed") > types.index("message.delta")


def test_what_the_whole_answer_may_not_say_is_replaced(play: Play, settings: Any) -> None:
    settings.FILTERS = ["shape", "test_whole"]

    async def scenario(scene: Scene) -> tuple[str, Scene]:
        scene.say("The word is swordfish, dear.")
        await scene.shows("The word is swordfish, dear")
        return await scene.end(), scene

    final, scene = play(scenario)

    assert final == scene.copy == "The word is [word], dear."
    last = [event for event in scene.events if event["type"] in ("message.delta", "message.completed")][-2:]
    assert [event["type"] for event in last] == ["message.delta", "message.completed"]
    assert (last[0]["data"]["attempt"], last[0]["data"]["offset"]) == (2, 0)


def test_what_is_refused_as_a_whole_gives_way_to_the_fallback(play: Play, settings: Any) -> None:
    settings.FILTERS = ["shape", "test_whole"]

    async def scenario(scene: Scene) -> tuple[str, Scene]:
        scene.say("Please refuse this.")
        await scene.shows("Please refuse this")
        return await scene.end(), scene

    final, scene = play(scenario)

    assert final == scene.copy == fallbacks.FALLBACK["answer_refused"]
    assert scene.attempt == 2


def test_nothing_is_shown_from_what_refuses_on(play: Play, settings: Any) -> None:
    settings.FILTERS = ["shape", "test_stretch"]

    async def scenario(scene: Scene) -> str:
        scene.say("It is FORBIDDEN to say ")
        await scene.shows("It is ")
        scene.say("more of it. ")
        await scene.stays("It is ")
        return await scene.end()

    assert play(scenario) == fallbacks.FALLBACK["answer_refused"]


def test_a_filter_that_hangs_shows_nothing_more_and_the_end_decides(play: Play, settings: Any) -> None:
    settings.FILTERS, settings.SCREENING_SECONDS = ["shape", "test_hanging_stretch"], 0.02

    async def scenario(scene: Scene) -> str:
        scene.say("Well, now. ")
        await scene.shows("Well, now. ")
        scene.say("Do hang on. ")
        await until(lambda: chain.hung() == 1)
        await scene.stays("Well, now. ")
        return await scene.end()

    try:
        assert play(scenario) == "Well, now. Do hang on. "
    finally:
        released.set()


def test_who_joins_meanwhile_sees_what_the_others_see(play: Play, conversation: Conversation) -> None:
    async def scenario(scene: Scene) -> str:
        scene.say(f"Take {KEY} and ")
        await scene.shows(f"Take {MASK} and ")
        async with running() as hub, following(hub, conversation.stream) as late:
            [*_, delta] = await late.until("message.delta")
        await scene.end()
        return str(delta["data"]["text"])

    assert play(scenario) == f"Take {MASK} and"


def test_a_stopped_answer_keeps_what_was_screened(play: Play) -> None:
    async def scenario(scene: Scene) -> None:
        scene.say(f"Take {KEY} and ")
        await scene.shows(f"Take {MASK} and ")
        await scene.stop()
        await scene.end()

    play(scenario)

    message = Message.objects.get(role="assistant")
    assert message.text.rstrip() == f"Take {MASK} and"


CUT: Final = KEY[: len(KEY) - 1]  # too short to be found


@pytest.mark.parametrize("cooperative", [False, True])
def test_a_stop_amid_a_secret_neither_shows_nor_keeps_its_beginning(play: Play, cooperative: bool) -> None:
    async def scenario(scene: Scene) -> list[str]:
        scene.speaker.cooperative = cooperative
        scene.say(f"Take {CUT}")
        await scene.shows("Take ")
        await scene.stop()
        await scene.end()
        return scene.shown

    shown = play(scenario)

    assert shown[-1].rstrip() == Message.objects.get(role="assistant").text.rstrip() == "Take"


def test_a_failure_amid_a_secret_does_not_show_its_beginning(play: Play) -> None:
    async def scenario(scene: Scene) -> list[str]:
        scene.say(f"Take {CUT}")
        await scene.shows("Take ")
        scene.speaker.pieces.put_nowait(RuntimeError("broken"))
        await scene.end()
        return scene.shown

    assert [text.rstrip() for text in play(scenario)] == ["Take"]


def test_what_filters_refuse_of_a_stopped_answer_is_taken_from_the_screen(play: Play, settings: Any) -> None:
    settings.FILTERS = ["shape", "test_whole"]

    async def scenario(scene: Scene) -> Scene:
        scene.say("Please refuse this. ")
        await scene.shows("Please refuse this.")
        await scene.stop()
        await scene.end()
        return scene

    scene = play(scenario)

    assert (scene.copy, scene.attempt) == ("", 2)
    assert [event["type"] for event in scene.events][-2:] == ["message.delta", "run.canceled"]
    assert not Message.objects.filter(role="assistant").exists()


def test_a_second_attempt_is_screened_like_the_first(play: Play) -> None:
    async def scenario(scene: Scene) -> Scene:
        scene.say("First. ")
        await scene.shows("First. ")
        scene.speaker.pieces.put_nowait(handlers.Retryable("again", after=0))
        await scene.answering
        scene.answering = asyncio.create_task(again(scene.run))
        await scene.hear(lambda: scene.events[-1]["type"] == "run.started")
        scene.say(f"Take {KEY} now. ")
        await scene.shows(f"Take {MASK} now. ")
        await scene.end()
        return scene

    scene = play(scenario)

    assert scene.attempt == 2
    assert not any(KEY in text for text in scene.shown)


async def again(run: UUID) -> None:
    await in_thread(lambda: Run.objects.filter(id=run).update(due_at=Run.objects.get(id=run).queued_at))
    await dispatcher.process(run, "test")


def test_personal_data_is_masked_where_settings_say_so(play: Play, settings: Any) -> None:
    settings.PERSONAL_ACTION = "redact"

    async def scenario(scene: Scene) -> tuple[str, list[str]]:
        for letter in "Write to ada@lovelace.net or pay with 4111 1111 1111 1111 today. ":
            scene.say(letter)
            await asyncio.sleep(0.01)
        await scene.shows("Write to [e-mail address] or pay with [card number]")  # the last word waits for its end
        return await scene.end(), scene.shown

    final, shown = play(scenario)

    assert final == "Write to [e-mail address] or pay with [card number] today. "
    assert not any("ada" in text or "4111" in text for text in shown)


@pytest.mark.parametrize(
    ("action", "shown", "final"),
    [
        ("redact", "The word is [removed], my", "The word is [removed], my dear."),
        ("block", "The word is", fallbacks.FALLBACK["answer_refused"]),
        ("flag", "The word is swordfish, my de", "The word is swordfish, my dear."),
    ],
)
def test_rules_of_staff_hold_while_it_is_said(play: Play, action: str, shown: str, final: str) -> None:
    Rule.objects.create(name="word", expression="swordfish", action=action, mode="enforce", severity="low")

    async def scenario(scene: Scene) -> str:
        for letter in "The word is swordfish, my dea":
            scene.say(letter)
            await asyncio.sleep(0.02)
        await scene.shows(shown)
        scene.say("r.")
        return await scene.end()

    assert play(scenario) == final
