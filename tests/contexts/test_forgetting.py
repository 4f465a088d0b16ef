"""Forgetting a person: what they said is gone from every row, what others said stays."""

import pytest
from django.core.management import CommandError, call_command
from django.db import transaction
from django.urls import reverse
from django.utils import timezone

from contexts import proposals, store
from contexts.facts import PinFact
from contexts.knowledge import Entity, Mention, Pin
from contexts.models import Message
from contexts.proposals import Proposed
from dispatch.models import Review, Run
from project import erasure, log
from project.models import Event
from security.models import Session
from security.screening_models import KeptFinding
from tests.contexts.said import fresh, say
from tests.contexts.test_retention import WORD, post
from tests.dispatch.answered import answered, claimed
from tests.dispatch.test_deleting import remains
from tests.marked_app import filters as _marked


@pytest.fixture(autouse=True)
def marked(settings):
    assert _marked.MARKS
    settings.FILTERS = ["shape", "marked"]


def entity(conversation, value, *messages, **fields):
    now = timezone.now()
    made = Entity.objects.create(
        conversation=conversation, type="place", value=value, normal=value, first_seen=now, last_seen=now, **fields
    )
    for message in messages:
        Mention.objects.create(entity=made, message=message, start=0, end=1)
    return made


def test_what_they_said_is_gone_everywhere(ada, bob, conversation):
    answered(bob, conversation, text="An answer")
    say(conversation, WORD, bob)
    bob.post(f"/api/v1/conversations/{conversation.id}/messages/", {"text": f"BLOCK ME {WORD}"})
    bob.post(f"/api/v1/conversations/{conversation.id}/messages/", {"text": f"HOLD ME {WORD}"})
    say(conversation, "ada stays", ada)
    assert remains()

    erasure.erase(bob.user.id)

    assert remains() == []
    kept = list(Message.objects.exclude(status="deleted").order_by("seq").values_list("text", flat=True))
    assert kept == ["An answer", "ada stays"]
    assert Review.objects.get().state == "rejected"
    assert fresh(conversation).message_count == 2
    assert fresh(conversation).private_count == 0


def test_handlers_know_it_no_more(ada, bob, conversation):
    say(conversation, WORD, bob)
    before = fresh(conversation).context_version

    erasure.erase(bob.user.id)

    assert store.load(say(conversation, "now", ada)).messages == ()
    assert fresh(conversation).context_version > before


def test_what_is_known_only_from_them_goes(ada, bob, conversation):
    theirs, others = say(conversation, WORD, bob), say(conversation, "Lisbon", ada)
    entity(conversation, "Zanzibar", theirs, pinned=True)
    entity(conversation, "removed", theirs, removed_at=timezone.now())
    entity(conversation, "home", owner=str(bob.user.id), source="handler")
    entity(conversation, "Lisbon", theirs, others)
    entity(conversation, "Porto", others)

    erasure.erase(bob.user.id)

    assert set(Entity.objects.values_list("value", flat=True)) == {"Lisbon", "Porto"}


def test_what_a_deleted_message_of_theirs_taught_goes_too(ada, bob, conversation):
    asked = say(conversation, WORD, bob)
    held = entity(conversation, WORD, pinned=True, label="my home", owner=str(bob.user.id))
    Mention.objects.create(entity=held, message=asked, start=0, end=1, label="my home")
    assert bob.delete(f"/api/v1/messages/{asked.id}/").status_code == 204
    assert Entity.objects.get().owner == str(bob.user.id)
    before = fresh(conversation).context_version

    erasure.erase(bob.user.id)

    assert not Entity.objects.exists()
    assert fresh(conversation).context_version > before


def test_a_note_of_a_handler_goes_with_its_message(bob, conversation):
    message = say(conversation, "Monday?", bob)
    with transaction.atomic():
        log.lock(conversation.stream)
        proposed = [Proposed("test", PinFact(WORD))]
        proposals.keep(conversation, message, proposed, log.About(conversation.workspace_id))
    assert Pin.objects.get().text == WORD

    bob.delete(f"/api/v1/messages/{message.id}/")

    assert not Pin.objects.exists()


def test_their_pins_and_settings_go(ada, bob, conversation):
    bob.user.preferences = {"name": WORD}
    bob.user.save(update_fields=["preferences"])
    Session.objects.filter(id=bob.session.id).update(preferences={"locale": "de"})
    Pin.objects.create(conversation=conversation, text=WORD, created_by=bob.user)
    Pin.objects.create(conversation=conversation, text="ada's", created_by=ada.user)

    erasure.erase(bob.user.id)

    assert [pin.text for pin in Pin.objects.all()] == ["ada's"]
    assert Event.objects.get(type="context.updated").data["changed"] == {"pins": 1}
    bob.user.refresh_from_db()
    assert bob.user.preferences == {}
    assert not Session.objects.exclude(preferences={}).exists()


def test_what_is_under_way_ends(bob, conversation):
    claimed(bob, conversation)
    bob.post(f"/api/v1/conversations/{conversation.id}/messages/", {"text": "next"})

    erasure.erase(bob.user.id)

    assert [(run.state, run.stop) for run in Run.objects.order_by("position")] == [
        ("running", "canceled"),
        ("canceled", "canceled"),
    ]


def test_once_more_finds_nothing(bob, conversation):
    say(conversation, WORD, bob)
    erasure.erase(bob.user.id)
    told = Event.objects.count()

    assert set(erasure.erase(bob.user.id).values()) == {0}

    assert Event.objects.count() == told


def test_the_command_asks_for_the_name_again(bob, conversation, monkeypatch, capsys):
    post(bob, conversation, WORD)

    monkeypatch.setattr("builtins.input", lambda prompt: "no")
    with pytest.raises(CommandError):
        call_command("forget", "bob")
    assert remains()
    monkeypatch.setattr("builtins.input", lambda prompt: "bob")
    call_command("forget", "bob")

    assert "1 messages" in capsys.readouterr().out
    assert Message.objects.earliest("seq").text == ""


def test_the_command_knows_whom(db):
    with pytest.raises(CommandError, match="no user"):
        call_command("forget", "nobody", "--yes")


def test_staff_forget_on_a_page_in_between(ada, bob, conversation, client):
    message = say(conversation, WORD, bob)
    client.force_login(ada.user)
    users = reverse("admin:security_user_changelist")

    asked = client.post(users, {"action": "forget", "_selected_action": [str(bob.user.id)]})

    assert "cannot be undone" in asked.content.decode()
    message.refresh_from_db()
    assert message.text == WORD
    sent = {"action": "forget", "_selected_action": [str(bob.user.id)], "sure": "yes"}
    page = client.post(users, sent, follow=True)
    assert "What bob said is forgotten" in page.content.decode()
    message.refresh_from_db()
    assert (message.text, message.status) == ("", "deleted")
    assert not KeptFinding.objects.exclude(evidence="").exists()
