"""How the admin shows what was said."""

import pytest
from django.urls import reverse
from django.utils import timezone

from tests import admin_rows


@pytest.fixture
def ada(client, db):
    client.force_login(admin_rows.staff("ada"))
    return client


@pytest.fixture
def talk(ada):
    return admin_rows.conversation(admin_rows.workspace(admin_rows.person("bob")))


def test_a_conversation_leads_to_its_messages_runs_and_events(ada, talk):
    page = ada.get(reverse("admin:contexts_conversation_change", args=[talk.id])).content.decode()

    for name in ("contexts_message", "dispatch_run", "project_event"):
        assert f"{reverse(f'admin:{name}_changelist')}?q={talk.id}" in page


def test_a_conversations_messages_are_found_newest_first(ada, talk):
    said = [admin_rows.message(talk, seq) for seq in (1, 2)]
    admin_rows.message(admin_rows.conversation(talk.workspace, "Other"), 1)

    shown = ada.get(reverse("admin:contexts_message_changelist"), {"q": talk.id})

    assert list(shown.context["cl"].result_list) == [said[1], said[0]]


@pytest.mark.parametrize("state", ["open", "archived", "deleted"])
def test_conversations_are_filtered_by_state(ada, talk, state):
    now = timezone.now()
    made = {"open": talk, "archived": admin_rows.conversation(talk.workspace), "deleted": None}
    made["deleted"] = admin_rows.conversation(talk.workspace)
    type(talk).objects.filter(id__in=[made["archived"].id, made["deleted"].id]).update(archived_at=now)
    type(talk).objects.filter(id=made["deleted"].id).update(deleted_at=now)

    shown = ada.get(reverse("admin:contexts_conversation_changelist"), {"state": state})

    assert list(shown.context["cl"].result_list) == [made[state]]


def test_a_message_is_shown_escaped_and_with_its_line_breaks(ada, talk):
    message = admin_rows.message(talk, 1, f"First line\n{admin_rows.XSS}")

    page = ada.get(reverse("admin:contexts_message_change", args=[message.id])).content.decode()

    assert '<div class="said">First line\n&lt;script&gt;alert(&#x27;x&#x27;)&lt;/script&gt;</div>' in page


def test_a_list_of_messages_shows_only_how_each_begins(ada, talk):
    admin_rows.message(talk, 1, "long " * 1000)

    page = ada.get(reverse("admin:contexts_message_changelist")).content.decode()

    assert page.count("long ") < 50
