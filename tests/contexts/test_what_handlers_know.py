"""What a handler is given holds nothing of elsewhere and nothing that not all may read, and is its own."""

from collections import Counter
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from tests.contexts.probing import API, answered, changed, context_of, probed
from tests.deployment import Deployment, Server
from tests.live import LivePerson, in_parallel
from tests.payloads import EICAR

SECRET = "zephyr"


@pytest.fixture(scope="module")
def server(deployment: Deployment) -> Server:
    apps = "tests.probing_app,tests.marked_app"
    return deployment.serve(EXTRA_APPS=apps, FILTERS="shape,secrets,injection,marked")


@pytest.fixture
def lab(live_ada: LivePerson) -> str:
    return live_ada.conversation(title="Plans", workspace=workspace_of(live_ada))


def workspace_of(person: LivePerson) -> str:
    there = person.http.get(f"{API}/workspaces/").json()["results"]
    return next(str(workspace["id"]) for workspace in there if workspace["name"] == "Lab")


@pytest.fixture
def attic(live_ada: LivePerson) -> Iterator[str]:
    """Another workspace of ada's, with a conversation that is full of a secret."""
    made = live_ada.http.post(f"{API}/workspaces/", json={"name": f"{SECRET} attic"}).json()["id"]
    body = {"workspace": made, "title": f"About the {SECRET}", "metadata": {"topic": SECRET}}
    talk = live_ada.http.post(f"{API}/conversations/", json=body).json()["id"]
    facts = [{"type": "data", "data": {"entity": ["ship", SECRET], "pin": [f"The {SECRET} sails"]}}]
    for number in range(3):
        answered(live_ada, talk, f"The {SECRET} number {number} is ours", kind="test.propose", parts=facts)
    changed(live_ada, talk, pin=[{"text": f"Mind the {SECRET}"}], metadata={SECRET: 1})
    live_ada.http.patch(f"{API}/me", json={"active_workspace": made}).raise_for_status()
    assert SECRET in str(context_of(live_ada, talk))
    yield made
    live_ada.http.patch(f"{API}/me", json={"active_workspace": None}).raise_for_status()


def test_nothing_of_one_workspace_is_known_in_another(
    live_ada: LivePerson, lab: str, attic: str, tmp_path: Path
) -> None:
    live_ada.say(lab, "What do you know?")

    known = probed(live_ada, lab, tmp_path)

    assert SECRET not in str(known)
    assert attic not in str(known)
    assert SECRET not in str(context_of(live_ada, lab, explain="1", about=f"Where is the {SECRET}?"))


def test_who_was_removed_loses_it_at_once(live_ada: LivePerson, live_eve: LivePerson, lab: str, tmp_path: Path) -> None:
    members = f"{API}/workspaces/{workspace_of(live_ada)}/members/"
    joined = live_ada.http.post(members, json={"username": "eve", "role": "editor"}).raise_for_status().json()
    live_eve.say(lab, "I was here")
    before = probed(live_eve, lab, tmp_path)["context"]["participants"]
    path = f"{API}/conversations/{lab}/context/"
    assert live_eve.http.get(path).status_code == 200

    live_ada.http.delete(f"{members}{joined['id']}/").raise_for_status()

    after = probed(live_ada, lab, tmp_path)["context"]["participants"]
    assert {person["username"] for person in before} - {person["username"] for person in after} == {"eve"}
    assert [live_eve.http.get(path).status_code, live_eve.http.patch(path, json={}).status_code] == [404, 404]


def test_an_answer_to_one_alone_is_known_to_no_answer_for_all(
    live_ada: LivePerson, live_bob: LivePerson, lab: str, tmp_path: Path
) -> None:
    answered(live_bob, lab, f"It is {SECRET}", kind="test.propose", metadata={"audience": "sender"})
    live_bob.say(lab, "Hello")

    public = probed(live_ada, lab, tmp_path)["context"]
    own = probed(live_bob, lab, tmp_path, metadata={"audience": "sender"})["context"]

    assert [view["role"] for view in public["messages"] if SECRET in view["text"]] == ["user"]
    assert [view["role"] for view in own["messages"] if SECRET in view["text"]] == ["user", "assistant"]
    shown = [context_of(live_bob, lab, audience=audience)["messages"] for audience in ("conversation", "sender")]
    assert [[view["role"] for view in views if SECRET in view["text"]] for views in shown] == [
        ["user"],
        ["user", "assistant"],
    ]


