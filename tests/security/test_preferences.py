"""What users say of themselves for handlers, as users and of a session."""

from typing import Any
from uuid import uuid4

import pytest

from contexts import store
from contexts.models import Conversation, Message
from security import flags, workspaces
from security.models import Session, User
from security.screening_models import KeptFinding
from tests.contexts.said import say
from tests.marked_app import filters
from tests.payloads import EICAR
from tests.people import Person
from tests.problem import problem
from tests.programs import Program

ME = "/api/v1/me"


def known(person: Person, conversation: Conversation, session: Any = None) -> Any:
    """What a handler would be told of a message of theirs."""
    return store.load(say(conversation, "Hello", person), session=session or person.session.id)


def test_nothing_is_said_at_first(bob: Person) -> None:
    me = bob.get(ME).json()

    assert (me["preferences"], me["session_preferences"], me["active_workspace"]) == ({}, {}, None)


def test_what_is_said_is_shown_and_known(bob: Person, conversation: Conversation) -> None:
    mine = {"locale": "pt-BR", "time_zone": "America/Sao_Paulo", "name": "Bob S.", "units": {"length": "m"}}

    answer = bob.patch(ME, {"preferences": mine, "session_preferences": {"locale": "de"}}).json()

    assert (answer["preferences"], answer["session_preferences"]) == (mine, {"locale": "de"})
    assert bob.get(ME).json() == answer
    context = known(bob, conversation)
    assert context.asker
    assert (context.asker.preferences, context.asker.session_preferences) == (mine, {"locale": "de"})
    assert context.metadata == mine | {"locale": "de"}


def test_of_a_session_nothing_is_known_in_another(bob: Person, conversation: Conversation) -> None:
    bob.patch(ME, {"session_preferences": {"tone": "dry"}})
    other = Person(bob.user)

    assert other.get(ME).json()["session_preferences"] == {}
    assert known(bob, conversation, other.session.id).metadata == {}


def test_nobodys_preferences_are_known_of_another_asker(ada: Person, bob: Person, conversation: Conversation) -> None:
    bob.patch(ME, {"preferences": {"tone": "dry"}})

    assert known(ada, conversation, bob.session.id).metadata == {}


def test_fields_are_set_one_by_one_and_null_takes_one_away(bob: Person) -> None:
    bob.patch(ME, {"preferences": {"a": 1, "b": 2}})

    answer = bob.patch(ME, {"preferences": {"a": None, "c": 3}}).json()

    assert answer["preferences"] == {"b": 2, "c": 3}
    assert User.objects.get(id=bob.user.id).preferences == {"b": 2, "c": 3}


def test_it_is_known_at_the_next_load_without_a_new_version(bob: Person, conversation: Conversation) -> None:
    message = say(conversation, "Hello", bob)
    before = store.load(message, session=bob.session.id)

    bob.patch(ME, {"preferences": {"locale": "de"}})

    after = store.load(Message.objects.get(id=message.id), session=bob.session.id)
    assert (before.metadata, after.metadata) == ({}, {"locale": "de"})
    assert before.version == after.version


@pytest.mark.parametrize("field", ["preferences", "session_preferences"])
@pytest.mark.parametrize(
    "said",
    [
        {"locale": "german, please"},
        {"locale": "x" * 40},
        {"locale": "de\n"},
        {"locale": 7},
        {"time_zone": "Mars/Olympus"},
        {"time_zone": "../../etc/passwd"},
        {"time_zone": ""},
        {"name": ""},
        {"name": "x" * 151},
        {"name": "two\nlines"},
        {"more": "x" * 4096},
    ],
)
def test_what_has_not_its_form_is_refused(bob: Person, field: str, said: dict[str, Any]) -> None:
    body = problem(bob.patch(ME, {field: said}), 422, "invalid_preferences")

    assert body["detail"] != body["title"]
    assert bob.get(ME).json()[field] == {}


