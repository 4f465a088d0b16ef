"""A message that filters want to have reviewed: kept in its place, known to its author and staff, and nobody else."""

from typing import Any

import pytest

from contexts import store
from contexts.models import Conversation, Message
from dispatch import conclusion, dispatcher, runs
from dispatch.handlers import Reply
from dispatch.models import Review, Run
from dispatch.outcomes import Outcome
from project.models import Event
from security.models import Membership, Role
from security.screening_models import KeptFinding
from tests.marked_app import filters as _marked
from tests.people import Person
from tests.problem import problem, refusal

HELD = "please HOLD ME here"


@pytest.fixture(autouse=True)
def marked(settings: Any) -> None:
    assert _marked.MARKS
    settings.FILTERS = ["shape", "marked"]


def post(person: Person, conversation: Conversation, text: str = HELD, key: str = "", **fields: Any) -> Any:
    headers = {"Idempotency-Key": key} if key else {}
    return person.post(f"/api/v1/conversations/{conversation.id}/messages/", {"text": text, **fields}, **headers)


def held(person: Person, conversation: Conversation) -> Message:
    return Message.objects.get(id=post(person, conversation).json()["message"])


def decide(person: Person, review: Review, verb: str) -> Any:
    return person.post(f"/api/v1/review/{review.id}/{verb}")


def types(person: Person, conversation: Conversation) -> list[str]:
    page = person.get(f"/api/v1/conversations/{conversation.id}/events/").json()
    return [event["type"] for event in page["results"]]


def listed(person: Person, conversation: Conversation) -> list[tuple[str, str]]:
    page = person.get(f"/api/v1/conversations/{conversation.id}/messages/").json()
    return [(message["text"], message["status"]) for message in page["results"]]


def answer(run: object, text: str = "Yes") -> None:
    claim = runs.claim(run, "here")  # type: ignore[arg-type]
    assert claim
    assert conclusion.conclude(claim.run, claim.attempt, Outcome(Reply(text)))


def test_its_sender_gets_a_receipt_without_a_run(bob: Person, conversation: Conversation) -> None:
    taken = post(bob, conversation)

    message = Message.objects.get()
    assert taken.status_code == 202
    assert taken.json() == {
        "message": str(message.id),
        "status": "quarantined",
        "run": None,
        "status_url": f"/api/v1/messages/{message.id}/",
        "stream_position": f"{taken.json()['stream_position'].partition('-')[0]}-{message.seq}",
    }
    assert bob.get(taken.json()["status_url"]).json()["status"] == "quarantined"
    assert not Run.objects.exists()
    assert KeptFinding.objects.get().message == message.id
    assert Review.objects.get().message == message


def test_only_its_author_and_staff_see_it(ada: Person, bob: Person, conversation: Conversation, people: Any) -> None:
    cleo = people["eve"]
    Membership.objects.create(workspace=ada.workspace, user=cleo.user, role=Role.EDITOR)
    before = cleo.get(f"/api/v1/conversations/{conversation.id}/").json()
    message = held(bob, conversation)

    assert listed(bob, conversation) == listed(ada, conversation) == [(HELD, "quarantined")]
    assert types(bob, conversation) == types(ada, conversation) == ["message.quarantined"]
    assert listed(cleo, conversation) == []
    assert types(cleo, conversation) == []
    problem(cleo.get(f"/api/v1/messages/{message.id}/"), 404, "not_found")
    assert cleo.get(f"/api/v1/conversations/{conversation.id}/").json() == before


def test_it_is_no_target_and_is_not_asked_again(ada: Person, bob: Person, conversation: Conversation) -> None:
    message = held(bob, conversation)

    for person in (ada, bob):
        problem(post(person, conversation, "About that", reply_to=str(message.id)), 422, "unknown_reply_to")
        problem(person.post(f"/api/v1/messages/{message.id}/retry"), 422, "never_run")


