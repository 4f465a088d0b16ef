"""kill -9 while experts are at work: each delegation ends once, its result is one message, its run has one end.

One kill meets an expert in this process, one over HTTP whose call is under way, one that is polled, one that calls
back, and people.
"""

import json
import time
from collections.abc import Iterator
from typing import Any, Final
from urllib.parse import urlsplit

import pytest

from tests.deployment import Deployment, Server, deployed
from tests.experts_app import far_side as far_sides
from tests.experts_app.far_side import SECRET, SKILLS, FarSide, completed, far_side
from tests.live import PATIENCE, LivePerson, eventually
from tests.outage.report import row
from tests.outage.scale import bound, pick

pytestmark = [pytest.mark.outage, pytest.mark.drill]

ROUNDS: Final = pick(10, 1)
TAKEN_UP: Final = 15  # seconds after its process died, and what the expert takes
ROWS: Final = """
from integrations import vault
from integrations.models import Expert
text = {"type": "object", "properties": {"text": {"type": "string"}}, "required": ["text"]}
skills = [{"name": "work", "input": text, "output": {}}]
for slug in ("sleeper", "counter", "blocker"):
    Expert.objects.create(slug=slug, name=slug, skills=skills, adapter="python", settings={"expert": slug})
Expert.objects.create(slug="desk", name="People", skills=skills, adapter="human", timeout=600)
Expert.objects.create(slug="far", name="Far", skills=%s, adapter="http", timeout=120,
    settings={"url": %r}, secret=vault.seal(%r))
"""
BY_HAND: Final = """
from dispatch import delegation_ends
from dispatch.delegation_models import Delegation
from integrations.contract import Result
for one in Delegation.objects.filter(slug="desk", state="working"):
    assert delegation_ends.arrive(delegation_ends.found(one.id), Result(None, "A person says so."))
"""


def _hang_once(way: Any, body: Any) -> None:
    """The call that the kill meets is never answered; the one after it is."""
    seen = [heard["delegation"] for heard in _tasks(way.far)].count(body["delegation"])
    far_sides.DOES["hang" if seen == 1 else "answer"](way, body)


@pytest.fixture(scope="module")
def far() -> Iterator[FarSide]:
    far_sides.DOES["hang_once"] = _hang_once
    with far_side() as made:
        yield made


@pytest.fixture(scope="module")
def installed(far: FarSide) -> Iterator[Deployment]:
    with deployed("killed", EXTRA_APPS="tests.experts_app", OUTGOING_ALLOW=far.allow) as deployment:
        said = deployment.manage("shell", "-v", "0", "-c", ROWS % (json.dumps(SKILLS), far.url, SECRET))
        assert not said, said
        yield deployment


@pytest.fixture(scope="module")
def server(installed: Deployment) -> Server:
    return installed.serve()


def ask(person: LivePerson, conversation: str, expert: str, **input: Any) -> str:
    data = {"text": "one two three", **input}
    body = {"kind": "text", "parts": [{"type": "data", "data": data}], "metadata": {"expert": expert}}
    taken = person.http.post(f"/api/v1/conversations/{conversation}/messages/", json=body)
    assert taken.status_code == 202, taken.text
    return str(taken.json()["run"])


def types(person: LivePerson, conversation: str) -> list[str]:
    return [event["type"] for event in person.events(conversation)]


def test_kill_in_the_midst_of_delegations_of_every_adapter_loses_and_doubles_nothing(
    live_ada: LivePerson, server: Server, installed: Deployment, far: FarSide
) -> None:
    slowest = max(_killed(live_ada, server, installed, far) for _ in range(ROUNDS))

    row("kill in delegation", kills=ROUNDS, delegations=5 * ROUNDS, slowest_s=slowest)
    assert slowest <= bound(TAKEN_UP + 5)


