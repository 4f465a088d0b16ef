"""What filters block comes in by no door: no handler is asked, no row is made, no context changes."""

from collections.abc import Iterator
from itertools import cycle
from typing import Any, Final

import pytest
from drf_spectacular.generators import SchemaGenerator

from contexts import conversations
from contexts.models import Conversation, Message
from dispatch import conclusion, runs
from dispatch.delegation_models import Delegation
from dispatch.handlers import Reply
from dispatch.models import Review, Run
from dispatch.outcomes import Outcome
from project.models import Event
from tests import admin_rows, contract
from tests.doors import API, DOORS, EXEMPT, Door, stored
from tests.modes import once
from tests.payloads import PAYLOADS as NAMED
from tests.people import Person, make_people

WORDS: Final = ("date", "date-time", "email", "uri", "uuid")
PAYLOADS: Final = list(NAMED.values())


def kept() -> Any:
    """All that a message or a changed label would change."""
    labels = Conversation.objects.values_list("id", "title", "metadata", "context_version", "message_count")
    rows = [model.objects.count() for model in (Message, Run, Review, Delegation)]
    return list(labels), rows, Event.objects.filter(stream__key__startswith="conversation:").count()


def refused_by(doors: list[Door], person: Person, conversation: Conversation) -> None:
    """Each payload stands in one of the places of a path, and the next one in the next."""
    before = kept()

    answers = {text: door.knock(person, conversation, text) for text, door in zip(PAYLOADS, cycle(doors), strict=False)}

    assert {text: answer for text, answer in answers.items() if answer != (422, "message_blocked")} == {}
    assert kept() == before


@pytest.mark.parametrize("path", sorted({door.path for door in DOORS if not door.threads}))
def test_no_path_lets_in_what_is_blocked(bob: Person, conversation: Conversation, path: str) -> None:
    stored(bob, conversation, "Something to be edited")
    admin_rows.asked(conversation, state="input_required", question={"prompt": "?", "schema": {}, "left": 60})

    refused_by([door for door in DOORS if door.path == path], bob, conversation)


@pytest.mark.django_db(transaction=True)
def test_no_socket_lets_in_what_is_blocked() -> None:
    ada = Person(make_people()["ada"])
    conversation = conversations.create(ada.user, ada.workspace.id, {"title": "Plans"})

    refused_by([door for door in DOORS if door.threads], ada, conversation)


def test_no_message_that_is_blocked_by_now_is_asked_again(
    bob: Person, conversation: Conversation, settings: Any
) -> None:
    known, settings.FILTERS = settings.FILTERS, ["shape"]
    settings.QUEUE_LIMIT = len(PAYLOADS)
    taken = [stored(bob, conversation, payload) for payload in PAYLOADS]
    Run.objects.update(state="completed")
    before, settings.FILTERS = kept(), known

    answers = [bob.post(f"{API}/messages/{message.id}/retry") for message in taken]

    assert {(answer.status_code, answer.json()["code"]) for answer in answers} == {(422, "message_blocked")}
    assert kept() == before


def test_no_handler_says_what_is_blocked(bob: Person, conversation: Conversation) -> None:
    for text, place in zip(PAYLOADS, cycle(["text", "parts", "metadata"]), strict=False):
        part = {"type": "text", "text": text}
        held: dict[str, Any] = {"text": text, "parts": (part,), "metadata": {"note": text}}
        reply = Reply(**{"text": "Well", place: held[place]})
        claim = runs.claim(Run.objects.get(message=stored(bob, conversation, "Hello")).id, "here")
        assert claim
        assert conclusion.conclude(claim.run, claim.attempt, Outcome(reply))

    replies = Message.objects.filter(role="assistant")
    assert {message.metadata.get("reason") for message in replies} == {"answer_refused"}
    assert len(replies) == len(PAYLOADS)


@once
def test_every_operation_that_takes_text_is_a_door_or_says_why_not() -> None:
    doors = {door.covers for door in DOORS}

    unknown = [where for where in (*_of_openapi(), *_of_asyncapi()) if where not in doors and not _exempt(*where)]

    assert unknown == []


def _exempt(operation: str, field: str) -> bool:
    return any(operation.startswith(known) and name in ("", field) for known, name in EXEMPT)


def _of_openapi() -> Iterator[tuple[str, str]]:
    document: Any = SchemaGenerator().get_schema(request=None, public=True)
    schemas = document["components"]["schemas"]
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            for content in operation.get("requestBody", {}).get("content", {}).values():
                fields = _resolved(content["schema"], schemas).get("properties", {})
                yield from ((f"{method} {path}", name) for name, shape in fields.items() if _free(shape, schemas))


def _of_asyncapi() -> Iterator[tuple[str, str]]:
    components = contract.document()["components"]
    for name, message in components["messages"].items():
        if name.startswith("client."):
            fields = _resolved(message["payload"], components["schemas"])["properties"]
            yield from ((name, field) for field, shape in fields.items() if _free(shape, components["schemas"]))


def _resolved(shape: Any, schemas: Any) -> Any:
    if "$ref" in shape:
        return _resolved(schemas[shape["$ref"].rpartition("/")[2]], schemas)
    merged = dict(shape)
    for inner in shape.get("allOf", []):
        merged = {**_resolved(inner, schemas), **merged}
    return merged


def _free(shape: Any, schemas: Any) -> bool:
    """Whether any text can stand in it: a string of no closed list and no form, or JSON of any kind."""
    shape = _resolved(shape, schemas)
    if {"enum", "const", "format", "pattern"} & set(shape) or set(shape) == {"description"}:
        return "format" in shape and shape["format"] not in WORDS and "enum" not in shape
    if choices := shape.get("oneOf") or shape.get("anyOf"):
        return any(_free(choice, schemas) for choice in choices)
    types = shape.get("type", "any")
    types = {types} if isinstance(types, str) else set(types)
    if "array" in types:
        return _free(shape.get("items", {}), schemas)
    if "object" in types and shape.get("properties"):
        return any(_free(inner, schemas) for inner in shape["properties"].values())
    return bool(types & {"string", "object", "any"})