@pytest.mark.parametrize("asker", ["ada", "bob"])
def test_it_is_in_no_context(people: Any, bob: Person, conversation: Conversation, asker: str) -> None:
    asked = people[asker]
    post(bob, conversation, "before")
    held(bob, conversation)

    later = Message.objects.get(id=post(asked, conversation, "after").json()["message"])

    for reader in (asked.user.reader, bob.user.reader):
        context = store.load(later, reader)
        assert [known.text for known in context.messages] == ["before"]
        assert (context.total, context.left_out) == (1, 0)


@pytest.mark.parametrize("policy", ["enqueue", "reject", "interrupt", "parallel"])
def test_no_policy_is_asked_and_nobody_waits_for_it(
    bob: Person, conversation: Conversation, settings: Any, policy: str
) -> None:
    settings.QUEUE_LIMIT = 1
    Conversation.objects.update(policy=policy)
    first = post(bob, conversation, "first").json()

    assert post(bob, conversation).json()["status"] == "quarantined"

    assert Run.objects.get().state == "queued"
    answer(first["run"])
    assert post(bob, conversation, "next").status_code == 202


def test_a_retry_tells_what_became_of_it(ada: Person, bob: Person, conversation: Conversation) -> None:
    first = post(bob, conversation, key="k").json()
    again = post(bob, conversation, key="k")
    assert (again.status_code, again.json(), again["Idempotency-Replayed"]) == (202, first, "true")

    decide(ada, Review.objects.get(), "release")

    released = post(bob, conversation, key="k").json()
    assert (released["status"], released["run"]) == ("received", str(Run.objects.get().id))
    assert Message.objects.filter(role="user").count() == 1


def test_a_retry_of_what_was_taken_stands_though_filters_block_it_by_now(
    bob: Person, conversation: Conversation, settings: Any
) -> None:
    settings.FILTERS = ["shape"]
    first = post(bob, conversation, "BLOCK ME", key="k").json()
    settings.FILTERS = ["shape", "marked"]

    assert post(bob, conversation, "BLOCK ME", key="k").json() == first
    problem(post(bob, conversation, "BLOCK ME", key="other"), 422, "message_blocked")


def test_released_it_stands_in_its_place_and_is_answered_next(
    ada: Person, bob: Person, conversation: Conversation
) -> None:
    answer(post(bob, conversation, "one").json()["run"], "to one")
    message = held(bob, conversation)
    answer(post(ada, conversation, "two").json()["run"], "to two")
    waiting = [post(ada, conversation, text).json()["run"] for text in ("three", "four")]

    released = decide(ada, Review.objects.get(), "release")

    assert released.status_code == 200
    assert (released.json()["state"], released.json()["decided_by"]) == ("released", "ada")
    message.refresh_from_db()
    assert (message.status, message.visible_to) == ("received", "")
    assert message.released_at
    run = Run.objects.get(message=message)
    assert runs.next_due(9, "here") == [run.id]
    queued = Event.objects.get(run=run.id, type="run.queued")
    assert queued.data["position"] == 0
    shown = [text for text, _ in listed(bob, conversation)]
    assert shown.index("one") < shown.index(HELD) < shown.index("two")
    context = store.load(message, bob.user.reader, Run.objects.filter(id__in=waiting).values_list("message", flat=True))
    assert [known.text for known in context.messages] == ["one", "to one", "two", "to two"]
    assert (context.total, context.left_out) == (4, 0)
    answer(run.id, "to the held one")
    assert Message.objects.get(text="to the held one").reply_to == message
    assert [str(id) for id in runs.next_due(9, "here")] == waiting[:1]


def test_its_handler_knows_what_was_answered_meanwhile_and_not_what_waits(
    ada: Person, bob: Person, conversation: Conversation
) -> None:
    held(bob, conversation)
    answer(post(ada, conversation, "two").json()["run"], "to two")
    post(ada, conversation, "three")
    decide(ada, Review.objects.get(), "release")

    claim = runs.claim(Run.objects.get(message__text=HELD).id, "here")

    assert claim
    assert [known.text for known in dispatcher._load(claim).messages] == ["two", "to two"]


