"""Cursors that cannot be honoured: each is told why, by every door, and the stream goes on from the head."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import pytest

from tests.deployment import Deployment, Server
from tests.dispatch import wire
from tests.dispatch.reach import TRANSPORTS, Followed
from tests.live import LivePerson, Stream

PRUNED = 5  # the first message's events are gone, the second's are there
PLACE = "~00000000-0000-7000-8000-000000000000.1.3"
GARBAGE = ["x", "7", "7-", "-7-1", "7-1~x.1.1", "7-1~" + "f" * 36 + ".1.1", "9" * 30 + "-1", "7-1 ", "\u0667-\u0661"]


@dataclass(frozen=True)
class Talk:
    """A conversation with two answered messages, `events` as they were before anything was done to its log."""

    id: str
    runs: list[str]
    events: list[dict[str, Any]]

    @property
    def epoch(self) -> int:
        return int(self.events[0]["id"].partition("-")[0])


@dataclass(frozen=True)
class Scene:
    whole: Talk
    pruned: Talk
    rebuilt: Talk
    eves: Talk


def talk(person: LivePerson) -> Talk:
    conversation = person.conversation()
    runs = []
    for number in range(2):
        runs.append(person.say(conversation, f"number {number}").json()["run"])
        person.settled(conversation, number + 1)
    return Talk(conversation, runs, person.events(conversation))


@pytest.fixture(scope="module")
def scene(deployment: Deployment, server: Server, live_ada: LivePerson, live_eve: LivePerson) -> Scene:
    made = Scene(*(talk(person) for person in (live_ada, live_ada, live_ada, live_eve)))
    done = deployment.manage(
        "shell",
        "-c",
        "from project.models import Event, Stream;"
        f"Event.objects.filter(stream='conversation:{made.pruned.id}', seq__lte={PRUNED}).delete();"
        f"Stream.objects.filter(key='conversation:{made.rebuilt.id}').update(epoch={made.rebuilt.epoch + 1})",
    )
    assert "Error" not in done, done
    return made


CURSORS: dict[str, tuple[str, Callable[[Scene], tuple[Talk, str]]]] = {
    "unknown": ("epoch", lambda scene: (scene.whole, "1-1")),
    "of another conversation": ("epoch", lambda scene: (scene.whole, scene.pruned.events[1]["id"])),
    "of a stranger's conversation": ("epoch", lambda scene: (scene.whole, scene.eves.events[1]["id"])),
    "in mid-answer elsewhere": ("epoch", lambda scene: (scene.whole, scene.eves.events[1]["id"] + PLACE)),
    "of the log before it was rebuilt": ("epoch", lambda scene: (scene.rebuilt, scene.rebuilt.events[1]["id"])),
    "one ahead": ("future", lambda scene: (scene.whole, f"{scene.whole.epoch}-1000")),
    "far ahead": ("future", lambda scene: (scene.whole, f"{scene.whole.epoch}-{'9' * 18}")),
    "ahead in mid-answer": ("future", lambda scene: (scene.whole, f"{scene.whole.epoch}-1000{PLACE}")),
    "at what is pruned": ("pruned", lambda scene: (scene.pruned, scene.pruned.events[0]["id"])),
    "at the beginning of what is pruned": ("pruned", lambda scene: (scene.pruned, f"{scene.pruned.epoch}-0")),
    "last of what is pruned but one": ("pruned", lambda scene: (scene.pruned, scene.pruned.events[PRUNED - 2]["id"])),
}


@pytest.fixture(params=CURSORS)
def refused(request: pytest.FixtureRequest, scene: Scene) -> tuple[Talk, str, str]:
    """A conversation, a cursor that cannot be honoured there, and why."""
    reason, choose = CURSORS[request.param]
    return (*choose(scene), reason)


@pytest.fixture(params=TRANSPORTS, ids=["sse", "socket"])
def followed(request: pytest.FixtureRequest) -> Followed:
    return request.param


@contextmanager
def run_followed(person: LivePerson, run: str, after: str | None = None) -> Iterator[Stream]:
    headers = {"Accept": "text/event-stream", **({"Last-Event-ID": after} if after else {})}
    with person.http.stream("GET", f"/api/v1/runs/{run}/events/", headers=headers) as response:
        assert response.status_code == 200, response.read()
        yield Stream(response)


def test_cursor_is_reset_with_its_reason_and_the_stream_goes_on(
    live_ada: LivePerson, followed: Followed, refused: tuple[Talk, str, str]
) -> None:
    conversation, cursor, reason = refused
    known = live_ada.events(conversation.id)
    head = known[-1]["id"]

    with followed(live_ada, conversation.id, cursor) as client:
        ready, reset = client.until("stream.reset")
        live_ada.say(conversation.id, "Go on.")
        news = wire.durable(client.until("run.completed"))

    assert (ready["type"], ready["id"], ready["data"]) == ("stream.ready", None, {"resumed": False, "head": head})
    assert (reset["id"], reset["data"]) == (head, {"reason": reason, "head": head})
    assert known + news == live_ada.events(conversation.id)
    assert len(news) == 5


def test_run_that_is_over_resets_a_cursor_and_ends(live_ada: LivePerson, refused: tuple[Talk, str, str]) -> None:
    conversation, cursor, reason = refused
    head = live_ada.events(conversation.id)[-1]["id"]

    with run_followed(live_ada, conversation.runs[1], cursor) as client:
        frames = [frame["data"] for frame in client.frames()]
    again = live_ada.http.get(
        f"/api/v1/runs/{conversation.runs[1]}/events/",
        headers={"Accept": "text/event-stream", "Last-Event-ID": frames[1]["id"]},
    )

    assert [frame["type"] for frame in frames] == ["stream.ready", "stream.reset", "stream.end"]
    assert (frames[1]["id"], frames[1]["data"]) == (head, {"reason": reason, "head": head})
    assert frames[2]["data"] == {"reason": "finished"}
    assert again.status_code == 204


def test_pages_of_the_log_refuse_the_cursor(live_ada: LivePerson, refused: tuple[Talk, str, str]) -> None:
    conversation, cursor, _ = refused

    for path in (wire.path(conversation.id), f"/api/v1/runs/{conversation.runs[1]}/events/"):
        answer = live_ada.http.get(path, params={"after": cursor})
        assert (answer.status_code, answer.json()["code"]) == (409, "cursor_not_honoured")


@pytest.mark.parametrize("garbage", GARBAGE)
def test_garbage_is_refused_before_the_stream(live_ada: LivePerson, scene: Scene, garbage: str) -> None:
    for path in (wire.path(scene.whole.id), f"/api/v1/runs/{scene.whole.runs[0]}/events/"):
        for accept in ("text/event-stream", "application/json"):
            answer = live_ada.http.get(path, params={"after": garbage}, headers={"Accept": accept})
            assert (answer.status_code, answer.json()["code"]) == (400, "malformed_cursor")
    with live_ada.socket() as socket:
        told = socket.ask({"op": "subscribe", "stream": f"conversation:{scene.whole.id}", "after": garbage})
        assert told["problem"]["code"] == "malformed_cursor"
        assert socket.pushed == []


def test_what_is_kept_of_a_pruned_log_is_read_without_a_cursor_and_from_its_edge(
    live_ada: LivePerson, followed: Followed, scene: Scene
) -> None:
    kept = live_ada.events(scene.pruned.id)
    edge = scene.pruned.events[PRUNED - 1]["id"]

    seen = []
    for cursor in (None, edge):
        with followed(live_ada, scene.pruned.id, cursor) as client:
            seen.append(client.until("run.completed"))

    assert kept[0]["seq"] == PRUNED + 1
    assert [frames[0]["data"]["resumed"] for frames in seen] == [False, True]
    assert [wire.durable(frames) for frames in seen] == [kept[:5]] * 2


def test_run_whose_events_are_gone_has_no_content(live_ada: LivePerson, scene: Scene) -> None:
    path = f"/api/v1/runs/{scene.pruned.runs[0]}/events/"

    stream = live_ada.http.get(path, headers={"Accept": "text/event-stream"})
    pages = live_ada.http.get(path)

    assert (stream.status_code, stream.content) == (204, b"")
    assert pages.json()["results"] == []
