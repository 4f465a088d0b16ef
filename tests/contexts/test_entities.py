"""What a conversation's messages name, from the message to what handlers are shown."""

from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest

from contexts import limits, store
from contexts.knowledge import ContextPolicy, Entity
from contexts.models import Message
from dispatch import conclusion, runs
from dispatch.handlers import Reply
from dispatch.outcomes import Outcome
from security.models import Session, User
from tests.contexts.named import emails, updates
from tests.contexts.said import fresh, say
from tests.dispatch.answered import answered, claimed, concluded


def test_what_a_message_names_is_listed_once_its_run_has_ended(told, listed):
    message = told("Nadia Rahman from Acme Ltd pays 250 euros in Oslo, see ABC-123")

    rows = {row["type"]: row for row in listed()}
    assert {type: row["normal"] for type, row in rows.items()} == {
        "person": "nadia rahman",
        "organisation": "acme ltd",
        "money": "EUR 250.00",
        "place": "oslo",
        "ticket": "ABC-123",
    }
    [mention] = rows["place"]["mentions"]
    assert mention == {"message": str(message.id), "start": message.text.index("Oslo"), "end": message.text.index(",")}
    assert (rows["place"]["count"], rows["place"]["source"]) == (1, "recognised")
    assert 0.5 < rows["place"]["confidence"] <= 1


def test_the_next_handler_is_shown_them(ada, conversation, told):
    told("I live in Oslo")

    context = store.load(say(conversation, "Where do I live?", ada))

    [place] = context.entities
    assert (place.type, place.value, place.owner) == ("place", "Oslo", str(ada.user.id))


def test_they_are_told_in_counts_and_raise_the_version(conversation, told):
    before = conversation.context_version

    told("Call me at +49 30 901820 in Berlin")

    assert updates(conversation) == [{"messages": 1, "entities": 2}]
    assert fresh(conversation).context_version == before + 3  # the message, its answer, what was learned


def test_a_message_that_names_nothing_tells_of_nothing(conversation, told):
    told("What can you do?")

    assert updates(conversation) == []


