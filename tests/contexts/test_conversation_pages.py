"""Pages of a list, by the conversations over REST."""

import base64

import pytest

from contexts.models import Conversation
from tests.problem import problem

CONVERSATIONS = "/api/v1/conversations/"
GARBAGE = [
    "x",
    "!!!",
    "\u00e9",
    base64.b64encode(b"p=not-an-id").decode(),
    base64.b64encode(b"p=7").decode(),
    base64.b64encode(b"o=-1").decode(),
    base64.b64encode(b"o=many").decode(),
    base64.b64encode(b"\xff\xfe").decode(),
    base64.b64encode(b"p=" + b"9" * 400).decode(),
]


def make(person, title):
    return person.post(CONVERSATIONS, {"workspace": str(person.workspace.id), "title": title})


def titles(page):
    return [row["title"] for row in page["results"]]


def test_pages_lead_forth_and_back(ada):
    for number in range(5):
        make(ada, title=str(number))

    first = ada.get(f"{CONVERSATIONS}?page_size=2").json()
    second = ada.get(first["next"]).json()
    third = ada.get(second["next"]).json()
    back = ada.get(third["previous"]).json()

    assert [titles(page) for page in (first, second, third, back)] == [["4", "3"], ["2", "1"], ["0"], ["2", "1"]]
    assert (first["previous"], third["next"]) == (None, None)


def test_what_is_made_meanwhile_moves_no_page(ada):
    for number in range(4):
        make(ada, title=str(number))
    first = ada.get(f"{CONVERSATIONS}?page_size=2").json()
    make(ada, title="new")

    second = ada.get(first["next"]).json()

    assert titles(second) == ["1", "0"]


def test_a_page_has_at_most_a_hundred_rows(ada):
    workspace = ada.workspace
    Conversation.objects.bulk_create([Conversation(workspace=workspace) for _ in range(101)])

    page = ada.get(f"{CONVERSATIONS}?page_size=5000").json()

    assert len(page["results"]) == 100
    assert page["next"] is not None


@pytest.mark.parametrize("cursor", GARBAGE)
@pytest.mark.parametrize("path", [CONVERSATIONS, "/api/v1/workspaces/"])
def test_a_cursor_that_is_none_is_refused(ada, path, cursor):
    refused = ada.client.get(path, {"cursor": cursor})

    problem(refused, 400, "malformed_cursor")
