"""What a conversation's messages name, from the message to REST and to what handlers are shown."""

from datetime import timedelta
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest
from django.db import transaction

from contexts import conversations, entities, learning, limits, store, unlearning
from contexts.knowledge import ContextPolicy, Entity, Mention
from contexts.models import Message
from dispatch import conclusion, runs
from dispatch.handlers import Reply
from dispatch.outcomes import Outcome
from project import log
from project.errors import Unprocessable
from project.models import Event
from security.models import Role, Session, User
from tests.contexts.said import fresh, say
from tests.dispatch.answered import answered, claimed, concluded
from tests.problem import problem


@pytest.fixture
def told(ada, conversation):
    """A message of ada's (or somebody else's), and its answer."""

    def tell(text, person=None):
        return concluded(claimed(person or ada, conversation, text=text)).message

    return tell


@pytest.fixture
def listed(ada, conversation):
    """What REST lists: for everything `person` may see."""

    def ask(query="", person=None):
        answer = (person or ada).get(f"/api/v1/conversations/{conversation.id}/entities/{query}")
        assert answer.status_code == 200, answer.json()
        return answer.json()["results"]

    return ask


@pytest.fixture
def one(listed):
    """The only one of a type, or with a value."""

    def find(word, query="?all=true"):
        [found] = [row for row in listed(query) if word in (row["type"], row["value"])]
        return found

    return find


def path(entity):
    return f"/api/v1/conversations/{entity['conversation']}/entities/{entity['id']}/"


def updates(conversation):
    events = Event.objects.filter(stream__key=conversation.stream, type="context.updated").order_by("seq")
    return [event.data["changed"] for event in events]


def emails(rows):
    return {row["value"] for row in rows if row["type"] == "email"}


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