def test_the_next_load_finds_them_in_the_cache(conversation, told, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        told("I live in Oslo")
    now = fresh(conversation)
    Entity.objects.update(value="not from rows")

    held = store.snapshot(now, limits.of(now))

    assert [entity.value for entity in held.entities] == ["Oslo"]


def test_naming_it_again_counts_and_keeps_one_row(told, one):
    told("I live in Oslo")
    later = told("OSLO? No: Oslo is cold, and Oslo is far")

    place = one("place")
    assert (place["count"], len(place["mentions"])) == (3, 3)
    assert place["mentions"][0]["message"] == str(later.id)
    assert place["first_seen"] < place["last_seen"]


def test_a_run_that_ends_again_learns_nothing_twice(ada, conversation, told, one):
    message = told("I live in Oslo")
    version = fresh(conversation).context_version

    again = ada.post(f"/api/v1/messages/{message.id}/retry", {})
    assert again.status_code == 202
    claim = runs.claim(again.json()["run"], "here")
    assert claim
    conclusion.conclude(claim.run, claim.attempt, Outcome(Reply("Again")))

    assert one("place")["count"] == 1
    assert len(updates(conversation)) == 1
    assert fresh(conversation).context_version == version + 1


def test_days_are_those_of_the_authors_zone(ada, told, one):
    Session.objects.filter(id=ada.session.id).update(preferences={"time_zone": "Pacific/Kiritimati"})
    User.objects.filter(id=ada.user.id).update(preferences={"time_zone": "Pacific/Pago_Pago"})
    message = told("I leave at 3pm tomorrow")

    there = message.created_at.astimezone(ZoneInfo("Pacific/Kiritimati")) + timedelta(days=1)
    assert one("time")["normal"] == f"{there:%Y-%m-%d}T15:00+14:00"


def test_a_zone_that_is_none_is_that_of_the_server(ada, told, one):
    User.objects.filter(id=ada.user.id).update(preferences={"time_zone": "Mars/Olympus", "locale": 5})

    told("at 3pm on 1 July 2030")

    assert one("time")["normal"] == "2030-07-01T15:00+00:00"


def test_a_later_fact_supersedes_the_earlier_one(ada, told, listed):
    told("My email is ada@old.test")
    told("By the way, my new email is ada@lab.test")

    assert emails(listed()) == {"ada@lab.test"}
    rows = {row["value"]: row for row in listed("?all=true")}
    assert rows["ada@old.test"]["superseded_by"] == rows["ada@lab.test"]["id"]
    assert rows["ada@lab.test"]["owner"] == str(ada.user.id)
    assert rows["ada@lab.test"]["label"] == "my email"


def test_who_says_the_old_one_again_is_right_again(told, listed):
    for text in ("My email is a@old.test", "My email is b@new.test", "Sorry, my email is a@old.test"):
        told(text)

    assert emails(listed()) == {"a@old.test"}


@pytest.mark.parametrize(
    "text",
    [
        "Is my email b@new.test?",
        "My friend's email is b@new.test",
        "Mail b@new.test about it",
        "My work email is b@new.test",
        "My old email was b@new.test",
    ],
)
def test_what_states_nothing_of_the_same_supersedes_nothing(told, listed, text):
    told("My email is a@old.test")
    told(text)

    assert emails(listed()) == {"a@old.test", "b@new.test"}


def test_everybody_has_an_email_of_their_own(bob, told, listed):
    told("My email is ada@lab.test")
    told("My email is bob@lab.test", bob)

    assert emails(listed()) == {"ada@lab.test", "bob@lab.test"}


@pytest.mark.parametrize(
    "text",
    [
        "Use b@new.test instead of a@old.test",
        "It is not a@old.test but b@new.test",
        "b@new.test, not a@old.test",
        "My email is not a@old.test but b@new.test",
        "I switched from a@old.test to b@new.test",
    ],
)
def test_what_is_said_to_stand_instead_supersedes(ada, told, listed, text):
    told("My email is a@old.test")
    told(text)

    [email] = listed("?type=email")
    assert (email["value"], email["label"], email["owner"]) == ("b@new.test", "my email", str(ada.user.id))


@pytest.mark.parametrize(("person", "owned"), [("ada", False), ("bob", True)])
def test_who_said_so_takes_it_back(request, ada, told, one, person, owned):
    told("My email is ada@stone.io")
    told("My email is no longer ada@stone.io", request.getfixturevalue(person))

    email = one("ada@stone.io")
    assert (email["label"], email["owner"]) == (("my email", str(ada.user.id)) if owned else ("", None))


def test_a_deadline_has_one_date_whoever_moves_it(bob, told, listed):
    told("The deadline is 2027-03-01")
    told("The deadline has moved to 2027-04-01", bob)

    assert [row["normal"] for row in listed("?type=date")] == ["2027-04-01"]


def test_what_there_may_be_several_of_gives_way_to_nothing(told, listed):
    told("My friend is Anna, and the painting is 200 euros")
    told("My friend is Bernd, and the painting is 300 euros")

    assert len(listed()) == 4


def test_secrets_are_not_kept(told, listed):
    told("My card is 4111 1111 1111 1111")

    assert listed() == []


def test_only_what_users_say_to_everybody_is_learned(ada, conversation, listed):
    private = claimed(ada, conversation, text="I live in Oslo")
    Message.objects.filter(text="I live in Oslo").update(visible_to=str(ada.user.id))
    concluded(private)
    answered(ada, conversation, text="You live in Bergen")

    assert listed() == []


def test_a_workspace_may_do_without(conversation, told, listed):
    ContextPolicy.objects.create(workspace=conversation.workspace, entities=False)

    told("I live in Oslo")

    assert listed() == []
    assert updates(conversation) == []
