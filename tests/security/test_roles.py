"""Roles of staff: each sees everything, and does what its table says and nothing else."""

from functools import partial

import pytest
from django.contrib import admin
from django.contrib.auth.models import Group, Permission
from django.core.management import call_command
from django.urls import reverse

from security import roles, sessions
from security.models import Session, User
from security.roles import OPERATOR, SECURITY_OFFICER, VIEWER
from security.sessions import Device
from tests import admin_rows
from tests.modes import once

SUPERUSER = "superuser"
ADDS = {
    VIEWER: set(),
    OPERATOR: {"dispatch_route", "contexts_contextpolicy", "integrations_expert"},
    SECURITY_OFFICER: {"security_revokedtoken", "security_rule"},
}
CHANGES = {
    VIEWER: set(),
    OPERATOR: {"dispatch_route", "dispatch_handlerswitch", "contexts_contextpolicy", "integrations_expert"},
    SECURITY_OFFICER: {"security_rule"},
}
DELETES = {
    VIEWER: set(),
    OPERATOR: {"dispatch_route", "integrations_expert"},
    SECURITY_OFFICER: {"security_rule"},
}
ACTS = {
    VIEWER: {},
    OPERATOR: {
        "security_session": {"end_selected", "end_all_of_users"},
        "contexts_contextrow": {"invalidate", "rebuild", "prune"},
        "dispatch_run": {"stop_runs", "replay_runs", "replay_with"},
        "dispatch_review": {"release_messages", "reject_messages"},
        "dispatch_route": {"enable", "disable", "delete_selected"},
        "dispatch_handlerswitch": {"enable", "disable"},
        "integrations_expert": {"enable", "disable", "check_now", "accept", "rotate_secret", "delete_selected"},
        "security_keptfinding": {"call_right", "call_wrong", "take_back"},
    },
    SECURITY_OFFICER: {
        "dispatch_review": {"release_messages", "reject_messages"},
        "security_user": {"deactivate", "forget"},
        "security_revokedtoken": {"purge_ended"},
        "security_flag": {"resolve"},
        "security_failedsignin": {"let_in"},
        "security_rule": {"enforce", "shadow", "switch_off", "delete_selected"},
        "security_keptfinding": {"call_right", "call_wrong", "take_back"},
    },
}
LATER = {"security_apikey"}  # pages whose own tests say who may do what there


def somebody(role):
    helper = admin_rows.person(role.replace(" ", "-"), is_staff=True, is_superuser=role == SUPERUSER)
    helper.groups.set(Group.objects.filter(name=role))
    return helper


@pytest.fixture(params=[VIEWER, OPERATOR, SECURITY_OFFICER])
def role(request, client, db):
    admin_rows.everything(1)
    client.force_login(somebody(request.param))
    return request.param


def pages():
    return [(f"{model._meta.app_label}_{model._meta.model_name}", model) for model in admin.site._registry]


def row_of(model):
    return model._default_manager.order_by("pk").first()


def reached(client, verb):
    """The pages on which the verb is no 403. What is sent no form takes; a deletion is asked for and not confirmed."""
    sent = client.get if verb == "delete" else partial(client.post, data={"name": "", "concurrency": "none"})
    found = set()
    for page, model in pages():
        arguments = [] if verb == "add" else [row_of(model).pk]
        response = sent(reverse(f"admin:{page}_{verb}", args=arguments))
        assert response.status_code in {200, 302, 403}, page
        found |= set() if response.status_code == 403 else {page}
    return found - LATER


def offered(client):
    """The actions of each list; every list is seen."""
    lists = {page: client.get(reverse(f"admin:{page}_changelist")) for page, _ in pages()}
    assert {page: answer.status_code for page, answer in lists.items()} == dict.fromkeys(lists, 200)
    forms = {page: answer.context["action_form"] for page, answer in lists.items()}
    found = {page: {name for name, _ in form.fields["action"].choices if name} for page, form in forms.items() if form}
    return {page: names for page, names in found.items() if names and page not in LATER}


