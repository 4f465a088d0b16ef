"""Who names a skill and no expert is served by the best that has it; why, is kept and shown to who manages."""

import pytest

from dispatch.delegation_models import Delegation
from dispatch.models import Run
from tests.delegations.consulted import carry, consult, expert, post
from tests.delegations.test_rest import API, ask, seen
from tests.problem import problem

pytestmark = pytest.mark.django_db(transaction=True)


def counting(slug, workspace=None, **fields):
    """A row of its own that counts words."""
    made = expert("counter", workspace, **fields)
    made.slug = made.name = slug
    made.save()
    return made


def busy(row, conversation, person):
    ask(person, conversation, row.slug)
    Delegation.objects.filter(expert=row).update(attempt=1, step="", due_at=None, state="working")


def chosen(person, conversation, **fields):
    return ask(person, conversation, "", skill="count", **fields).json()


@pytest.mark.parametrize(
    ("worse", "better", "why"),
    [
        ({}, {"health": "healthy"}, "it is in better health"),
        ({"health": "failing"}, {}, "it is in better health"),
        ({"failure_rate": 0.5}, {"failure_rate": 0.1}, "it failed less often of late"),
        ({"slug": "zzz"}, {}, "its slug comes first"),
    ],
)
def test_better_one_is_taken(ada, conversation, worse, better, why):
    counting(**{"slug": "aaa", **worse})
    counting(**{"slug": "bbb", **better})

    shown = chosen(ada, conversation)

    assert shown["expert"] == "bbb"
    assert shown["choice"]["by"] == "skill"
    assert shown["choice"]["reason"].endswith(f"{why}.")
    assert shown["choice"]["candidates"][0]["expert"] == "bbb"


def test_room_comes_before_a_short_queue_and_that_before_whose_it_is(ada, conversation):
    full, long = counting("aaa", concurrency=1), counting("bbb")
    own = counting("ccc", workspace=ada.workspace)
    busy(full, conversation, ada)
    ask(ada, conversation, "bbb")

    first = chosen(ada, conversation)
    own.delete()
    second = chosen(ada, conversation)

    assert (first["expert"], second["expert"]) == ("ccc", long.slug)
    assert second["choice"]["reason"].endswith("it has room now.")


def test_own_one_comes_before_the_installations(ada, conversation):
    counting("aaa")
    counting("bbb", workspace=ada.workspace)

    shown = chosen(ada, conversation)

    assert shown["expert"] == "bbb"
    assert shown["choice"]["reason"] == "Of 2 that have the skill count it comes before aaa: it is the workspace's own."


def test_who_cannot_is_passed_over_and_says_why(ada, bob, conversation):
    counting("aaa", enabled=False)
    counting("bbb", adapter="planned", settings={})
    counting("ccc", health="changed")
    counting("ddd")

    shown = chosen(ada, conversation)

    refused = {one["expert"]: one["refused"] for one in shown["choice"]["candidates"]}
    assert shown["expert"] == "ddd"
    assert refused == {"aaa": "expert_disabled", "bbb": "expert_planned", "ccc": "expert_changed", "ddd": None}
    assert "candidates" not in seen(bob, shown["id"])["choice"]


def test_skill_has_to_be_for_what_is_asked(ada, conversation):
    skill = {"name": "count", "tags": ["german", "legal"]}
    counting("aaa")
    counting("bbb", skills=[skill])

    assert chosen(ada, conversation, constraints={"tags": ["german"]})["expert"] == "bbb"
    problem(
        ask(ada, conversation, "", skill="count", constraints={"tags": ["french"]}),
        422,
        "expert_unfit",
    )
    problem(ask(ada, conversation, "aaa", constraints={"tags": ["german"]}), 422, "expert_unfit")


def test_unknown_skill_is_refused_with_those_there_are(ada, conversation):
    counting("aaa")

    body = problem(ask(ada, conversation, "", skill="paint"), 404, "skill_unknown")

    assert "there are: count" in body["detail"]
    assert problem(ask(ada, conversation, ""), 422, "invalid")["errors"][0]["pointer"] == "/skill"


def test_message_that_names_a_skill_is_answered_by_who_has_it(ada, conversation):
    counting("aaa", health="failing")
    counting("bbb")

    run = post(ada, conversation, skill="count")
    carry(run)
    consult()
    carry(run)

    found = Delegation.objects.get(run=run)
    assert (found.slug, found.state) == ("bbb", "completed")
    assert Run.objects.get(id=run).decision["reason"] == "whoever has the skill count, by metadata.skill"


def test_explaining_says_whom_a_message_would_reach_and_sends_nothing(ada, conversation):
    counting("aaa")
    counting("bbb", health="healthy")
    explain = f"{API}/dispatch/explain"
    asked = {"conversation": str(conversation.id), "text": "one two"}

    by_skill = ada.post(explain, {**asked, "metadata": {"skill": "count"}}).json()
    by_name = ada.post(explain, {**asked, "metadata": {"expert": "aaa"}}).json()
    nobody = ada.post(explain, {**asked, "metadata": {"expert": "zzz"}}).json()
    plain = ada.post(explain, asked).json()

    assert (by_skill["consults"]["expert"], by_skill["consults"]["skill"]) == ("bbb", "count")
    assert [one["expert"] for one in by_skill["consults"]["choice"]["candidates"]] == ["bbb", "aaa"]
    assert (by_name["expert"], by_name["consults"]["choice"]) == ("aaa", {"by": "name"})
    assert nobody["consults"]["problem"]["code"] == "expert_unknown"
    assert "consults" not in plain
    assert not Delegation.objects.exists()
