"""What the conditions of a route look at, and what is said of those that are wrong."""

from uuid import uuid4

import pytest

from dispatch import conditions
from dispatch.asked import Asked
from tests import admin_rows
from tests.problem import problem

ROUTES = "/api/v1/routes/"
EXPLAIN = "/api/v1/dispatch/explain"
HELLO = {"kind": "text", "text": "hello"}
GOLD = {"customer": {"tier": "gold", "orders": 7, "vip": True, "note": None}}


def looked_at(person, wanted, said, sender=None):
    """Whether a route with these conditions takes a message, and what each of them found."""
    made = person.post(ROUTES, {"workspace": str(person.workspace.id), "name": "r", "conditions": wanted} | ASKS)
    assert made.status_code == 201, made.json()
    body = {"workspace": str(person.workspace.id), **said, **({"as": sender} if sender else {})}
    [candidate] = person.post(EXPLAIN, body).json()["candidates"]
    return candidate["matched"], [condition["found"] for condition in candidate["conditions"]]


ASKS = {"handlers": ["offline_responder"]}


@pytest.mark.parametrize(
    ("conditions", "said", "matched"),
    [
        ({}, HELLO, True),
        ({"kind": ["text"]}, HELLO, True),
        ({"kind": ["action"]}, HELLO, False),
        ({"kind": ["action", "text"]}, HELLO, True),
        ({"text": "ell"}, HELLO, True),
        ({"text": "^ell"}, HELLO, False),
        ({"text": "(?i)INVOICE"}, {"text": "my invoice"}, True),
        ({"text": "invoice"}, {"parts": [{"type": "text", "text": "an invoice"}]}, True),
        ({"text": "invoice"}, {"text": "x", "parts": [{"type": "data", "data": {"of": "invoice"}}]}, False),
        ({"text": "hello", "kind": ["action"]}, HELLO, False),
        ({"metadata": [{"key": "customer.tier", "op": "equals", "value": "gold"}]}, HELLO | {"metadata": GOLD}, True),
        ({"metadata": [{"key": "customer.tier", "op": "equals", "value": "Gold"}]}, HELLO | {"metadata": GOLD}, False),
        ({"metadata": [{"key": "customer.vip", "op": "equals", "value": 1}]}, HELLO | {"metadata": GOLD}, False),
        ({"metadata": [{"key": "customer.vip", "op": "equals", "value": True}]}, HELLO | {"metadata": GOLD}, True),
        ({"metadata": [{"key": "customer.tier", "op": "in", "value": ["gold", 7]}]}, HELLO | {"metadata": GOLD}, True),
        ({"metadata": [{"key": "customer.tier", "op": "in", "value": ["iron"]}]}, HELLO | {"metadata": GOLD}, False),
        ({"metadata": [{"key": "customer.note", "op": "exists"}]}, HELLO | {"metadata": GOLD}, True),
        ({"metadata": [{"key": "customer.name", "op": "exists"}]}, HELLO | {"metadata": GOLD}, False),
        ({"metadata": [{"key": "customer.name", "op": "exists", "value": False}]}, HELLO, True),
        ({"metadata": [{"key": "customer.note", "op": "equals", "value": None}]}, HELLO | {"metadata": GOLD}, True),
        ({"metadata": [{"key": "customer.name", "op": "equals", "value": None}]}, HELLO | {"metadata": GOLD}, False),
        ({"metadata": [{"key": "customer.orders", "op": "gt", "value": 6.5}]}, HELLO | {"metadata": GOLD}, True),
        ({"metadata": [{"key": "customer.orders", "op": "gte", "value": 7}]}, HELLO | {"metadata": GOLD}, True),
        ({"metadata": [{"key": "customer.orders", "op": "lt", "value": 7}]}, HELLO | {"metadata": GOLD}, False),
        ({"metadata": [{"key": "customer.orders", "op": "lte", "value": 7}]}, HELLO | {"metadata": GOLD}, True),
        ({"metadata": [{"key": "customer.tier", "op": "lt", "value": 7}]}, HELLO | {"metadata": GOLD}, False),
        ({"metadata": [{"key": "customer.vip", "op": "lt", "value": 7}]}, HELLO | {"metadata": GOLD}, False),
        ({"metadata": [{"key": "expert", "op": "exists"}]}, HELLO | {"metadata": {"expert": "law"}}, True),
        ({"attachment": ["image/*"]}, HELLO, False),
    ],
)
def test_a_condition_takes_what_it_says(ada, conditions, said, matched):
    assert looked_at(ada, conditions, said)[0] is matched