def test_released_while_another_one_runs_it_waits_for_that_alone(
    ada: Person, bob: Person, conversation: Conversation
) -> None:
    held(bob, conversation)
    running = runs.claim(post(ada, conversation, "runs").json()["run"], "here")
    post(ada, conversation, "waits")

    decide(ada, Review.objects.get(), "release")

    run = Run.objects.get(message__text=HELD)
    assert Event.objects.get(run=run.id, type="run.queued").data["position"] == 1
    assert runs.next_due(9, "here") == []
    assert running
    conclusion.conclude(running.run, running.attempt, Outcome(Reply("ran")))
    assert runs.next_due(9, "here") == [run.id]


def test_release_tells_everybody_and_moves_the_context_on(ada: Person, bob: Person, conversation: Conversation) -> None:
    message = held(bob, conversation)
    before = bob.get(f"/api/v1/conversations/{conversation.id}/").json()

    decide(ada, Review.objects.get(), "release")

    after = bob.get(f"/api/v1/conversations/{conversation.id}/").json()
    assert (before["message_count"], after["message_count"]) == (0, 1)
    assert after["context_version"] == before["context_version"] + 1
    event = Event.objects.get(type="message.released")
    assert (event.visible_to, event.message) == ("", message.id)
    assert (event.data["message"]["seq"], event.data["message"]["text"]) == (message.seq, HELD)
    assert event.actor == {"kind": "staff", "id": ""}


@pytest.mark.parametrize("policy", ["enqueue", "reject", "interrupt", "parallel"])
def test_release_is_never_refused_for_what_waits(
    ada: Person, bob: Person, conversation: Conversation, settings: Any, policy: str
) -> None:
    held(bob, conversation)
    Conversation.objects.update(policy=policy)
    other = post(ada, conversation, "other").json()["run"]
    settings.QUEUE_LIMIT = 1

    assert decide(ada, Review.objects.get(), "release").status_code == 200

    assert Run.objects.get(id=other).state == "queued"
    assert Run.objects.get(message__text=HELD).parallel == (policy == "parallel")


def test_what_was_to_be_masked_is_masked_when_it_is_released(
    ada: Person, bob: Person, conversation: Conversation
) -> None:
    post(bob, conversation, "HOLD ME and MASK ME")

    decide(ada, Review.objects.get(), "release")

    assert listed(bob, conversation)[0] == ("HOLD ME and [masked]", "received")


def test_release_works_after_its_author_has_left(ada: Person, bob: Person, conversation: Conversation) -> None:
    held(bob, conversation)
    assert bob.post("/api/v1/auth/logout-all").status_code < 300
    Membership.objects.filter(user=bob.user).delete()

    assert decide(ada, Review.objects.get(), "release").status_code == 200

    assert listed(ada, conversation) == [(HELD, "received")]
    answer(Run.objects.get().id)
    assert Run.objects.get().state == "completed"


def test_what_was_released_can_be_asked_again(ada: Person, bob: Person, conversation: Conversation) -> None:
    message = held(bob, conversation)
    decide(ada, Review.objects.get(), "release")
    answer(Run.objects.get().id)

    assert bob.post(f"/api/v1/messages/{message.id}/retry").status_code == 202


def test_what_would_be_held_by_now_is_not_asked_again(bob: Person, conversation: Conversation, settings: Any) -> None:
    settings.FILTERS = ["shape"]
    taken = post(bob, conversation).json()
    answer(taken["run"])
    settings.FILTERS = ["shape", "marked"]

    problem(bob.post(f"/api/v1/messages/{taken['message']}/retry"), 422, "message_blocked")


