"""A kind says what its parts are, and no door takes others."""

import re
from collections.abc import Iterator
from typing import Any

import pytest

from contexts.models import Message
from dispatch import handlers, kinds
from dispatch.models import Run
from project import schemas
from project.schemas import BadSchema
from tests.deployment import Deployment, Server
from tests.dispatch.conversation import message
from tests.live import LivePerson, eventually
from tests.problem import problem

GOOD: dict[str, Any] = {"number": "2026-1", "lines": [{"text": "Tea", "amount": 2.5}]}
BAD: dict[str, Any] = {"number": "first", "lines": [{"text": "", "amount": -1, "tax": 3}, {"amount": "2"}]}
# A schema like that of `tests/invoices`, which is imported by the live server alone.
LINE: dict[str, Any] = {
    "type": "object",
    "properties": {"text": {"type": "string", "maxLength": 200}, "amount": {"type": "number", "minimum": 0}},
    "required": ["text", "amount"],
    "additionalProperties": False,
}
PART: dict[str, Any] = {
    "type": "object",
    "properties": {"data": {"properties": {"number": {"pattern": "^[0-9]{4}-[0-9]+$"}, "lines": {"items": LINE}}}},
}
ERRORS = [
    ("/parts/0/data/lines/0/amount", "minimum", "It has to be at least 0."),
    ("/parts/0/data/lines/0/tax", "additionalProperties", "There is no such field."),
    ("/parts/0/data/lines/0/text", "minLength", "It has to have at least 1 characters."),
    ("/parts/0/data/lines/1/amount", "type", "It has to be of type number."),
    ("/parts/0/data/lines/1/text", "required", "This field is required."),
    ("/parts/0/data/number", "pattern", "It has to match the pattern ^[0-9]{4}-[0-9]+$."),
]


@pytest.fixture(scope="module")
def server(deployment: Deployment) -> Server:
    return deployment.serve(EXTRA_APPS="tests.invoices")


@pytest.fixture
def invoices() -> Iterator[None]:
    """The kind `test.invoice` is declared, and no handler answers it."""
    kinds.declare("test.invoice", schema={"type": "array", "prefixItems": [PART], "minItems": 1})
    yield
    kinds.REGISTRY.remove("test.invoice")


def invoice(data):
    return [{"type": "data", "data": data}]


def violations(schema, value):
    return schemas.read(schema).violations(value)


def pointers(schema, value):
    return [one["pointer"] for one in violations(schema, value)]


def test_rest_refuses_parts_that_do_not_fit_and_tells_where(live_ada: LivePerson) -> None:
    answer = live_ada.say(live_ada.conversation(), "", kind="invoice", parts=invoice(BAD))

    told = answer.json()
    assert (answer.status_code, told["code"]) == (422, "invalid_parts")
    assert [(one["pointer"], one["code"], one["detail"]) for one in told["errors"]] == ERRORS


def test_a_socket_refuses_the_same_in_the_same_words(live_ada: LivePerson) -> None:
    conversation = live_ada.conversation()
    frame = {"op": "send", "conversation": conversation, "client_id": "1", "kind": "invoice", "parts": invoice(BAD)}

    with live_ada.socket() as socket:
        answer = socket.ask(frame)

    told = answer["problem"]
    assert (answer["type"], told["status"], told["code"]) == ("error", 422, "invalid_parts")
    assert [(one["pointer"], one["code"], one["detail"]) for one in told["errors"]] == ERRORS
    assert live_ada.messages(conversation) == []


def test_parts_that_fit_are_answered(live_bob: LivePerson) -> None:
    conversation = live_bob.conversation()

    live_bob.say(conversation, "", kind="invoice", parts=invoice(GOOD))
    live_bob.settled(conversation, 1)

    assert live_bob.messages(conversation)[-1]["text"] == "Booked 2026-1: 2.50 in all."


def test_a_failure_that_may_pass_is_tried_again(live_bob: LivePerson) -> None:
    conversation = live_bob.conversation()

    live_bob.say(conversation, "", kind="invoice", parts=invoice({**GOOD, "number": "0000-1"}))

    queued = eventually(lambda: [e["data"] for e in live_bob.events(conversation) if e["type"] == "run.queued"][1:], 30)
    assert queued[0]["reason"] == "retry"


