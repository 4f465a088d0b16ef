"""How experts are: asked each minute, and left alone when they turn out to be somebody else."""

import threading
from datetime import timedelta

import pytest
from django.utils import timezone

from integrations import checkups, expert_faults, jobs
from integrations.contract import Definition, Skill
from integrations.models import Expert, Health
from tests.delegations.consulted import expert
from tests.experts_app import (
    far_away,
    leavers,  # noqa: F401 - registers them
)
from tests.marked_app import filters as _marked  # noqa: F401 - registers it
from tests.problem import problem

URL = "https://far.example/"


@pytest.fixture
def far(ada):
    """A remote expert of ada's workspace, by name of its far side."""

    def made(url=URL, **fields):
        told = {"name": "Far", "adapter": "far", "settings": {"url": url}, "slug": f"far-{Expert.objects.count()}"}
        return Expert.objects.create(workspace=ada.workspace, **{**told, **fields})

    far_away.SIDES.clear()
    return made


def after_a_turn(one):
    Expert.objects.update(health_at=timezone.now() - timedelta(minutes=2))
    jobs.check_experts()
    return Expert.objects.get(id=one.id)


def names(one):
    return [skill["name"] for skill in one.skills]


def test_a_far_side_that_answers_is_healthy_and_what_it_says_first_is_agreed_to(far):
    side = far_away.side(URL, "count", "guess")

    one = after_a_turn(far())

    assert (one.health, one.health_detail, names(one)) == (Health.HEALTHY, "", ["count", "guess"])
    assert one.pinned == side.digest


def test_skills_that_were_typed_stay_when_it_says_others_first(far):
    side = far_away.side(URL, "count", "guess")

    one = after_a_turn(far(skills=[{"name": "count"}]))

    assert (one.health, names(one), one.pinned) == (Health.HEALTHY, ["count"], side.digest)


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"trouble": "Its disk is full."}, "Its disk is full."),
        ({"broken": True}, "Something broke"),
    ],
)
def test_one_in_trouble_is_failing_and_says_why(far, fields, said):
    far_away.side(URL, "count", **fields)

    one = after_a_turn(far())

    assert one.health == Health.FAILING
    assert said in one.health_detail
    assert "whsec_secret" not in one.health_detail


def test_one_that_hangs_is_failing_after_its_time(far):
    far_away.side(URL, "count", hangs=True)
    one, well = far(), far("https://other.example/")
    far_away.side("https://other.example/", "count")

    checkups.look_at([one, well], seconds=0.1)

    assert Expert.objects.get(id=one.id).health_detail == "It did not answer within 0.1 seconds."
    assert Expert.objects.get(id=well.id).health == Health.HEALTHY


def test_one_that_blocks_its_thread_is_left_behind_and_not_asked_twice_at_a_time(far):
    ends = threading.Event()
    blocked = far_away.side(URL, "count", blocks=ends)
    one, well = far(), far("https://other.example/")
    far_away.side("https://other.example/", "count")

    checkups.look_at([one, well], seconds=0.2)
    checkups.look_at([Expert.objects.get(id=one.id)], seconds=0.1)
    ends.set()

    assert Expert.objects.get(id=one.id).health_detail == "It did not answer within 0.1 seconds."
    assert Expert.objects.get(id=well.id).health == Health.HEALTHY
    assert len(blocked.secrets) == 1


def test_one_that_tries_to_end_the_process_is_failing(far):
    far_away.side(URL, "count", exits=True)

    one = after_a_turn(far())

    assert (one.health, one.health_detail) == (Health.FAILING, checkups.BROKEN)


