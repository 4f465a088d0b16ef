"""Entities over REST: listed, corrected, pinned, removed, and by whom."""

from uuid import uuid4

import pytest

from contexts import conversations, store
from contexts.knowledge import Entity
from security.models import Role
from tests.contexts.named import emails, path
from tests.contexts.said import fresh, say
from tests.problem import problem


def test_filters_choose_by_type_and_pin(ada, told, listed, one):
    told("I live in Oslo, mail ada@lab.test")
    ada.patch(path(one("place")), {"pinned": True})

    assert [row["type"] for row in listed("?type=email")] == ["email"]
    assert [row["type"] for row in listed("?pinned=true")] == ["place"]
    assert [row["type"] for row in listed("?pinned=false")] == ["email"]


@pytest.mark.parametrize("query", ["?type=A planet", "?pinned=perhaps", "?all=1"])
def test_filters_that_are_none_are_refused(ada, conversation, query):
    answer = ada.get(f"/api/v1/conversations/{conversation.id}/entities/{query}")

    problem(answer, 422, "invalid_filter")


def test_pages_follow_a_cursor(ada, conversation, told):
    told("Oslo, Bergen, Rome, Paris, Turin")
    first = ada.get(f"/api/v1/conversations/{conversation.id}/entities/?page_size=3").json()

    rest = ada.get(first["next"]).json()

    assert len(first["results"]) == 3
    assert len({row["value"] for row in first["results"] + rest["results"]}) == 5


def test_a_corrected_value_stays_whatever_is_recognised_later(ada, bob, told, one):
    told("I met Jon Smiht, Dr. Smiht is nice")
    told("My boss is Jon Smiht")
    wrong = one("Jon Smiht")

    right = bob.patch(path(wrong), {"value": "John Smith"}).json()
    told("My boss is Jon Smiht, and Mr. John Smith it is")

    assert (right["value"], right["normal"], right["source"]) == ("John Smith", "john smith", "user")
    assert right["corrected"] is True
    assert one("John Smith")["count"] == 4
    assert Entity.objects.filter(value="Jon Smiht", removed_at=None).count() == 0


def test_a_corrected_type_stays_too(ada, told, listed, one):
    told("I work at Alma Fisher")
    ada.patch(path(one("Alma Fisher")), {"type": "person"})

    told("I work at Alma Fisher")

    assert [(row["type"], row["value"], row["count"]) for row in listed()] == [("person", "Alma Fisher", 2)]


def test_what_is_no_email_is_nobodys_email(ada, told, one):
    told("My email is ada@lab.test")

    answer = ada.patch(path(one("ada@lab.test")), {"type": "phone"}).json()

    assert (answer["type"], answer["label"], answer["owner"]) == ("phone", "", None)


def test_corrected_to_what_another_one_is_the_two_are_one(ada, told, listed, one):
    told("Dr. Kay is late")
    told("Dr. Key is here")
    ada.patch(path(one("Kay")), {"pinned": True})

    ada.patch(path(one("Key")), {"value": "Kay"})

    [kay] = listed()
    assert kay["pinned"] is True
    assert (kay["value"], kay["count"], len(kay["mentions"])) == ("Kay", 2, 2)


def test_the_same_again_changes_nothing(ada, conversation, told, one):
    told("I live in Oslo")
    before = fresh(conversation).context_version

    answer = ada.patch(path(one("place")), {"value": "Oslo", "type": "place", "pinned": False})

    assert answer.status_code == 200
    assert fresh(conversation).context_version == before


def test_pinned_ones_come_first_in_a_context(ada, conversation, told, one):
    told("I live in Oslo")
    told("Mail ada@lab.test")
    ada.patch(path(one("place")), {"pinned": True})

    context = store.load(say(conversation, "Well?", ada))

    assert [(entity.type, entity.pinned) for entity in context.entities] == [("place", True), ("email", False)]


def test_what_is_forgotten_stays_forgotten(ada, conversation, told, listed, one):
    told("I live in Oslo")
    before = fresh(conversation).context_version
    entity = one("place")

    assert ada.delete(path(entity)).status_code == 204
    told("Oslo, Oslo!")

    assert listed("?all=true") == []
    assert store.load(say(conversation, "Where?", ada)).entities == ()
    assert fresh(conversation).context_version == before + 4  # removed, said, answered, asked: nothing learned
    problem(ada.get(path(entity)), 404, "not_found")
    problem(ada.patch(path(entity), {"pinned": True}), 404, "not_found")
    problem(ada.delete(path(entity)), 404, "not_found")


def test_what_gave_way_to_what_is_forgotten_holds_again(ada, told, listed, one):
    told("My email is ada@old.test")
    told("My email is ada@oops.test")

    ada.delete(path(one("ada@oops.test")))

    assert emails(listed()) == {"ada@old.test"}


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"value": ""}, "invalid"),
        ({"value": "x" * 301}, "invalid"),
        ({"type": "planet"}, "invalid"),
        ({"value": "4111 1111 1111 1111"}, "secret_value"),
        ({"value": "\u200b\u2800"}, "unreadable_value"),
        ({"value": "Oslo\u202egrebneB"}, "unreadable_value"),
        ({"values": "Bergen"}, "invalid"),
    ],
)
def test_what_is_no_value_is_refused(ada, told, one, body, code):
    told("I live in Oslo")

    answer = ada.patch(path(one("place")), body)

    assert answer.status_code in (400, 422)
    assert answer.json()["code"] in (code, "invalid_request")
    assert one("place")["value"] == "Oslo"


def test_viewers_read_and_change_nothing(ada, bob, conversation, told, one, listed):
    told("I live in Oslo")
    entity = one("place")
    bob.user.memberships.update(role=Role.VIEWER)

    problem(bob.patch(path(entity), {"pinned": True}), 403, "forbidden")
    problem(bob.delete(path(entity)), 403, "forbidden")
    assert [row["value"] for row in listed(person=bob)] == ["Oslo"]


def test_strangers_learn_nothing(eve, told, one):
    told("I live in Oslo")
    entity = one("place")
    whole = path(entity).removesuffix(f"{entity['id']}/")

    for answer in (eve.get(whole), eve.get(path(entity)), eve.patch(path(entity), {}), eve.delete(path(entity))):
        problem(answer, 404, "not_found")


def test_an_entity_of_another_conversation_is_not_found(ada, told, one):
    told("I live in Oslo")
    other = conversations.create(ada.user, ada.workspace.id, {"title": "Other"})

    problem(ada.get(path({**one("place"), "conversation": other.id})), 404, "not_found")
    problem(ada.get(path({**one("place"), "id": uuid4()})), 404, "not_found")