@pytest.mark.django_db
@pytest.mark.usefixtures("invoices")
def test_what_does_not_fit_leaves_nothing(ada, conversation):
    path = f"/api/v1/conversations/{conversation.id}/messages/"

    refused = [
        ada.post(path, {"kind": "test.invoice", "parts": invoice(BAD)}),
        ada.post(path, {"kind": "test.invoice", "text": "an invoice"}),
    ]

    assert [problem(answer, 422, "invalid_parts")["errors"][-1]["pointer"] for answer in refused] == [
        "/parts/0/data/number",
        "/parts",
    ]
    assert (Message.objects.count(), Run.objects.count()) == (0, 0)


@pytest.mark.django_db
@pytest.mark.usefixtures("invoices")
def test_a_stranger_learns_nothing_of_a_schema_from_a_conversation(eve, conversation):
    answer = eve.post(
        f"/api/v1/conversations/{conversation.id}/messages/", {"kind": "test.invoice", "parts": invoice(BAD)}
    )

    problem(answer, 404, "not_found")


@pytest.mark.django_db
@pytest.mark.usefixtures("invoices")
def test_a_declared_kind_is_known_though_no_handler_answers_it(ada, conversation):
    path = f"/api/v1/conversations/{conversation.id}/messages/"

    taken = ada.post(path, {"kind": "test.invoice", "parts": invoice(GOOD)})
    unknown = ada.post(path, {"kind": "test.unknown", "parts": invoice(GOOD)})

    assert taken.status_code == 202
    assert "test.invoice" in problem(unknown, 422, "unknown_kind")["detail"]


def test_a_kind_is_declared_once_and_the_second_time_told_where():
    kinds.declare("test.once")
    try:
        with pytest.raises(ValueError, match=rf"'test.once' is registered already, in {re.escape(__file__)}:\d+"):
            kinds.declare("test.once")
    finally:
        kinds.REGISTRY.remove("test.once")


def test_a_kind_without_a_schema_takes_any_parts():
    kinds.declare("test.free")
    try:
        kinds.check("test.free", message("ada", "x").parts)
        kinds.check("test.free", ({"type": "data", "data": None},))
    finally:
        kinds.REGISTRY.remove("test.free")

    assert "test.free" not in [*kinds.known(), *handlers.kinds()]


@pytest.mark.parametrize(
    ("schema", "words"),
    [
        ({"type": "nope"}, r"\$.type"),
        ({"$ref": "https://example.com/schema"}, "leaves the schema"),
        ({"items": {"$ref": "other.json"}}, "leaves the schema"),
        ({"$ref": "#/$defs/nowhere"}, "leads nowhere"),
        ({"$ref": "#/elsewhere", "elsewhere": {"type": 3}}, "type"),
        ({"$ref": "#/elsewhere", "elsewhere": {"items": {"type": 3}}}, "type"),
        ({"$ref": "#/elsewhere", "elsewhere": {"$ref": "#/there"}, "there": {"type": 3}}, "type"),
        ({"items": {"properties": {"a": {"not": {"type": 3}}}}}, "type"),
        ({"$schema": "http://json-schema.org/draft-07/schema#"}, "2020-12"),
        ({"properties": {"a": {"$id": "https://example.com/a"}}}, "top of a schema"),
        ({"items": {"pattern": "(?=a)"}}, "RE2 does not take"),
        ({"properties": {"a": {"patternProperties": {"^a": {}}}}}, "propertyNames"),
        ({"const": float("nan")}, "JSON"),
        ({"const": object()}, "JSON"),
        (["type"], "object"),
    ],
)
def test_a_schema_that_cannot_be_used_is_refused_where_it_is_declared(schema, words):
    with pytest.raises(BadSchema, match=words):
        kinds.declare("test.bad", schema=schema)

    assert "test.bad" not in kinds.REGISTRY


def test_names_of_fields_are_no_keywords():
    schema = {"properties": {"$ref": {"type": "string"}, "pattern": {"const": "(?=a)"}}, "const": {"$ref": "x"}}

    assert violations(schema, {"$ref": "x"}) == []