@pytest.mark.parametrize(
    ("pattern", "matched"),
    [("image/png", True), ("image/*", True), ("IMAGE/PNG", True), ("*/*", True), ("image/jpeg", False), ("i/*", False)],
)
def test_an_attachment_is_known_by_its_media_type(pattern, matched):
    parts = ({"type": "text", "text": "see"}, {"type": "file", "media_type": "Image/png"}, {"type": "file"})
    message = Asked("text", "see", parts, {}, None, "", "", uuid4())

    [looked_at] = conditions.evaluate({"attachment": [pattern]}, message)

    assert looked_at["met"] is matched
    assert looked_at["found"] == ["image/png", ""]


@pytest.mark.parametrize(("sender", "matched"), [("ada", False), ("bob", True)])
@pytest.mark.parametrize("conditions", [{"role": ["editor", "viewer"]}, {"sender": ["bob"]}])
def test_a_condition_on_the_sender_looks_at_who_it_is_now(ada, bob, conditions, sender, matched):
    assert looked_at(ada, conditions, HELLO, sender)[0] is matched


def test_a_sender_may_be_named_by_id(ada, bob):
    assert looked_at(ada, {"sender": [str(bob.user.id)]}, HELLO, "bob") == (True, ["bob"])


def test_a_decision_is_no_second_copy_of_the_message(ada):
    said = {"text": "s3cret invoice", "metadata": {"note": "n" * 5000}}
    conditions = {"text": "s3cret", "metadata": [{"key": "note", "op": "exists"}]}

    assert looked_at(ada, conditions, said) == (True, [True, "n" * 100 + "…"])


def test_a_decision_is_no_second_copy_of_a_route(ada, conversation):
    wanted = [{"key": "a.b", "op": "in", "value": ["v" * 500, 7]}, {"key": "a.b", "op": "equals", "value": 1}]
    admin_rows.route(ada.workspace, conditions={"text": "x" * 101, "sender": ["ada"], "metadata": wanted})
    taken = ada.post(f"/api/v1/conversations/{conversation.id}/messages/", HELLO).json()

    [candidate] = ada.get(taken["status_url"]).json()["decision"]["candidates"]

    assert [condition["expected"] for condition in candidate["conditions"]] == [
        "x" * 100 + "…",
        ["ada"],
        {"key": "a.b", "op": "in", "value": '["' + "v" * 98 + "…"},
        {"key": "a.b", "op": "equals", "value": 1},
    ]


def test_conditions_are_bounded_in_bytes(ada):
    def made(characters):
        wanted = [{"key": "a", "op": "equals", "value": "ä" * characters}]
        return ada.post(ROUTES, {"name": f"{characters}", "conditions": {"metadata": wanted}} | ASKS)

    kept, refused = made(8000), made(8200)

    assert kept.status_code == 201
    [error] = problem(refused, 422, "invalid")["errors"]
    assert (error["pointer"], "at most 16384 bytes" in error["detail"]) == ("/conditions", True)


def test_a_condition_on_the_workspace_is_for_routes_of_the_installation(ada, eve):
    lab, attic = str(ada.workspace.id), str(eve.workspace.id)
    made = ada.post(ROUTES, {"name": "elsewhere", "conditions": {"workspace": [attic]}} | ASKS)

    met = [ada.post(EXPLAIN, {"workspace": id, **HELLO}).json()["candidates"][0]["matched"] for id in (lab, attic)]

    assert made.status_code == 201
    assert met == [False, True]


