"""Members and their roles. Each change is a fact in the workspace's log; the loss of access is immediate."""

from datetime import timedelta

import pytest

from project import bus
from project.errors import Forbidden, NotFound
from security import workspaces
from security.models import Membership, User
from tests.people import Person, make_people, make_user
from tests.problem import problem
from tests.security.test_workspaces import facts
from tests.threads import at_once

ROUNDS = 10  # of a race that is lost now and then


def members(person):
    return f"/api/v1/workspaces/{person.workspace.id}/members/"


def member(person):
    """The path of a person's own membership."""
    return f"{members(person)}{Membership.objects.get(user=person.user).id}/"


def role_of(person):
    return Membership.objects.get(user=person.user).role


def test_members_are_seen_by_every_member(ada, bob_as):
    viewer = bob_as("viewer")

    listed = viewer.get(members(viewer)).json()["results"]

    assert [(row["user"]["username"], row["role"]) for row in listed] == [("bob", "viewer"), ("ada", "owner")]


@pytest.mark.parametrize("role", ["admin", "editor", "viewer"])
def test_an_owner_adds_a_member_who_then_belongs(ada, people, role):
    cyd = Person(make_user("cyd"))

    answer = ada.post(members(ada), {"username": "cyd", "role": role})

    assert answer.status_code == 201
    assert (answer.json()["user"]["username"], answer.json()["role"]) == ("cyd", role)
    assert cyd.get(f"/api/v1/workspaces/{ada.workspace.id}/").json()["role"] == role


def test_unknown_and_inactive_users_are_told_the_same(ada):
    make_user("cyd", is_active=False)

    answers = [ada.post(members(ada), {"username": name, "role": "viewer"}) for name in ("nobody", "cyd")]

    details = {problem(answer, 422, "unknown_user")["detail"] for answer in answers}
    assert len(details) == 1


@pytest.mark.parametrize("key", [{}, {"Idempotency-Key": "k"}])
def test_names_are_tried_out_a_few_times_only(ada, eve, settings, key):
    """In a workspace of one's own anybody may ask who there is: what is refused counts."""
    settings.LIMITS = settings.LIMITS | {"members": (2, timedelta(hours=1))}
    wanted = [{"username": name, "role": "viewer"} for name in ("nobody", "somebody", "bob")]

    tried = [eve.post(members(eve), body, **key) for body in wanted]

    assert [answer.status_code for answer in tried] == [422, 422, 429]
    problem(tried[-1], 429, "rate_limited")
    assert tried[-1]["RateLimit-Policy"] == '"members";q=2;w=3600'
    assert not Membership.objects.filter(workspace=eve.workspace, user__username="bob").exists()
    assert ada.post(members(ada), {"username": "eve", "role": "viewer"}).status_code == 201


def test_nobody_is_a_member_twice(ada, bob):
    answer = ada.post(members(ada), {"username": "bob", "role": "viewer"})

    problem(answer, 409, "already_member")
    assert role_of(bob) == "editor"


@pytest.mark.parametrize("role", ["", "root", "Owner", None, ["owner"]])
def test_a_role_that_does_not_exist_is_refused(ada, bob, role):
    make_user("cyd")

    for answer in (ada.post(members(ada), {"username": "cyd", "role": role}), ada.patch(member(bob), {"role": role})):
        assert problem(answer, 422, "invalid")["errors"][0]["pointer"] == "/role"


@pytest.mark.parametrize("role", ["editor", "viewer"])
def test_editors_and_viewers_do_not_manage(ada, bob_as, role):
    bob = bob_as(role)
    make_user("cyd")

    problem(bob.post(members(bob), {"username": "cyd", "role": "viewer"}), 403, "forbidden")
    problem(bob.patch(member(ada), {"role": "viewer"}), 403, "forbidden")
    problem(bob.patch(member(bob), {"role": "admin"}), 403, "forbidden")
    problem(bob.delete(member(ada)), 403, "forbidden")

    assert (role_of(ada), role_of(bob)) == ("owner", role)
    assert Membership.objects.filter(workspace=ada.workspace).count() == 2


def test_an_admin_does_not_make_change_or_remove_owners(ada, bob_as):
    bob = bob_as("admin")
    make_user("cyd")

    problem(bob.post(members(bob), {"username": "cyd", "role": "owner"}), 403, "forbidden")
    problem(bob.patch(member(bob), {"role": "owner"}), 403, "forbidden")
    problem(bob.patch(member(ada), {"role": "viewer"}), 403, "forbidden")
    problem(bob.delete(member(ada)), 403, "forbidden")

    assert (role_of(ada), role_of(bob)) == ("owner", "admin")


def test_an_admin_manages_everybody_else(ada, bob_as):
    bob, cyd = bob_as("admin"), Person(make_user("cyd"))

    bob.post(members(bob), {"username": "cyd", "role": "viewer"})
    changed = bob.patch(member(cyd), {"role": "editor"})
    removed = bob.delete(member(cyd))

    assert (changed.status_code, changed.json()["role"], removed.status_code) == (200, "editor", 204)


def test_the_last_owner_stays(ada, bob):
    problem(ada.delete(member(ada)), 409, "last_owner")
    problem(ada.patch(member(ada), {"role": "admin"}), 409, "last_owner")

    assert role_of(ada) == "owner"


def test_an_owner_may_leave_once_there_is_another(ada, bob):
    ada.patch(member(bob), {"role": "owner"})

    answer = ada.delete(member(ada))

    assert answer.status_code == 204
    assert not Membership.objects.filter(user=ada.user).exists()