def test_references_within_a_schema_are_followed():
    tree = {"$anchor": "tree", "type": "object", "additionalProperties": {"$ref": "#tree"}}

    assert pointers(tree, {"a": {"b": {}, "c": 3}}) == ["/a/c"]


def test_at_most_twenty_violations_are_told_by_place():
    assert pointers({"items": {"type": "string"}}, list(range(100))) == [f"/{number}" for number in range(20)]


def test_the_same_violations_come_in_the_same_order():
    sent = dict.fromkeys("qwertyuiopasdfg", 1)

    found = pointers({"additionalProperties": {"type": "string"}}, sent)

    assert found == [f"/{name}" for name in sorted(sent)]


@pytest.mark.parametrize(
    ("schema", "value", "fits"),
    [
        ({"uniqueItems": True}, [1, 1.0], False),
        ({"uniqueItems": True}, [1, True], True),
        ({"uniqueItems": True}, [{"a": 1, "b": [2]}, {"b": [2], "a": 1}], False),
        ({"uniqueItems": True}, [[0], [False]], True),
        ({"uniqueItems": True}, ["a", ["a"], {"a": "a"}], True),
        ({"pattern": "^a+$"}, "aaa", True),
        ({"pattern": "a"}, "bab", True),
        ({"pattern": "^a+$"}, "b", False),
        ({"required": ["a"]}, [], True),
        ({"properties": {"a": {}}, "additionalProperties": False}, {"a": 1}, True),
        ({"contains": {"type": "string"}}, [1, "a"], True),
        ({"items": {"type": "integer"}}, [1.0], True),
        ({"unevaluatedProperties": False, "properties": {"a": {}}}, {"b": 1}, False),
        ({"format": "date"}, "no date", True),
        ({"items": False}, [1], False),
        (({"properties": {"a": False}}), {"a": 1}, False),
    ],
)
def test_what_fits(schema, value, fits):
    assert (violations(schema, value) == []) is fits


@pytest.mark.parametrize(
    ("schema", "value"),
    [
        ({"items": {"type": "object"}}, [{}] * 200_000),
        ({"uniqueItems": True}, [[{"a": number} for number in range(30_000)] for _ in range(9)]),
        ({"unevaluatedItems": False}, [1] * 1000),
        ({"$ref": "#"}, []),
        ({"anyOf": [{"items": {"$ref": "#"}, "minItems": 2}] * 8}, [[[[[[[[[[]]]]]]]]]]),
    ],
)
def test_what_would_cost_too_much_is_refused(schema, value):
    (refused,) = violations(schema, value)  # without a bound it would be hours

    assert refused["code"] == "too_costly"


def test_a_bound_that_is_broken_is_told_though_the_rest_would_cost_too_much():
    schema = {"items": LINE, "maxItems": 500}

    (refused,) = violations(schema, [{"text": "Tea", "amount": 1}] * 50_000)

    assert (refused["code"], refused["detail"]) == ("maxItems", "There may be at most 500 items.")


def test_a_pattern_costs_what_the_text_is_long():
    assert violations({"pattern": "^(a+)+$"}, "a" * 100_000 + "!")[0]["code"] == "pattern"


def test_a_thousand_lines_are_no_cost():
    assert violations({"type": "array", "items": LINE}, [{"text": "Tea", "amount": 1}] * 1000) == []


def test_what_was_sent_is_not_said_again():
    long = "x" * 100_000

    (told,) = violations({"properties": {long: {"additionalProperties": {"type": "string"}}}}, {long: {long: [long]}})

    assert told == {"pointer": "", "code": "type", "detail": "It has to be of type string."}


def test_pointers_are_escaped():
    assert pointers({"additionalProperties": False}, {"a/b": 1, "~": 2}) == ["/a~1b", "/~0"]


def test_a_name_that_is_refused_is_told_as_a_name():
    (told,) = violations({"propertyNames": {"maxLength": 2}}, {"abc": 1})

    assert told["detail"] == "The name of a field: It may have at most 2 characters."
