"""How the admin shows a run: what was decided and what went wrong, in words."""

import pytest
from django.urls import reverse

from dispatch.models import RunState
from tests import admin_rows


@pytest.fixture
def ada(client, db):
    client.force_login(admin_rows.staff("ada"))
    return client


@pytest.fixture
def said(ada):
    return admin_rows.message(admin_rows.conversation(admin_rows.workspace(admin_rows.person("bob"))), 1)


def test_a_run_shows_why_its_findings_and_its_error(ada, said):
    run = admin_rows.run(
        said,
        state=RunState.FAILED,
        findings=[{"rule": "secrets", "span": [3, 9], "severity": "high"}],
        error={"code": "handler_error", "detail": "Something broke while answering."},
    )

    page = ada.get(reverse("admin:dispatch_run_change", args=[run.id])).content.decode()

    assert "<dt>why</dt><dd>handlers of kind text, by priority</dd>" in page
    assert "<dt>rule</dt><dd>secrets</dd>" in page
    assert "<dt>code</dt><dd>handler_error</dd>" in page


def test_what_a_run_holds_is_escaped(ada, said):
    run = admin_rows.run(said, decision={admin_rows.XSS: admin_rows.XSS}, partial=admin_rows.XSS)

    page = ada.get(reverse("admin:dispatch_run_change", args=[run.id])).content.decode()

    assert "<script>alert" not in page
    assert page.count("&lt;script&gt;alert(") == 3


@pytest.mark.parametrize("key", ["id", "message_id", "conversation_id", "reply"])
def test_a_run_is_found_by_its_ids(ada, said, key):
    run = admin_rows.run(said)
    admin_rows.run(admin_rows.message(admin_rows.conversation(said.conversation.workspace), 1))

    shown = ada.get(reverse("admin:dispatch_run_changelist"), {"q": getattr(run, key)})

    assert list(shown.context["cl"].result_list) == [run]


def test_runs_are_filtered_by_state(ada, said):
    admin_rows.run(said)
    dead = admin_rows.run(said, state=RunState.DEAD)

    shown = ada.get(reverse("admin:dispatch_run_changelist"), {"state__exact": "dead"})

    assert list(shown.context["cl"].result_list) == [dead]


def test_a_list_of_runs_shows_who_answered_and_how_long_it_took(ada, said):
    admin_rows.run(said)

    page = ada.get(reverse("admin:dispatch_run_changelist")).content.decode()

    assert "answer_text" in page
    assert "2.00\u00a0s" in page


def test_staff_see_for_whom_a_reply_is_on_run_message_and_event(ada, said):
    bob = said.conversation.workspace.members.get()
    pages = {
        "dispatch_run": admin_rows.run(said, visible_to=bob.id),
        "contexts_message": admin_rows.message(said.conversation, 2),
        "project_event": admin_rows.event(said.conversation, 2, visible_to="staff"),
    }
    shown = {
        name: ada.get(reverse(f"admin:{name}_change", args=[row.pk])).content.decode() for name, row in pages.items()
    }

    assert (
        f'{reverse("admin:security_user_change", args=[bob.id])}">{str(bob.id)[-8:]}</a> and staff'
        in shown["dispatch_run"]
    )
    assert "everybody in the workspace" in shown["contexts_message"]
    assert "staff alone" in shown["project_event"]
