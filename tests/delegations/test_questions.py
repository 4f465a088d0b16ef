"""What an expert asks is asked of the conversation first, then of people; the first answer wins."""

import pytest
from django.utils import timezone

from contexts.knowledge import Entity
from dispatch.delegation_models import DelegationState
from project.models import Event
from tests.delegations.consulted import carry, consult, expert, post, the
from tests.delegations.test_rest import API, BLOCKED, ask, seen
from tests.problem import problem

pytestmark = pytest.mark.django_db(transaction=True)


def know(conversation, value, type="email", label="my email", owner="", **fields):
    times = {"first_seen": timezone.now(), "last_seen": timezone.now()}
    return Entity.objects.create(
        conversation=conversation, type=type, value=value, normal=value, label=label, owner=owner, **times, **fields
    )


def coloured(conversation, colour="green"):
    conversation.metadata = {"Colour": colour}
    conversation.save()


def give(person, id, **body):
    return person.post(f"{API}/delegations/{id}/input", body)


@pytest.fixture
def asked(ada, conversation):
    """The id of one whose expert waits for a colour."""
    expert("asker")
    id = ask(ada, conversation, "asker").json()["id"]
    consult()
    return id


def test_what_nobody_has_said_is_asked_and_the_answer_goes_to_the_expert(ada, bob, conversation, asked):
    assert seen(ada, asked)["state"] == "input_required"
    assert seen(ada, asked)["question"]["prompt"] == "Which colour?"

    answered = give(bob, asked, answer={"colour": "red"})
    consult()

    assert (answered.status_code, answered.json()["state"]) == (202, "working")
    shown = seen(ada, asked)
    assert (shown["state"], shown["text"], shown["answered_by"]) == ("completed", "It is red.", str(bob.user.id))
    actors = [event.actor for event in Event.objects.filter(type="delegation.working")]
    assert {"kind": "user", "id": str(bob.user.id)} in actors


def test_first_answer_wins(ada, bob, asked):
    give(bob, asked, answer={"colour": "red"})

    second = problem(give(ada, asked, answer={"colour": "blue"}), 409, "delegation_not_asking")

    assert "working" in second["detail"]
    assert the().answer == {"value": {"colour": "red"}, "by": str(bob.user.id)}


def test_answer_of_another_form_is_refused_with_pointers(ada, asked):
    unfit = problem(give(ada, asked, answer={"colour": 7}), 422, "answer_unfit")
    missing = problem(give(ada, asked), 422, "answer_unfit")

    assert unfit["errors"][0]["pointer"] == "/answer/colour"
    assert missing["errors"][0]["pointer"] == "/answer"
    assert the().state == DelegationState.INPUT_REQUIRED


def test_answer_is_read_by_filters(ada, asked):
    problem(give(ada, asked, answer={"colour": BLOCKED}), 422, "message_blocked")

    assert the().answer is None


def test_expert_has_the_time_again_that_was_left_when_it_asked(ada, asked):
    give(ada, asked, answer={"colour": "red"})

    assert 50 < (the().deadline - timezone.now()).total_seconds() <= 60


def test_who_was_to_sign_in_says_that_it_is_done(ada, bob, conversation):
    expert("clerk")
    id = ask(ada, conversation, "clerk").json()["id"]
    consult()
    assert (seen(ada, id)["state"], seen(ada, id)["detail"]) == ("auth_required", "Sign in at the archive.")

    assert give(bob, id).status_code == 202
    consult()

    assert seen(ada, id)["text"] == "Heard: done."


def test_what_the_metadata_says_is_not_asked(ada, conversation):
    coloured(conversation)
    expert("asker")

    id = ask(ada, conversation, "asker").json()["id"]
    for _ in range(2):
        consult()

    shown = seen(ada, id)
    assert (shown["text"], shown["answered_by"]) == ("It is green.", "context")
    assert not Event.objects.filter(type="delegation.input_required").exists()
    assert the().answer == {"by": "context"}


def test_what_the_asker_said_in_a_message_is_not_asked(ada, conversation):
    expert("former")
    coloured(conversation)
    carry(post(ada, conversation, "My email is ada@example.com."))

    id = ask(ada, conversation, "former").json()["id"]
    for _ in range(2):
        consult()

    assert seen(ada, id)["text"] == "Sent to ada@example.com."


def test_what_is_known_in_part_is_proposed_and_no_event_quotes_it(ada, conversation):
    expert("former")
    know(conversation, "ada@example.com", owner=str(ada.user.id))

    id = ask(ada, conversation, "former").json()["id"]
    consult()

    assert seen(ada, id)["question"]["prefill"] == {"email": "ada@example.com"}
    event = Event.objects.get(type="delegation.input_required")
    assert event.data["known"] == ["email"]
    assert "ada@example.com" not in str(event.data)


@pytest.mark.parametrize(
    "fields",
    [{"owner": "bob"}, {"source": "handler"}, {"value": "", "superseded": True}],
    ids=["another's", "a handler's", "a former one"],
)
def test_what_others_said_of_themselves_or_answers_said_is_not_known(ada, bob, conversation, fields):
    expert("former")
    owner = str(bob.user.id) if fields.get("owner") else str(ada.user.id)
    made = know(conversation, "x@example.com", owner=owner, source=fields.get("source", "recognised"))
    if fields.get("superseded"):
        made.removed_at = timezone.now()
        made.save()

    id = ask(ada, conversation, "former").json()["id"]
    consult()

    assert seen(ada, id)["question"]["prefill"] == {}


@pytest.mark.parametrize(
    ("pinned", "known"), [((False,), True), ((False, False), False), ((False, True), True)], ids=["one", "two", "pin"]
)
def test_type_names_what_holds_alone_or_is_pinned(ada, conversation, pinned, known):
    made = expert("former")
    assert made
    for place, pin in enumerate(pinned):
        know(conversation, f"{place}{pin}@example.com", label="", type="my email", pinned=pin)

    id = ask(ada, conversation, "former").json()["id"]
    consult()

    assert bool(seen(ada, id)["question"]["prefill"]) is known