@pytest.mark.parametrize("locale", ["de", "en-GB", "zh-Hant-TW", "sl-rozaj-biske", "de-1996"])
def test_language_tags_of_every_shape_are_taken(bob: Person, locale: str) -> None:
    assert bob.patch(ME, {"preferences": {"locale": locale}}).json()["preferences"] == {"locale": locale}


def test_they_do_not_grow_beyond_their_bound_bit_by_bit(bob: Person) -> None:
    for number in range(4):
        bob.patch(ME, {"preferences": {str(number): "x" * 1000}})

    problem(bob.patch(ME, {"preferences": {"4": "x" * 1000}}), 422, "invalid_preferences")

    assert list(bob.get(ME).json()["preferences"]) == ["0", "1", "2", "3"]


def test_what_is_no_object_is_refused(bob: Person) -> None:
    problem(bob.patch(ME, {"preferences": ["de"]}), 422, "invalid")


def test_what_filters_block_is_not_kept_and_leaves_a_finding(bob: Person) -> None:
    body = {"preferences": {"locale": "de"}, "session_preferences": {"note": EICAR}}

    problem(bob.patch(ME, body), 422, "message_blocked")

    assert bob.get(ME).json()["preferences"] == {}
    assert KeptFinding.objects.filter(author=bob.user.id, action="block").exists()


def test_what_filters_mask_is_kept_masked(bob: Person, settings: Any) -> None:
    assert filters.MARKS
    settings.FILTERS = ["shape", "marked"]

    answer = bob.patch(ME, {"preferences": {"note": "Please MASK ME"}}).json()

    assert User.objects.get(id=bob.user.id).preferences == answer["preferences"] == {"note": "Please [masked]"}


def test_an_own_workspace_becomes_active_and_is_known_there_alone(ada: Person, conversation: Conversation) -> None:
    attic = workspaces.create(ada.user, "Attic")

    assert ada.patch(ME, {"active_workspace": str(attic.id)}).json()["active_workspace"] == str(attic.id)
    elsewhere = known(ada, conversation).asker
    ada.patch(ME, {"active_workspace": str(conversation.workspace_id)})
    here = known(ada, conversation).asker

    assert elsewhere
    assert here
    assert (elsewhere.active_workspace, here.active_workspace) == (None, conversation.workspace_id)
    assert ada.patch(ME, {"active_workspace": None}).json()["active_workspace"] is None


def test_a_foreign_workspace_and_an_unknown_one_are_the_same(bob: Person, eve: Person) -> None:
    for id in (eve.workspace.id, uuid4()):
        problem(bob.patch(ME, {"active_workspace": str(id), "preferences": {"a": 1}}), 404, "not_found")

    me = bob.get(ME).json()
    assert (me["active_workspace"], me["preferences"]) == (None, {})


def test_risk_is_the_sessions_or_the_worst_open_flags(ada: Person, bob: Person, conversation: Conversation) -> None:
    assert known(bob, conversation).risk == 0

    Session.objects.filter(id=bob.session.id).update(risk=30)
    assert known(bob, conversation).risk == 30
    minor = flags.raise_on_session(bob.session.id, bob.user, "test", 0.2, {})
    assert known(bob, conversation).risk == 30
    flags.raise_on_session(bob.session.id, bob.user, "test", 0.756, {})
    assert known(bob, conversation).risk == 76

    flags.resolve(type(minor).objects.all(), ada.user)

    assert known(bob, conversation).risk == 30
    assert bob.get(f"/api/v1/conversations/{conversation.id}/context/").json()["risk"] == 30


def test_flags_on_others_are_no_risk_of_the_asker(ada: Person, bob: Person, conversation: Conversation) -> None:
    flags.raise_on_session(ada.session.id, ada.user, "test", 0.9, {})
    flags.raise_on_session(Person(bob.user).session.id, bob.user, "test", 0.9, {})

    assert known(bob, conversation).risk == 0


def test_a_program_changes_none_of_its_users_preferences(ada: Person) -> None:
    answer = Program(ada, "read", "chat", "manage").patch(ME, {"preferences": {"a": 1}})

    problem(answer, 403, "scope_missing")