@pytest.mark.parametrize(
    ("conditions", "pointer", "said"),
    [
        (["text"], "/conditions", "a JSON object"),
        ({"colour": ["red"]}, "/conditions/colour", "Conditions are on kind, role, workspace, sender, text"),
        ({"kind": "text"}, "/conditions/kind", "a list of texts"),
        ({"kind": []}, "/conditions/kind", "a list of texts"),
        ({"kind": ["text", "fax"]}, "/conditions/kind/1", "There is no kind fax. There are action"),
        ({"role": ["boss"]}, "/conditions/role/0", "There are owner, admin, editor, viewer"),
        ({"sender": ["bob", "eve"]}, "/conditions/sender/1", "no member of this workspace of the name or id eve"),
        ({"sender": [str(uuid4())]}, "/conditions/sender/0", "no member of this workspace"),
        ({"workspace": [str(uuid4())]}, "/conditions/workspace", "Only a route of the installation"),
        ({"text": 7}, "/conditions/text", "a pattern"),
        ({"text": ""}, "/conditions/text", "empty"),
        ({"text": "x" * 1001}, "/conditions/text", "at most 1000"),
        ({"text": "ab(cd"}, "/conditions/text", "at character 5: missing )"),
        ({"text": "ab)cd("}, "/conditions/text", "at character 3: unexpected )"),
        ({"text": "a**"}, "/conditions/text", "at character 2: bad repetition operator"),
        ({"text": "x[z-a]"}, "/conditions/text", "at character 3: invalid character class range"),
        ({"text": r"(a)\1"}, "/conditions/text", "at character 4: invalid escape sequence"),
        ({"text": "(?=a)"}, "/conditions/text", "at character 1: invalid perl operator"),
        ({"text": "ä{1,2000}"}, "/conditions/text", "at character 2: invalid repetition size"),
        ({"text": r"\pL{900}" * 100}, "/conditions/text", "pattern too large"),
        ({"attachment": ["picture"]}, "/conditions/attachment/0", '"image/*"'),
        ({"metadata": {"key": "a"}}, "/conditions/metadata", "a list"),
        ({"metadata": ["a"]}, "/conditions/metadata/0", '"key", "op" and "value"'),
        ({"metadata": [{"key": "a", "op": "equals", "value": 1, "or": 2}]}, "/conditions/metadata/0", "no others"),
        ({"metadata": [{"key": "a..b", "op": "exists"}]}, "/conditions/metadata/0", "dots lead into objects"),
        ({"metadata": [{"key": "a", "op": "like", "value": 1}]}, "/conditions/metadata/0", "There are equals, in"),
        ({"metadata": [{"key": "a", "op": ["in"], "value": 1}]}, "/conditions/metadata/0", "There are equals, in"),
        ({"metadata": [{"key": "a", "op": "equals"}]}, "/conditions/metadata/0", "equals needs a value"),
        ({"metadata": [{"key": "a", "op": "in", "value": "x"}]}, "/conditions/metadata/0", "a list"),
        ({"metadata": [{"key": "a", "op": "gt", "value": "7"}]}, "/conditions/metadata/0", "with a number"),
        ({"metadata": [{"key": "a", "op": "gt", "value": True}]}, "/conditions/metadata/0", "with a number"),
        ({"metadata": [{"key": "a", "op": "exists", "value": 1}]}, "/conditions/metadata/0", "true or false"),
        ({"role": ["owner"] * 26, "kind": ["text"] * 25}, "/conditions", "at most 50 conditions; this one has 51"),
    ],
)
def test_what_is_wrong_is_named_with_what_would_be_right(ada, bob, eve, conditions, pointer, said):
    answer = ada.post(ROUTES, {"workspace": str(ada.workspace.id), "name": "r", "conditions": conditions} | ASKS)

    [error] = problem(answer, 422, "invalid")["errors"]
    assert error["pointer"] == pointer
    assert said in error["detail"]


def test_fifty_conditions_are_taken(ada):
    assert looked_at(ada, {"kind": ["text"] * 50}, HELLO)[0]


def test_a_pattern_that_others_take_minutes_for_costs_nothing(ada):
    matched, _ = looked_at(ada, {"text": "(a+)+$"}, {"text": "a" * 90_000 + "b"})

    assert not matched


@pytest.mark.parametrize(
    "conditions",
    [
        {"colour": ["red"]},
        {"text": "ab(cd"},
        {"text": 7},
        {"kind": 7},
        {"attachment": [7]},
        {"metadata": [{"key": "a", "op": "like"}]},
        {"metadata": ["a"]},
        {"metadata": {"a": 1}},
    ],
)
def test_a_row_that_was_written_past_its_checks_matches_nothing_and_stops_nobody(ada, conversation, conditions):
    admin_rows.route(ada.workspace, conditions=conditions)

    answer = ada.post(f"/api/v1/conversations/{conversation.id}/messages/", HELLO | {"metadata": {"a": 1}})

    decision = ada.get(answer.json()["status_url"]).json()["decision"]
    assert answer.status_code == 202
    assert (decision["route"], decision["candidates"][0]["matched"]) == (None, False)