@once
def test_each_role_sees_every_row(client, role):
    for page, model in pages():
        assert client.get(reverse(f"admin:{page}_change", args=[row_of(model).pk])).status_code == 200, page


@once
def test_each_role_sees_every_list_and_does_what_its_table_says_and_nothing_else(client, role):
    assert reached(client, "add") == ADDS[role]
    assert reached(client, "change") == CHANGES[role]
    assert reached(client, "delete") == DELETES[role]
    assert offered(client) == ACTS[role]


def test_who_has_no_role_sees_nothing_and_a_superuser_does_all(client, db):
    admin_rows.everything(1)
    client.force_login(somebody("nobody in particular"))
    lists = [client.get(reverse(f"admin:{page}_changelist")).status_code for page, _ in pages()]
    assert set(lists) == {403}

    client.force_login(somebody(SUPERUSER))

    every = offered(client)
    for acts in ACTS.values():
        for page, names in acts.items():
            assert names <= every[page]
    assert {"security_user", "security_workspace", "security_membership", "auth_group"} <= reached(client, "add")


def test_an_operator_ends_a_session_and_an_officer_does_not(client, db):
    session = sessions.begin(admin_rows.person("bob"), Device("phone"))
    fields = {"action": "end_selected", "_selected_action": [str(session.id)]}
    for role, ended in ((SECURITY_OFFICER, False), (OPERATOR, True)):
        client.force_login(somebody(role))

        client.post(reverse("admin:security_session_changelist"), fields)

        session.refresh_from_db()
        assert bool(session.ended_at) == ended, role


def test_an_officer_deactivates_users_but_no_superuser(client, db):
    ada, bob = admin_rows.staff("ada"), admin_rows.person("bob")
    client.force_login(somebody(SECURITY_OFFICER))
    fields = {"action": "deactivate", "_selected_action": [str(ada.id), str(bob.id)]}

    client.post(reverse("admin:security_user_changelist"), fields)

    assert set(User.objects.filter(is_active=False)) == {bob}
    assert not Session.objects.live().filter(user=bob).exists()


def test_an_officer_sets_no_password(client, db):
    bob = admin_rows.person("bob")
    client.force_login(somebody(SECURITY_OFFICER))

    assert client.get(reverse("admin:auth_user_password_change", args=[bob.id])).status_code == 403


def test_migrate_makes_the_roles_in_an_empty_database_and_sets_them_right_in_an_old_one(db):
    wanted = {role: held(role) for role in roles.POWERS}
    Permission.objects.all().delete()
    Group.objects.filter(name=VIEWER).delete()
    own = Group.objects.create(name="night shift")

    call_command("migrate", verbosity=0)

    assert {role: held(role) for role in roles.POWERS} == wanted
    assert all(set(powers) <= wanted[role] for role, powers in roles.POWERS.items())
    assert not own.permissions.exists()


def test_what_was_added_to_a_role_by_hand_goes_with_the_next_migrate(db):
    Group.objects.get(name=VIEWER).permissions.add(Permission.objects.get(codename="delete_user"))

    call_command("migrate", verbosity=0)

    assert "security.delete_user" not in held(VIEWER)


@pytest.mark.parametrize("verb", ["change", "delete"])
def test_the_roles_that_ship_are_not_changed_by_hand(client, db, verb):
    client.force_login(admin_rows.staff("ada"))
    role = Group.objects.get(name=VIEWER)

    refused = client.post(reverse(f"admin:auth_group_{verb}", args=[role.id]), {"name": "boss", "post": "yes"})

    assert refused.status_code == 403
    assert Group.objects.filter(name=VIEWER).exists()


def held(role):
    permissions = Permission.objects.filter(group__name=role).select_related("content_type")
    return {f"{permission.content_type.app_label}.{permission.codename}" for permission in permissions}
