"""Entities whose messages are taken back or edited, and those that handlers propose."""

import pytest
from django.db import transaction

from contexts import entities, learning, unlearning
from contexts.knowledge import Entity, Mention
from contexts.models import Message
from project import log
from project.errors import Unprocessable
from tests.contexts.named import emails, path


def unlearned(conversation, *messages):
    with transaction.atomic():
        log.lock(conversation.stream)
        return unlearning.unlearn(conversation, [message.id for message in messages])


def test_what_only_a_taken_back_message_named_goes_with_it(conversation, told, one, listed):
    first = told("I live in Oslo, mail ada@lab.test")
    told("Oslo is cold")

    assert unlearned(conversation, first) == 2

    assert [row["value"] for row in listed("?all=true")] == ["Oslo"]
    place = one("place")
    assert (place["count"], place["owner"], place["label"]) == (1, None, "")
    assert place["first_seen"] == place["last_seen"]


def test_what_users_pinned_or_corrected_stays(ada, conversation, told, one, listed):
    message = told("I live in Oslo, mail ada@lab.test or bob@lab.test")
    ada.patch(path(one("place")), {"pinned": True})
    ada.patch(path(one("bob@lab.test")), {"value": "rob@lab.test"})

    unlearned(conversation, message)

    assert {row["value"] for row in listed()} == {"Oslo", "rob@lab.test"}
    assert Mention.objects.count() == 0
    assert not Entity.objects.filter(value="bob@lab.test").exists()


def test_what_was_corrected_leaves_no_trace_of_the_message_that_named_it(ada, conversation, told, one):
    message = told("I met Jon Smiht")
    told("Mr. John Smith is nice")
    ada.patch(path(one("Jon Smiht")), {"value": "John Smith"})

    unlearned(conversation, message)

    assert list(Entity.objects.values_list("value", "count")) == [("John Smith", 1)]


def test_removed_ones_leave_no_trace_once_nothing_names_them(ada, conversation, told, one):
    message = told("I live in Oslo")
    ada.delete(path(one("place")))

    unlearned(conversation, message)

    assert not Entity.objects.exists()


def test_what_gave_way_to_a_taken_back_fact_holds_again(conversation, told, listed):
    told("My email is a@old.test")
    second = told("My email is b@new.test")
    third = told("My email is c@last.test")

    unlearned(conversation, second)
    assert emails(listed()) == {"c@last.test"}

    unlearned(conversation, third)
    assert emails(listed()) == {"a@old.test"}


def test_a_fact_that_is_only_named_any_more_takes_nothings_place(conversation, told, listed):
    told("My email is a@old.test")
    second = told("My email is b@new.test")
    told("Mail b@new.test today")

    unlearned(conversation, second)

    assert emails(listed()) == {"a@old.test", "b@new.test"}


def test_an_edited_message_names_what_it_says_now(conversation, told, listed):
    message = told("I live in Oslo, mail ada@lab.test")
    Message.objects.filter(id=message.id).update(text="I live in Bergen, mail ada@lab.test")
    message = Message.objects.select_related("author", "conversation__workspace").get(id=message.id)
    learned = learning.read(conversation, message)

    with transaction.atomic():
        log.lock(conversation.stream)
        learning.relearn(conversation, message, learned)

    assert {row["value"] for row in listed("?all=true")} == {"Bergen", "ada@lab.test"}


def proposed(conversation, message, type, value):
    with transaction.atomic():
        log.lock(conversation.stream)
        return entities.propose(conversation, type, value, message, log.About(conversation.workspace_id))


def test_what_a_handler_proposes_is_kept_with_its_message(conversation, told, one, listed):
    message = told("We take the big room")

    assert proposed(conversation, message, "place", "the  big room") == 1
    assert proposed(conversation, message, "place", "The big room") == 0
    assert proposed(conversation, message, "organisation", "Acme") == 1
    assert proposed(conversation, message, "person", "Zoe") == 1

    place, elsewhere = one("place"), one("organisation")
    assert (place["value"], place["source"], place["count"]) == ("the big room", "handler", 1)
    assert place["mentions"] == [{"message": str(message.id), "start": 8, "end": 20}]
    assert elsewhere["mentions"] == [{"message": str(message.id), "start": 0, "end": 0}]
    unlearned(conversation, message)
    assert listed() == []


def test_a_proposal_brings_nothing_back_that_users_removed(ada, conversation, told, one, listed):
    message = told("I live in Oslo")
    ada.delete(path(one("place")))

    assert proposed(conversation, message, "place", "Oslo") == 0
    assert listed() == []


@pytest.mark.parametrize(("type", "value"), [("A planet", "Mars"), ("phone", "4111 1111 1111 1111")])
def test_a_proposal_that_is_none_is_refused(conversation, told, type, value):
    message = told("Hello")

    with pytest.raises(Unprocessable):
        proposed(conversation, message, type, value)


def test_views_are_of_entities_that_hold(conversation, told):
    told("My email is a@old.test")
    told("My email is b@new.test")

    assert [one.value for one in entities.of(conversation.id)] == ["b@new.test"]