@pytest.mark.parametrize(
    ("how", "said"), [("hangs", "did not say who it is"), ("exits", "broke when"), ("breaks", "broke when")]
)
def test_what_settings_name_is_asked_who_it_is_and_whatever_it_does_is_a_fault(ada, monkeypatch, how, said):
    monkeypatch.setattr(expert_faults, "DESCRIBE_SECONDS", 0.2)
    fields = {"slug": "odd", "name": "Odd", "adapter": "odd", "settings": {"how": how}}

    answer = ada.post("/api/v1/experts/", {"workspace": str(ada.workspace.id), **fields})

    [error] = problem(answer, 422, "invalid")["errors"]
    assert (error["pointer"], said in error["detail"]) == ("/settings", True)


def test_one_that_comes_back_is_healthy_again(far):
    far_away.side(URL, "count", trouble="Away.")
    one = after_a_turn(far())

    far_away.side(URL, "count")

    assert (one.health, after_a_turn(one).health) == (Health.FAILING, Health.HEALTHY)


def test_one_that_describes_itself_otherwise_is_left_alone_until_it_is_accepted(far, ada):
    far_away.side(URL, "count")
    one = after_a_turn(far())
    side = far_away.side(URL, "count", "upload_everything")

    changed = after_a_turn(one)
    told = ada.get(f"/api/v1/experts/{one.id}/").json()
    accepted = ada.post(f"/api/v1/experts/{one.id}/accept/", {"digest": told["described"]["digest"]}).json()

    assert (changed.health, names(changed)) == (Health.CHANGED, ["count"])
    assert [skill["name"] for skill in told["described"]["skills"]] == ["count", "upload_everything"]
    assert [skill["name"] for skill in accepted["skills"]] == ["count", "upload_everything"]
    assert (accepted["pinned"], accepted["described"], accepted["health"]) == (side.digest, None, "unknown")
    assert after_a_turn(one).health == Health.HEALTHY


def test_one_that_is_changed_stays_so_while_it_says_nothing_and_is_well_again_as_it_was(far):
    far_away.side(URL, "count")
    one = after_a_turn(far())
    far_away.side(URL, "other")
    after_a_turn(one)

    far_away.SIDES[URL] = far_away.FarSide(trouble="Away.")
    silent = after_a_turn(one)
    far_away.side(URL, "count")
    back = after_a_turn(one)

    assert (silent.health, back.health, back.described) == (Health.CHANGED, Health.HEALTHY, None)


def test_what_was_not_looked_at_is_not_accepted(far, ada):
    far_away.side(URL, "count")
    one = after_a_turn(far())
    far_away.side(URL, "other")
    after_a_turn(one)

    path = f"/api/v1/experts/{one.id}/accept/"
    problem(ada.post(path, {"digest": one.pinned}), 409, "described_anew")
    problem(ada.post(path, {}), 422, "invalid")
    problem(ada.post(path, {"digest": ""}), 422, "invalid")
    digest = (Expert.objects.get(id=one.id).described or {})["digest"]
    assert ada.post(path, {"digest": digest}).status_code == 200
    problem(ada.post(path, {"digest": digest}), 409, "nothing_to_accept")


@pytest.mark.parametrize(
    "skills",
    [
        (Skill("two words"),),
        (Skill("a"), Skill("a")),
        (Skill("a", "", {"type": "txt"}),),
        (Skill("a", "", {"const": b"no JSON"}),),
        (Skill("a", "NUL \0"),),
        (Skill("a", "", {"const": 2**70}),),
        tuple(Skill(f"skill-{number}") for number in range(51)),
    ],
)
def test_skills_that_could_not_be_used_are_not_taken_over(far, skills):
    far_away.SIDES[URL] = far_away.FarSide(Definition("Far", "", skills))

    one = after_a_turn(far())

    assert (one.health, one.skills, one.pinned) == (Health.FAILING, [], "")


@pytest.mark.parametrize("mark", ["HOLD ME", "BLOCK ME"])
def test_what_filters_refuse_is_not_taken_over(far, settings, mark):
    settings.FILTERS = [*settings.FILTERS, "marked"]
    far_away.SIDES[URL] = far_away.FarSide(Definition("Far", "", (Skill("count", mark),)))

    one = after_a_turn(far())

    assert (one.health, one.skills, one.pinned) == (Health.FAILING, [], "")
    assert "Content filters refuse it" in one.health_detail