def test_rejected_it_stays_with_its_author_who_is_told(ada: Person, bob: Person, conversation: Conversation) -> None:
    key = "my-key"
    post(bob, conversation, key=key)
    before = Conversation.objects.get().context_version

    assert decide(ada, Review.objects.get(), "reject").json()["state"] == "rejected"

    event = Event.objects.get(type="message.rejected")
    assert event.visible_to == str(bob.user.id)
    assert event.data == {
        "client_id": key,
        "code": "message_rejected",
        "message": str(Message.objects.get().id),
        "reason": "rejected",
    }
    assert listed(bob, conversation) == [(HELD, "rejected")]
    assert not Run.objects.exists()
    assert Conversation.objects.get().context_version == before
    assert post(bob, conversation, key=key).json()["status"] == "rejected"


@pytest.mark.parametrize("second", ["release", "reject"])
@pytest.mark.parametrize("first", ["release", "reject"])
def test_the_second_to_decide_is_told_so(
    ada: Person, bob: Person, conversation: Conversation, first: str, second: str
) -> None:
    held(bob, conversation)
    decide(ada, Review.objects.get(), first)
    events = Event.objects.count()

    problem(decide(ada, Review.objects.get(), second), 409, "already_decided")

    assert Event.objects.count() == events


@pytest.mark.parametrize(("verb", "status", "code"), [("release", 409, "conversation_archived"), ("reject", 200, "")])
def test_in_an_archived_conversation(
    ada: Person, bob: Person, conversation: Conversation, verb: str, status: int, code: str
) -> None:
    held(bob, conversation)
    ada.patch(f"/api/v1/conversations/{conversation.id}/", {"archived": True})

    answered = decide(ada, Review.objects.get(), verb)

    assert (answered.status_code, answered.json().get("code", "")) == (status, code)
    assert Review.objects.get().state == ("held" if code else "rejected")


def test_with_a_deleted_conversation_it_is_gone(ada: Person, bob: Person, conversation: Conversation) -> None:
    held(bob, conversation)
    ada.delete(f"/api/v1/conversations/{conversation.id}/")

    problem(decide(ada, Review.objects.get(), "release"), 404, "not_found")
    assert ada.get("/api/v1/review/").json()["results"] == []


def test_the_queue_shows_reviewers_what_was_found(plain_ada: Person, bob: Person, conversation: Conversation) -> None:
    post(bob, conversation, "HOLD ME and MASK ME")

    [shown] = plain_ada.get("/api/v1/review/").json()["results"]

    assert (shown["state"], shown["author"], shown["conversation"]) == ("held", "bob", str(conversation.id))
    assert (shown["message"]["text"], shown["message"]["status"]) == ("HOLD ME and [masked]", "quarantined")
    assert [(found["rule"], found["evidence"]) for found in shown["evidence"]] == [
        ("hold", "HOLD ME and [masked]"),
        ("mask", "HOLD ME and [masked]"),
    ]
    assert plain_ada.get(f"/api/v1/review/{shown['id']}/").json() == shown
    assert plain_ada.get("/api/v1/review/?state=released").json()["results"] == []
    assert len(plain_ada.get(f"/api/v1/review/?state=all&workspace={shown['workspace']}").json()["results"]) == 1


@pytest.mark.parametrize("query", ["state=lost", "workspace=mine"])
def test_a_filter_that_is_none_is_refused(ada: Person, query: str) -> None:
    problem(ada.get(f"/api/v1/review/?{query}"), 422, "invalid_filter")


def test_who_does_not_manage_decides_nothing(bob: Person, eve: Person, conversation: Conversation) -> None:
    held(bob, conversation)
    review = Review.objects.get()
    unknown = f"/api/v1/review/{conversation.id}/"

    assert bob.get("/api/v1/review/").json()["results"] == eve.get("/api/v1/review/").json()["results"] == []
    for verb in ("release", "reject"):
        problem(decide(bob, review, verb), 403, "forbidden")
        assert refusal(decide(eve, review, verb)) == refusal(eve.post(f"{unknown}{verb}"))
    problem(eve.get(f"/api/v1/review/{review.id}/"), 404, "not_found")
    assert Review.objects.get().state == "held"
