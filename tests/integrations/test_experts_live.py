"""What is done to an expert on one process holds for the next task on another."""

from typing import Any

import pytest

from tests.deployment import Deployment, Server
from tests.live import LivePerson, eventually

APPS = "tests.experts_app"
EXPERTS = "/api/v1/experts/"


@pytest.fixture(scope="module")
def server(deployment: Deployment) -> Server:
    return deployment.serve(EXTRA_APPS=APPS)


@pytest.fixture(scope="module")
def elsewhere(deployment: Deployment, server: Server) -> LivePerson:
    """bob, on another process with the same database."""
    return deployment.serve(EXTRA_APPS=APPS).person("bob")


def test_an_expert_changed_on_one_process_is_another_for_the_next_task_on_another(
    live_ada: LivePerson, elsewhere: LivePerson
) -> None:
    conversation = live_ada.conversation()
    workspace = live_ada.http.get("/api/v1/workspaces/").json()["results"][0]["id"]
    taken: list[str] = []

    def asked() -> str:
        """What bob is answered, or why not."""
        said = elsewhere.say(conversation, "three short words", metadata={"expert": "words"})
        if said.status_code >= 400:
            return str(said.json()["code"])
        taken.append("")
        events = elsewhere.settled(conversation, len(taken))
        ends = [event for event in events if event["type"] in ("delegation.completed", "delegation.rejected")]
        return str(ends[-1]["data"].get("reason") or elsewhere.messages(conversation)[-1]["text"])

    def change(**fields: Any) -> None:
        live_ada.http.patch(path, json=fields).raise_for_status()

    body = {"workspace": workspace, "slug": "words", "name": "Words", "skills": [{"name": "any"}]}
    path = f"{EXPERTS}{live_ada.http.post(EXPERTS, json=body).raise_for_status().json()['id']}/"
    planned = asked()
    change(adapter="python", settings={"expert": "counter"})
    there = asked()
    change(enabled=False)
    off = asked()
    change(enabled=True, settings={"expert": "asker"})
    elsewhere.say(conversation, "hello", metadata={"expert": "words"}).raise_for_status()
    question = eventually(lambda: of_type(elsewhere.events(conversation), "delegation.input_required"))

    assert (planned, there, off) == ("expert_planned", "There are 3 words.", "expert_disabled")
    assert question[0]["data"]["prompt"] == "Which colour?"


def of_type(events: list[dict[str, Any]], type: str) -> list[dict[str, Any]]:
    return [event for event in events if event["type"] == type]
