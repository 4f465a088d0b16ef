"""Delegations in the admin: who was asked what and what came of it, and stopping those that nobody wants any more."""

from typing import Any

import pytest
from django.urls import reverse

from dispatch.delegation_models import Delegation, DelegationState, HumanDelegation
from dispatch.models import RunState
from project.admin_cells import badge
from project.ids import new_id
from project.models import Event
from tests import admin_rows
from tests.delegations.consulted import carry, consult, expert, post, the
from tests.delegations.desks import asked, counsel
from tests.plans import explained
from tests.security.past import analyzed
from tests.security.test_admin_plans import reads_the_past

LIST = "admin:dispatch_delegation_changelist"
ROWS = 4000


@pytest.fixture
def sue(client: Any, db: None) -> Any:
    client.force_login(admin_rows.staff("sue"))
    return client


@pytest.fixture
def said(db: None) -> Any:
    talk = admin_rows.conversation(admin_rows.workspace(admin_rows.person("carl")))
    return admin_rows.message(talk, 1, author=admin_rows.person("dora"))


def shown(client: Any, **query: Any) -> list[Any]:
    return [row.pk for row in client.get(reverse(LIST), query).context["cl"].result_list]


def page(client: Any, row: Delegation) -> str:
    return str(client.get(reverse("admin:dispatch_delegation_change", args=[row.id])).content.decode())


def cancel(client: Any, *rows: Delegation) -> str:
    body = {"action": "cancel_delegations", "_selected_action": [str(row.pk) for row in rows]}
    return str(client.post(reverse(LIST), body, follow=True).content.decode())


@pytest.mark.django_db(transaction=True)
def test_canceled_one_ends_with_its_run_and_says_who_did_it(sue: Any, ada: Any, conversation: Any) -> None:
    counsel()
    waits = asked(ada, conversation)

    answer = cancel(sue, waits)

    assert "1 delegation was canceled" in answer
    assert the().state == DelegationState.CANCELED
    assert Event.objects.get(type="delegation.canceled").actor["kind"] == "staff"
    assert carry(waits.run_id).state == RunState.FAILED


@pytest.mark.django_db(transaction=True)
def test_one_that_is_over_is_named_and_does_not_hold_up_others(sue: Any, ada: Any, conversation: Any) -> None:
    counsel()
    over, waits = asked(ada, conversation), asked(ada, conversation)
    cancel(sue, over)

    answer = cancel(sue, over, waits)

    assert f"{over.id}: It is canceled. Nobody waits any more." in answer
    assert "1 delegation was canceled" in answer


@pytest.mark.django_db(transaction=True)
def test_chain_is_shown_on_the_page_of_each_of_its_delegations(sue: Any, ada: Any, conversation: Any) -> None:
    expert("boss")
    expert("counter")
    carry(post(ada, conversation, "one two three", expert="boss"))
    for _ in range(3):
        consult()
    parent, child = Delegation.objects.order_by("depth")

    assert f"Boss {_completed()} (this one)" in page(sue, parent)
    assert f"↳ Word counter {_completed()} (this one)" in page(sue, child)
    assert reverse("admin:dispatch_delegation_change", args=[child.id]) in page(sue, parent)
    assert shown(sue, q=str(parent.root)) == [child.id, parent.id]


def _completed() -> str:
    return badge("completed", "success")


def test_input_and_output_are_shown_readably_and_escaped(sue: Any, said: Any) -> None:
    told = {"input": {"clause": admin_rows.XSS}, "output": {"risk": "high"}, "text": admin_rows.XSS}
    row = admin_rows.delegation(said, fields={**told, "state": "completed", "choice": {"because": "free"}})

    html = page(sue, row)

    assert "<dt>risk</dt><dd>high</dd>" in html
    assert "<dt>because</dt><dd>free</dd>" in html
    assert "<script>alert" not in html
    assert html.count("&lt;script&gt;alert(") == 2


def test_delegations_are_found_by_state_place_and_expert(sue: Any, said: Any) -> None:
    waits = admin_rows.delegation(said)
    over = admin_rows.delegation(said, fields={"state": "completed"})
    machine = admin_rows.delegation(said)
    machine.expert.adapter = "python"
    machine.expert.save()

    assert shown(sue, place="open") == [machine.id, waits.id]
    assert shown(sue, place="people") == [waits.id]
    assert shown(sue, place="mine") == []
    assert shown(sue, state__exact="completed") == [over.id]
    assert shown(sue, expert=waits.slug) == shown(sue, q=waits.slug) == [waits.id]
    assert set(shown(sue, q=str(said.id))) == {waits.id, over.id, machine.id}


def test_who_may_only_look_cannot_cancel(client: Any, said: Any) -> None:
    vera = admin_rows.person("vera", is_staff=True)
    admin_rows.grant(vera, "view_delegation")
    client.force_login(vera)
    row = admin_rows.delegation(said)

    cancel(client, row)

    assert "cancel_delegations" not in client.get(reverse(LIST)).content.decode()
    assert Delegation.objects.get().state == DelegationState.WORKING


def test_sidebar_says_how_many_wait_for_somebody(sue: Any, said: Any) -> None:
    admin_rows.delegation(said)
    admin_rows.delegation(said)
    admin_rows.delegation(said, fields={"state": "completed"})
    admin_rows.delegation(said, fields={"taken_by": said.author})

    desk = sue.get(reverse("admin:index")).context["sidebar_navigation"][0]["items"]

    assert next(item["badge"] for item in desk if item["title"] == "Desk") == "2"


def test_lists_do_not_read_what_is_over(sue: Any, said: Any) -> None:
    open = admin_rows.delegation(said)
    Delegation.objects.bulk_create(_over(open) for _ in range(ROWS))
    analyzed()

    for name, query in [(LIST, {}), (LIST, {"q": str(open.id)}), ("admin:dispatch_humandelegation_changelist", {})]:
        with explained({Delegation._meta.db_table}) as statements:
            rows = list(sue.get(reverse(name), query).context["cl"].result_list)

        assert open.pk in {row.pk for row in rows} or not query
        assert [str(one) for one in statements if reads_the_past(one)] == []


def _over(open: HumanDelegation) -> Delegation:
    id = new_id()
    same = {"conversation": open.conversation, "workspace": open.workspace, "expert": open.expert, "slug": open.slug}
    ended = {"state": "completed", "step": "", "due_at": None, "deadline": open.deadline, "name": open.name}
    return Delegation(id=id, root=id, **same, **ended)
