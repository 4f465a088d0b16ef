"""What docs/dispatch.md says is what the code does."""

import json
import shutil
import subprocess
from pathlib import Path

import pytest

from contexts.models import Policy
from dispatch.comparisons import COMPARES
from dispatch.conditions import LOOKS
from dispatch.models import Audience, RoutePolicy, RunState
from tests.deployment import Deployment, deployed
from tests.docs.pages import ROOT, blocks, first_column
from tests.live import eventually
from tests.modes import once
from tests.people import PASSWORD, Person

pytestmark = once

PAGE = "docs/dispatch.md"


@pytest.mark.parametrize(
    ("heading", "words"),
    [
        ("Condition", LOOKS),
        ("Comparison", COMPARES),
        ("Audience", Audience.values),
        ("State", RunState.values),
    ],
)
def test_tables_of_the_page_are_whole(heading, words):
    assert sorted(first_column(PAGE, heading)) == sorted(words)


def test_policies_of_the_page_are_those_of_routes_and_of_conversations():
    text = (ROOT / PAGE).read_text()
    of_routes, of_conversations = text.split("| Policy |")[1:]

    assert [policy for policy in RoutePolicy.values if f"| `{policy}` |" not in of_routes] == []
    assert [policy for policy in Policy.values if f"| `{policy}` |" not in of_conversations] == []


def test_route_of_the_page_is_taken_and_explained_as_the_page_says(ada: Person):
    route, message, answer = (json.loads(block) for block in blocks(PAGE, "json"))

    made = ada.post("/api/v1/routes/", {"workspace": str(ada.workspace.id), **route})
    explained = ada.post("/api/v1/dispatch/explain", {"workspace": str(ada.workspace.id), **message})

    assert made.status_code == 201, made.content
    assert made.json() | route == made.json()
    assert made.json()["broken"] == []
    assert explained.status_code == 200, explained.content
    assert holds(explained.json(), answer), explained.json()


def test_handler_of_the_page_is_the_tested_one():
    assert blocks(PAGE, "python") == [(ROOT / "tests/counting/handlers.py").read_text()]


def test_handler_of_the_page_stops_when_it_is_told_to():
    with deployed("counting", EXTRA_APPS="tests.counting") as deployment:
        ada = deployment.serve().person("ada")
        conversation = ada.conversation()
        run = ada.say(conversation, "1000", kind="count").json()["run"]
        eventually(lambda: ada.http.get(f"/api/v1/runs/{run}/").json()["state"] == "running", 30)

        canceled = ada.http.post(f"/api/v1/runs/{run}/cancel", json={})
        ended = ada.settled(conversation, 1)

    assert canceled.status_code == 202, canceled.text
    assert ended[-1]["type"] == "run.canceled"


@pytest.mark.skipif(shutil.which("curl") is None, reason="needs curl")
def test_curl_session_of_the_page_works_as_pasted(deployment: Deployment, tmp_path: Path):
    server = deployment.serve()
    session = blocks(PAGE, "sh")[0].replace(":8000", f":{server.port}").replace("try-switchboard", PASSWORD)

    shell = shutil.which("bash") or "/bin/bash"
    done = subprocess.run([shell, "-c", session], capture_output=True, text=True, timeout=90, check=False)
    route, explained, run, canceled, again = answers(done.stdout)

    assert route["name"] == "Refunds"
    assert explained["route"]["name"] == "Refunds"
    assert explained["candidates"][0]["matched"] is True
    assert run["state"] == "completed"
    assert run["decision"]["audience"] == "sender"
    assert canceled["code"] == "run_finished"
    assert again["run"] != run["id"]


def holds(found, wanted) -> bool:
    """Whether `found` has all that `wanted` has, and perhaps more."""
    if isinstance(wanted, dict):
        return all(name in found and holds(found[name], value) for name, value in wanted.items())
    if isinstance(wanted, list):
        return len(found) == len(wanted) and all(map(holds, found, wanted))
    return bool(found == wanted)


def answers(printed: str) -> list[dict]:
    """The JSON documents that curl printed one after the other."""
    found, reader, rest = [], json.JSONDecoder(), printed.strip()
    while rest:
        document, end = reader.raw_decode(rest)
        found.append(document)
        rest = rest[end:].lstrip()
    return found