@pytest.mark.parametrize("role", ["admin", "editor", "viewer"])
def test_everybody_else_may_leave(bob_as, role):
    bob = bob_as(role)

    answer = bob.delete(member(bob))

    assert answer.status_code == 204
    assert bob.get("/api/v1/workspaces/").json()["results"] == []


def test_who_was_removed_sees_nothing_from_then_on(ada, bob, conversation):
    before = bob.get(f"/api/v1/conversations/{conversation.id}/").status_code

    ada.delete(member(bob))

    assert before == 200
    problem(bob.get(f"/api/v1/conversations/{conversation.id}/"), 404, "not_found")
    problem(bob.get(f"/api/v1/workspaces/{ada.workspace.id}/"), 404, "not_found")


def test_each_change_is_a_fact_in_the_workspaces_log(ada, bob, people):
    path, workspace = member(bob), ada.workspace.id
    joined = ada.get(members(ada)).json()["results"][0]["created_at"]
    ada.patch(path, {"role": "viewer"})
    ada.delete(path)

    told = facts(ada, workspace)

    names = {"username": "bob", "first_name": "", "last_name": ""}
    bobs = {"member": str(bob.user.id), "membership": path.split("/")[-2], "created_at": joined, **names}
    assert told[1:] == [
        ("member.added", str(ada.user.id), bobs | {"role": "editor"}),
        ("member.changed", str(ada.user.id), bobs | {"role": "viewer"}),
        ("member.removed", str(ada.user.id), bobs | {"role": "viewer"}),
    ]


def test_a_refused_change_is_no_fact(ada, bob):
    before = facts(ada, ada.workspace.id)

    ada.delete(member(ada))
    ada.post(members(ada), {"username": "bob", "role": "viewer"})
    bob.patch(member(bob), {"role": "owner"})

    assert facts(ada, ada.workspace.id) == before


def test_streams_of_a_removed_member_are_woken(ada, bob, django_capture_on_commit_callbacks):
    heard: list[str] = []
    bus.on("member", heard.append)

    with django_capture_on_commit_callbacks(execute=True):
        ada.delete(member(bob))

    assert heard == [str(bob.user.id)]


@pytest.mark.django_db(transaction=True)
def test_two_owners_who_leave_at_once_do_not_both_go():
    people = {name: Person(user) for name, user in make_people().items()}
    ada, bob = people["ada"], people["bob"]
    ada.patch(member(bob), {"role": "owner"})
    paths = {person: member(person) for person in (ada, bob)}

    answers = at_once([lambda: ada.delete(paths[ada]), lambda: bob.delete(paths[bob])])

    assert sorted(answer.status_code for answer in answers) == [204, 409]
    assert User.objects.filter(memberships__workspace__name="Lab", memberships__role="owner").count() == 1


def test_a_member_who_left_meanwhile_is_not_found(ada, bob):
    seen_before = Membership.objects.get(user=bob.user)
    bob.delete(member(bob))

    with pytest.raises(NotFound):
        workspaces.change_role(ada.user, seen_before, "viewer")
    with pytest.raises(NotFound):
        workspaces.remove_member(ada.user, seen_before)


def test_an_admin_does_not_touch_who_became_an_owner_meanwhile(ada, bob_as):
    bob, cyd = bob_as("admin"), Person(make_user("cyd"))
    ada.post(members(ada), {"username": "cyd", "role": "viewer"})
    seen_before = Membership.objects.get(user=cyd.user)
    ada.patch(member(cyd), {"role": "owner"})

    with pytest.raises(Forbidden):
        workspaces.change_role(bob.user, seen_before, "viewer")
    with pytest.raises(Forbidden):
        workspaces.remove_member(bob.user, seen_before)

    assert role_of(cyd) == "owner"


@pytest.mark.django_db(transaction=True)
def test_a_member_removed_by_several_at_once_leaves_once():
    ada, bob = (Person(user) for name, user in make_people().items() if name != "eve")
    for _ in range(ROUNDS):
        path = member(bob)
        before = facts(ada, ada.workspace.id)

        answers = at_once([lambda: ada.delete(path)] * 4)  # noqa: B023 - done within the round

        told = facts(ada, ada.workspace.id)[len(before) :]
        assert sorted(answer.status_code for answer in answers) == [204, 404, 404, 404]
        assert [type for type, _, _ in told] == ["member.removed"]
        ada.post(members(ada), {"username": "bob", "role": "editor"})


@pytest.mark.django_db(transaction=True)
def test_a_change_and_a_removal_at_once_are_both_answered():
    ada, bob = (Person(user) for name, user in make_people().items() if name != "eve")
    for _ in range(ROUNDS):
        path = member(bob)

        answers = at_once([lambda: ada.delete(path), *[lambda: ada.patch(path, {"role": "viewer"})] * 3])  # noqa: B023

        assert answers[0].status_code == 204
        assert {answer.status_code for answer in answers[1:]} <= {200, 404}
        ada.post(members(ada), {"username": "bob", "role": "editor"})


@pytest.mark.django_db(transaction=True)
def test_an_admin_races_in_vain_with_the_rise_of_an_owner():
    ada, bob = (Person(user) for name, user in make_people().items() if name != "eve")
    ada.patch(member(bob), {"role": "admin"})
    cyd = Person(make_user("cyd"))
    for _ in range(ROUNDS):
        ada.post(members(ada), {"username": "cyd", "role": "viewer"})
        path = member(cyd)

        raised, removed = at_once([lambda: ada.patch(path, {"role": "owner"}), lambda: bob.delete(path)])  # noqa: B023

        assert (raised.status_code, removed.status_code) in {(200, 403), (404, 204)}
        Membership.objects.filter(user=cyd.user).delete()
