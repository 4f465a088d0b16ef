"""The admin's power over people: sessions, passwords, memberships, revocations, each through its own domain."""

from dataclasses import dataclass

import pytest
from django.contrib.auth.models import Permission
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from project.models import Event
from security import sessions, tokens
from security.models import Membership, Role, Session, User, Workspace
from security.recent import recent
from security.sessions import Device, SessionEnded
from tests import admin_rows
from tests.people import PASSWORD

SESSIONS = "admin:security_session_changelist"
NEW_PASSWORD = "staple battery horse correct"


@pytest.fixture
def lab(ada, bob):
    lab = admin_rows.workspace(ada)
    admin_rows.member(lab, bob)
    return lab


def test_ending_selected_sessions_refuses_their_tokens(browser, bob):
    phone, laptop = begin(bob, "phone"), begin(bob, "laptop")
    access = tokens.issue_access(phone)

    page = act(browser, "end_selected", phone)

    assert "1 session was ended." in page
    with pytest.raises(SessionEnded):
        sessions.identify(access)
    assert set(Session.objects.live().filter(user=bob)) == {laptop}


def test_ending_all_sessions_of_a_user_spares_other_users(browser, bob, eve):
    phone = begin(bob, "phone")
    begin(bob, "laptop")
    other = begin(eve, "phone")

    page = act(browser, "end_all_of_users", phone)

    assert "2 sessions were ended." in page
    assert not Session.objects.live().filter(user=bob).exists()
    assert set(Session.objects.live().filter(user=eve)) == {other}


def test_an_ended_session_says_that_staff_ended_it(browser, bob):
    phone = begin(bob, "phone")

    act(browser, "end_selected", phone)

    phone.refresh_from_db()
    assert phone.end_reason == "staff"


def test_the_admins_own_session_ended_signs_out_on_the_next_click(browser, ada):
    act(browser, "end_selected", Session.objects.get(user=ada, kind="admin"), follow=False)

    response = browser.get(reverse("admin:index"))

    assert response.status_code == 302
    assert response.url.startswith(reverse("admin:login"))


def test_ending_sessions_takes_the_permission_for_it(client, bob, eve):
    eve.is_staff = True
    eve.save()
    eve.user_permissions.set(Permission.objects.filter(codename="view_session"))
    client.force_login(eve)
    phone = begin(bob, "phone")

    act(client, "end_selected", phone)

    assert phone in Session.objects.live()


@pytest.mark.parametrize("state", ["live", "expired", "ended", "flagged"])
def test_sessions_are_filtered_by_state(browser, ada, bob, state):
    now = timezone.now()
    made = {name: begin(bob, name) for name in ("live", "expired", "ended")}
    Session.objects.filter(id=made["expired"].id).update(idle_until=now)
    Session.objects.filter(id=made["ended"].id).update(ended_at=now, end_reason="logout")
    admin_rows.flag(made["expired"], resolved_at=now)
    admin_rows.flag(made["ended"])

    shown = browser.get(reverse(SESSIONS), {"state": state, "q": "bob"})

    assert list(shown.context["cl"].result_list) == [made["ended" if state == "flagged" else state]]


def test_a_session_of_a_deactivated_user_is_not_shown_as_live(browser, bob):
    own = begin(bob, "phone")
    User.objects.filter(id=bob.id).update(is_active=False)

    shown = {state: browser.get(reverse(SESSIONS), {"state": state, "q": "bob"}) for state in ("live", "expired")}

    assert list(shown["live"].context["cl"].result_list) == []
    assert list(shown["expired"].context["cl"].result_list) == [own]


def test_sessions_are_found_by_username(browser, bob, eve):
    own = begin(bob, "phone")
    begin(eve, "phone")

    shown = browser.get(reverse(SESSIONS), {"q": "bob"})

    assert list(shown.context["cl"].result_list) == [own]


def test_a_deactivated_user_has_no_sessions_left(browser, bob):
    phone = begin(bob, "phone")
    fields = {"username": "bob", "email": bob.email, "first_name": "", "last_name": ""}

    browser.post(reverse("admin:security_user_change", args=[bob.id]), {**fields, **no_inlines("memberships")})

    phone.refresh_from_db()
    assert not User.objects.get(username="bob").is_active
    assert phone.end_reason == "deactivated"