def test_what_was_blocked_or_is_held_is_never_known(live_ada: LivePerson, lab: str, tmp_path: Path) -> None:
    blocked = live_ada.say(lab, f"{SECRET} {EICAR}")
    held = live_ada.say(lab, f"{SECRET} HOLD ME")
    assert [blocked.status_code, held.status_code, held.json()["status"]] == [422, 202, "quarantined"]

    known = probed(live_ada, lab, tmp_path)

    assert SECRET not in str(known)
    looked = context_of(live_ada, lab, explain="1", audience="sender")
    assert SECRET not in str(looked)
    assert [(one["why"], one["count"]) for one in looked["explained"]["left_out"]] == [("held", 1)]


@pytest.mark.parametrize("policy", ["first", "all", "chain"])
def test_what_one_handler_does_to_what_it_is_given_reaches_no_other(
    live_ada: LivePerson, lab: str, tmp_path: Path, policy: str
) -> None:
    part = {"type": "data", "data": {"deep": [1]}}
    live_ada.say(lab, "Hello", parts=[part], metadata={"note": {"deep": 1}})
    changed(live_ada, lab, metadata={"deep": {"down": 1}}, pin=[{"text": "A note"}])
    handlers = ["probe_test", "spoil_test"] if policy == "chain" else ["spoil_test", "probe_test"]
    route = {"workspace": workspace_of(live_ada), "name": policy, "handlers": handlers, "policy": policy}
    made = live_ada.http.post(f"{API}/routes/", json={**route, "kind": "test.probe"}).raise_for_status().json()["id"]

    known: list[Any] = [probed(live_ada, lab, tmp_path, parts=[part]) for _ in range(2)]

    live_ada.http.delete(f"{API}/routes/{made}/").raise_for_status()
    assert "spoiled" not in str(known)
    replies = [message for message in live_ada.messages(lab) if message["text"] == "probed"]
    assert [message["metadata"] for message in replies] == [{"probed": True}] * len(replies)
    assert "deep" in str(known)


def test_what_many_change_at_once_is_all_there_and_no_more_than_fits(live_ada: LivePerson, lab: str) -> None:
    path = f"{API}/conversations/{lab}/"
    fact = [{"type": "data", "data": {"metadata": ["said", True]}}]

    def pin(number: int) -> int:
        body = {"pin": [{"text": f"Note {number}"}], "metadata": {f"field {number}": number}}
        return live_ada.http.patch(f"{path}context/", json=body).status_code

    def rename(number: int) -> int:
        return live_ada.http.patch(path, json={"title": f"Title {number}"}).status_code

    def say(number: int) -> int:
        return live_ada.say(lab, f"Hello {number}", kind="test.propose", parts=fact).status_code

    before = context_of(live_ada, lab)["version"]
    pins = in_parallel([*(partial(pin, number) for number in range(22)), partial(rename, 1), partial(say, 1)])[:22]
    live_ada.settled(lab, 1)

    known = context_of(live_ada, lab)
    assert Counter(pins) == {200: 20, 422: 2}
    assert len(known["pinned"]) == 20
    kept = {f"field {number}": number for number, status in enumerate(pins) if status == 200}
    assert known["metadata"] == kept | {"said": True}
    assert (known["title"], known["total"]) == ("Title 1", 2)
    told = [event["data"]["version"] for event in live_ada.events(lab) if event["type"] == "context.updated"]
    assert sorted(set(told)) == told
    assert before < told[0]
    assert told[-1] <= known["version"]