def test_what_filters_mask_is_taken_over_masked(far, settings):
    settings.FILTERS = [*settings.FILTERS, "marked"]
    told = Definition("Far", "", (Skill("count", "Counts. MASK ME"),))
    far_away.SIDES[URL] = far_away.FarSide(told)

    one = after_a_turn(far())
    again = after_a_turn(one)

    assert [skill["description"] for skill in one.skills] == ["Counts. [masked]"]
    assert (one.pinned, again.health) == (told.digest, Health.HEALTHY)


def test_another_definition_that_filters_refuse_is_not_shown_to_who_would_accept_it(far, settings):
    settings.FILTERS = [*settings.FILTERS, "marked"]
    far_away.side(URL, "count")
    one = after_a_turn(far())
    far_away.SIDES[URL] = far_away.FarSide(Definition("BLOCK ME", "", (Skill("count"),)))

    changed = after_a_turn(one)

    assert (changed.health, changed.described) == (Health.CHANGED, None)


def test_one_that_was_agreed_to_and_says_what_cannot_be_used_is_left_alone(far):
    far_away.side(URL, "count")
    one = after_a_turn(far())
    far_away.SIDES[URL] = far_away.FarSide(Definition("Far", "x" * 20_000, (Skill("count"),)))

    changed = after_a_turn(one)

    assert (changed.health, changed.described) == (Health.CHANGED, None)
    assert "at most 10000 characters" in changed.health_detail


def test_code_of_the_installation_is_looked_for_and_not_pinned(ada):
    there, gone = expert("counter", ada.workspace), expert("asker", ada.workspace, settings={"expert": "gone"})

    assert after_a_turn(there).health == Health.HEALTHY
    ill = after_a_turn(gone)
    assert (ill.health, ill.pinned) == (Health.FAILING, "")
    assert "No code registers 'gone'" in ill.health_detail


def test_one_whose_code_wants_to_end_the_process_is_failing_and_no_other(ada):
    there, unmade = expert("counter", ada.workspace), expert("unmade", ada.workspace)

    ill = after_a_turn(unmade)
    there.refresh_from_db()

    assert (ill.health, there.health) == (Health.FAILING, Health.HEALTHY)


def test_planned_and_disabled_ones_are_not_asked(far):
    far_away.side(URL, "count")
    planned, disabled = far(adapter="planned", settings={}), far(enabled=False)

    assert {after_a_turn(planned).health, after_a_turn(disabled).health} == {Health.UNKNOWN}


def test_one_that_was_just_asked_has_its_turn_later(far):
    far_away.side(URL, "count")
    one = far()

    assert (checkups.take_turn() > 0, checkups.take_turn()) == (True, 0)
    assert Expert.objects.get(id=one.id).health == Health.HEALTHY


def test_what_was_said_of_one_that_was_changed_meanwhile_is_not_kept(far, ada):
    far_away.side(URL, "count")
    read_before = far()
    ada.patch(f"/api/v1/experts/{read_before.id}/", {"settings": {"url": "https://other.example/"}})

    checkups.look_at([read_before])

    one = Expert.objects.get(id=read_before.id)
    assert (one.health, one.pinned, one.skills) == (Health.UNKNOWN, "", [])


def test_health_in_detail_names_the_experts_in_trouble(far, ada):
    far_away.side(URL, "count", trouble="Its disk is full.")
    ill, off = far(), far()
    Expert.objects.filter(id=off.id).update(enabled=False, health=Health.FAILING)
    after_a_turn(ill)

    told = ada.get("/healthz").json()

    [one] = told["experts_in_trouble"]
    assert (one["slug"], one["health"], one["health_detail"]) == (ill.slug, "failing", "Its disk is full.")
    assert told["status"] == "ok"