def test_users_are_deactivated_from_the_list_and_their_sessions_end(browser, ada, bob, eve):
    phone, other = begin(bob, "phone"), begin(eve, "phone")
    fields = {"action": "deactivate", "_selected_action": [str(bob.id), str(ada.id)]}

    page = browser.post(reverse("admin:security_user_changelist"), fields, follow=True).content.decode()

    phone.refresh_from_db()
    assert "1 user was deactivated" in page
    assert "Nobody deactivates themselves" in page
    assert phone.end_reason == "deactivated"
    assert set(User.objects.filter(is_active=True)) == {ada, eve}
    assert other in Session.objects.live()


@pytest.mark.parametrize(("changed", "told"), [({"last_name": "Builder"}, 1), ({"email": "bob@example.org"}, 0)])
def test_a_name_changed_is_a_fact_of_each_workspace(browser, lab, ada, bob, changed, told):
    desk = admin_rows.workspace(ada)
    admin_rows.member(desk, bob)
    before = [len(facts_of(lab)), len(facts_of(desk))]
    fields = {"username": "bob", "is_active": "on", **changed}

    browser.post(reverse("admin:security_user_change", args=[bob.id]), {**fields, **no_inlines("memberships")})

    assert [len(facts_of(lab)), len(facts_of(desk))] == [count + told for count in before]
    event = Event.objects.filter(type="member.changed").last()
    assert bool(event) == bool(told)
    assert not event or (event.data["member"], event.data["last_name"]) == (str(bob.id), "Builder")


def test_a_password_set_by_staff_ends_the_users_sessions(browser, bob):
    phone = begin(bob, "phone")
    fields = {"password1": NEW_PASSWORD, "password2": NEW_PASSWORD, "usable_password": "true"}

    browser.post(reverse("admin:auth_user_password_change", args=[bob.id]), fields)

    phone.refresh_from_db()
    assert User.objects.get(username="bob").check_password(NEW_PASSWORD)
    assert phone.end_reason == "password_changed"


def test_an_own_password_changed_ends_all_other_sessions(browser, ada):
    phone = begin(ada, "phone")
    fields = {
        "old_password": PASSWORD,
        "new_password1": NEW_PASSWORD,
        "new_password2": NEW_PASSWORD,
    }

    response = browser.post(reverse("admin:password_change"), fields, follow=True)

    phone.refresh_from_db()
    assert response.status_code == 200
    assert response.redirect_chain[-1][0] == reverse("admin:password_change_done")
    assert phone.end_reason == "password_changed"


def test_staff_add_a_user(browser):
    fields = {"username": "mia", "password1": NEW_PASSWORD, "password2": NEW_PASSWORD, "usable_password": "true"}

    response = browser.post(reverse("admin:security_user_add"), fields)

    assert response.status_code == 302
    assert User.objects.get(username="mia").check_password(NEW_PASSWORD)


def test_only_a_superuser_changes_a_superuser_or_makes_one(client, ada, eve):
    eve.is_staff = True
    eve.save()
    eve.user_permissions.set(Permission.objects.filter(codename__in=["view_user", "change_user"]))
    client.force_login(eve)
    own = {"username": "eve", "email": "", "is_active": "on", "is_staff": "on", "is_superuser": "on"}

    client.post(reverse("admin:security_user_change", args=[eve.id]), {**own, **no_inlines("memberships")})
    refused = client.post(reverse("admin:auth_user_password_change", args=[ada.id]), {"password1": NEW_PASSWORD})

    assert refused.status_code == 403
    assert not User.objects.get(username="eve").is_superuser


def test_a_user_cannot_be_deleted(browser, bob):
    response = browser.post(reverse("admin:security_user_delete", args=[bob.id]), {"post": "yes"})

    assert response.status_code == 403


def test_a_new_workspace_has_its_owner_and_its_log(browser, bob):
    browser.post(reverse("admin:security_workspace_add"), {"name": "Desk", "owner": "bob"})

    desk = Workspace.objects.get(name="Desk")
    assert facts_of(desk) == [("member.added", bob.id)]
    assert Membership.objects.get(workspace=desk).role == Role.OWNER


@pytest.mark.parametrize(("given", "kept"), [("3", 3), ("0", 0), ("", None)])
def test_staff_limit_the_runs_of_a_workspace(browser, lab, given, kept):
    form = {"name": "Lab", "concurrency": given, **no_inlines("memberships")}

    browser.post(reverse("admin:security_workspace_change", args=[lab.id]), form)

    lab.refresh_from_db()
    assert (lab.name, lab.concurrency) == ("Lab", kept)


def test_a_new_workspace_needs_an_owner_who_exists(browser):
    response = browser.post(reverse("admin:security_workspace_add"), {"name": "Desk", "owner": "nobody"})

    assert "There is no active user of that name" in response.content.decode()
    assert not Workspace.objects.exists()


