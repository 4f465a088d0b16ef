"""Flags in the admin: open until a member of staff has resolved them, once, by name."""

import pytest
from django.urls import reverse
from django.utils import timezone

from project.models import Event
from security import sessions
from security.sessions import Device
from tests import admin_rows

LIST = "admin:security_flag_changelist"


@pytest.fixture
def ada(client, db):
    made = admin_rows.staff("ada")
    client.force_login(made)
    return made


@pytest.fixture
def session(db):
    return sessions.begin(admin_rows.person("bob"), Device("phone"))


def resolve(client, *flags):
    fields = {"action": "resolve", "_selected_action": [str(flag.id) for flag in flags]}
    return client.post(reverse(LIST), fields, follow=True).content.decode()


def test_a_flag_is_resolved_by_who_looked_into_it(client, ada, session):
    flag = admin_rows.flag(session)

    page = resolve(client, flag)

    flag.refresh_from_db()
    assert "1 flag was resolved." in page
    assert flag.resolved_by == ada
    event = Event.objects.get(type="flag.resolved")
    assert event.actor == {"kind": "staff", "id": str(ada.id)}
    assert (event.data["flag"], event.data["subject_id"]) == (str(flag.id), str(session.id))


def test_who_resolved_it_first_is_kept(client, ada, session):
    other = admin_rows.staff("cyd")
    earlier = admin_rows.flag(session, resolved_at=timezone.now(), resolved_by=other)

    page = resolve(client, earlier, admin_rows.flag(session))

    earlier.refresh_from_db()
    assert "1 flag was resolved." in page
    assert earlier.resolved_by == other
    assert Event.objects.filter(type="flag.resolved").count() == 1


@pytest.mark.parametrize("state", ["open", "resolved"])
def test_flags_are_filtered_by_state(client, ada, session, state):
    made = {"open": admin_rows.flag(session), "resolved": admin_rows.flag(session, resolved_at=timezone.now())}

    shown = client.get(reverse(LIST), {"state": state})

    assert list(shown.context["cl"].result_list) == [made[state]]


def test_flags_are_found_by_what_they_are_about(client, ada, session):
    flag = admin_rows.flag(session)
    admin_rows.flag(sessions.begin(admin_rows.person("eve"), Device("phone")))

    shown = client.get(reverse(LIST), {"q": str(session.id)})

    assert list(shown.context["cl"].result_list) == [flag]