def _killed(person: LivePerson, server: Server, installed: Deployment, far: FarSide) -> float:
    """Seconds from the kill to the last end."""
    far.finished.clear()
    asked = {
        "sleeper": ask(person, talk := person.conversation(policy="parallel"), "sleeper", seconds=4),
        "call": ask(person, talk, "far", do="hang_once"),
        "poll": ask(person, talk, "far", do="poll"),
        "back": ask(person, talk, "far", do="wait"),
        "person": ask(person, talk, "desk"),
    }
    eventually(lambda: _all_at_work(person, talk, far, asked))
    server.kill()
    killed_at = time.monotonic()
    server.wait()
    far.finish()
    waiting = [body for body in _tasks(far) if body["input"]["do"] == "wait"][-1]
    path = urlsplit(waiting["callback"]).path
    answers = [far.call({**waiting, "callback": f"{server.url}{path}"}, completed(waiting))[0] for _ in range(2)]
    assert not installed.manage("shell", "-v", "0", "-c", BY_HAND)
    events = person.settled(talk, len(asked), 2 * PATIENCE)
    took = time.monotonic() - killed_at

    assert answers == [200, 409]
    _ended_once(person, talk, events, asked)
    return took


def _tasks(far: FarSide) -> list[dict[str, Any]]:
    """Without what is asked about the expert itself."""
    return [body for body in far.heard if "input" in body]


def _all_at_work(person: LivePerson, talk: str, far: FarSide, asked: dict[str, str]) -> bool:
    """A call says nothing until it is answered."""
    begun = {body["input"]["do"] for body in _tasks(far)}
    at_work = {event["run"] for event in person.events(talk) if event["type"] == "delegation.working"}
    return at_work == set(asked.values()) - {asked["call"]} and begun >= {"hang_once", "poll", "wait"}


def _ended_once(person: LivePerson, talk: str, events: list[dict[str, Any]], asked: dict[str, str]) -> None:
    assert [event["seq"] for event in events] == list(range(1, len(events) + 1))
    messages = person.messages(talk)
    for name, run in asked.items():
        ends = [event["type"] for event in events if event["run"] == run and event["type"].endswith(".completed")]
        whole = [(event["type"], event["data"].get("reason")) for event in events if event["run"] == run]
        assert sorted(ends) == ["delegation.completed", "message.completed", "run.completed"], (name, whole)
        assert [one["role"] for one in messages if one["run"] == run] == ["user", "expert"], name
        assert person.http.get(f"/api/v1/runs/{run}/").json()["state"] == "completed", name


def test_expert_that_blocks_its_loop_costs_nobody_but_its_own_run(live_ada: LivePerson) -> None:
    blocked, other = live_ada.conversation(), live_ada.conversation()
    failing = ask(live_ada, blocked, "blocker")
    eventually(lambda: live_ada.http.get(f"/api/v1/runs/{failing}/").json()["state"] == "waiting")
    ask(live_ada, other, "counter")

    events = live_ada.settled(other, 1)
    failed = live_ada.settled(blocked, 1)

    assert events[-1]["type"] == "run.completed"
    assert [
        (event["type"], event["data"].get("reason")) for event in failed if event["type"] == "delegation.failed"
    ] == [("delegation.failed", "timeout")]
    assert failed[-1]["type"] == "run.failed"
    assert live_ada.messages(blocked)[-1]["metadata"] == {"fallback": True, "reason": "expert_failed"}


def test_process_that_stops_loses_no_delegation(live_ada: LivePerson, installed: Deployment, server: Server) -> None:
    talk = live_ada.conversation()
    ask(live_ada, talk, "sleeper", seconds=4)
    eventually(lambda: "delegation.working" in types(live_ada, talk))
    began = time.monotonic()

    server.restart()
    events = live_ada.settled(talk, 1)

    found = [event["type"] for event in events]
    assert (found.count("delegation.completed"), found.count("run.completed")) == (1, 1)
    assert time.monotonic() - began < 120