@pytest.mark.parametrize("page", ["security_workspace", "security_user"])
def test_memberships_are_shown_a_page_at_a_time_at_the_same_cost(browser, ada, page):
    lab = admin_rows.workspace(ada)
    row = lab if page == "security_workspace" else ada
    shown(browser, page, row)  # reads what a process keeps
    few = shown(browser, page, row)

    for number in range(30):
        admin_rows.member(lab, admin_rows.person(f"guest-{number}"))
        admin_rows.member(admin_rows.workspace(admin_rows.person(f"host-{number}")), ada)
    many = shown(browser, page, row)

    assert (few.rows, many.rows) == (1, 20)
    assert few.queries == many.queries


def test_a_renamed_workspace_keeps_its_members(browser, lab):
    fields = {"name": "Laboratory", **no_inlines("memberships")}

    browser.post(reverse("admin:security_workspace_change", args=[lab.id]), fields)

    lab.refresh_from_db()
    assert (lab.name, lab.memberships.count()) == ("Laboratory", 2)


def test_a_member_added_is_a_fact_of_the_workspace(browser, lab, ada, eve):
    fields = {"workspace": lab.id, "user": eve.id, "role": "viewer"}

    browser.post(reverse("admin:security_membership_add"), fields)

    event = Event.objects.latest("seq")
    assert (event.type, event.data["username"], event.data["role"]) == ("member.added", "eve", "viewer")
    assert event.actor == {"kind": "staff", "id": str(ada.id)}


def test_a_role_changed_is_a_fact_of_the_workspace(browser, lab, bob):
    membership = Membership.objects.get(user=bob)

    browser.post(reverse("admin:security_membership_change", args=[membership.id]), {"role": "admin"})

    membership.refresh_from_db()
    assert membership.role == Role.ADMIN
    assert facts_of(lab)[-1] == ("member.changed", bob.id)


def test_a_member_removed_is_a_fact_of_the_workspace(browser, lab, bob):
    membership = Membership.objects.get(user=bob)

    browser.post(reverse("admin:security_membership_delete", args=[membership.id]), {"post": "yes"})

    assert not Membership.objects.filter(user=bob).exists()
    assert facts_of(lab)[-1] == ("member.removed", bob.id)


def test_members_removed_together_are_all_kept_when_one_is_the_last_owner(browser, lab):
    chosen = [str(id) for id in Membership.objects.values_list("id", flat=True)]
    fields = {"action": "delete_selected", "_selected_action": chosen, "post": "yes"}

    page = browser.post(reverse("admin:security_membership_changelist"), fields, follow=True).content.decode()

    assert "A workspace keeps at least one owner" in page
    assert lab.memberships.count() == 2


@pytest.mark.parametrize("page", ["change", "delete"])
def test_the_last_owner_stays(browser, lab, ada, page):
    membership = Membership.objects.get(user=ada)
    address = reverse(f"admin:security_membership_{page}", args=[membership.id])

    shown = browser.post(address, {"role": "viewer", "post": "yes"}, follow=True).content.decode()

    membership.refresh_from_db()
    assert "A workspace keeps at least one owner" in shown
    assert membership.role == Role.OWNER


def test_who_is_a_member_is_not_added_again(browser, lab, bob):
    fields = {"workspace": lab.id, "user": bob.id, "role": "viewer"}

    response = browser.post(reverse("admin:security_membership_add"), fields)

    assert "already exists" in response.content.decode()
    assert Membership.objects.filter(user=bob).count() == 1


def begin(user, name):
    return sessions.begin(user, Device(name))


def act(client, action, session, follow=True):
    fields = {"action": action, "_selected_action": [str(session.id)]}
    return client.post(reverse(SESSIONS), fields, follow=follow).content.decode()


@dataclass
class Shown:
    rows: int
    queries: int


def shown(client, page, row):
    recent.forget_all()  # a session is read once a second: each look reads it, however long the rows before took
    with CaptureQueriesContext(connection) as queries:
        response = client.get(reverse(f"admin:{page}_change", args=[row.id]))
    (inline,) = response.context["inline_admin_formsets"]
    return Shown(len(list(inline)), len(queries))


def no_inlines(prefix):
    return {f"{prefix}-{name}": 0 for name in ("TOTAL_FORMS", "INITIAL_FORMS", "MIN_NUM_FORMS", "MAX_NUM_FORMS")}


def facts_of(workspace):
    events = Event.objects.filter(stream=f"workspace:{workspace.id}").order_by("seq")
    return [(event.type, User.objects.get(id=event.data["member"]).id) for event in events]
