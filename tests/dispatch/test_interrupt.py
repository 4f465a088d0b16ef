"""A conversation whose policy is interrupt: the newest message alone is answered to the end."""

from pathlib import Path
from typing import Any

import pytest

from tests.deployment import Deployment, Server
from tests.dispatch.control import answers, begun, ended, said
from tests.dispatch.held import Held, say_at_once
from tests.live import FINAL, LivePerson, eventually


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("held")


@pytest.fixture(scope="module")
def servers(deployment: Deployment, folder: Path) -> list[Server]:
    apps = "tests.control_app,tests.held_app"
    return [deployment.serve(EXTRA_APPS=apps, HELD_FOLDER=str(folder)) for _ in range(2)]


@pytest.fixture(scope="module")
def server(servers: list[Server]) -> Server:
    return servers[0]


def finals(events: list[dict[str, Any]]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for event in events:
        if event["type"] in FINAL:
            found.setdefault(event["run"], []).append(event["type"])
    return found


@pytest.mark.parametrize("kind", ["test.talk", "test.talk_sync"])
def test_newer_message_supersedes_what_runs_and_what_waits(live_ada: LivePerson, kind: str) -> None:
    conversation, first = begun(live_ada, kind, conversation=live_ada.conversation(policy="interrupt"))

    second, third = (said(live_ada, conversation, "text", "hello") for _ in range(2))

    assert [ended(live_ada, run)["state"] for run in (first, second, third)] == [
        "superseded",
        "superseded",
        "completed",
    ]
    partial_answer, answer = answers(live_ada, conversation)
    assert partial_answer["text"].startswith("and ")
    assert partial_answer["metadata"] == {"partial": True, "reason": "superseded"}
    assert "partial" not in answer["metadata"]
    events = live_ada.events(conversation)
    started = next(event["seq"] for event in events if event["type"] == "run.started" and event["run"] == third)
    superseded = next(event["seq"] for event in events if event["type"] == "run.superseded" and event["run"] == first)
    assert superseded < started


@pytest.mark.parametrize("kind", ["test.held", "test.held_sync"])
def test_of_thirty_at_once_the_last_is_answered(
    servers: list[Server], live_ada: LivePerson, folder: Path, kind: str
) -> None:
    people = [live_ada, servers[1].person("bob")]
    conversation = live_ada.conversation(policy="interrupt")
    held = Held(folder, kind)

    taken = say_at_once(people, conversation, [f"{kind} message {n}" for n in range(30)], kind=kind)

    assert {answer.status_code for answer in taken} == {202}
    asked = [message for message in live_ada.messages(conversation) if message["role"] == "user"]
    assert len(asked) == 30
    eventually(lambda: asked[-1]["text"] in held.begun())
    held.let_go()
    assert ended(live_ada, asked[-1]["run"], 60)["state"] == "completed"
    ends = finals(live_ada.events(conversation))
    expected = {message["run"]: ["run.superseded"] for message in asked[:-1]} | {asked[-1]["run"]: ["run.completed"]}
    assert ends == expected
    whole = [message for message in answers(live_ada, conversation) if "partial" not in message["metadata"]]
    assert [message["reply_to"] for message in whole] == [asked[-1]["id"]]


def test_policy_set_later_holds_for_the_next_message(live_ada: LivePerson) -> None:
    conversation, first = begun(live_ada, "test.talk")
    assert (
        live_ada.http.patch(f"/api/v1/conversations/{conversation}/", json={"policy": "interrupt"}).status_code == 200
    )

    second = said(live_ada, conversation, "text", "hello")

    assert [ended(live_ada, run)["state"] for run in (first, second)] == ["superseded", "completed"]
