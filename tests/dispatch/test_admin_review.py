"""The review queue in the admin: what waits comes first, and staff who may decide about it."""

from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.urls import reverse

from dispatch import admin_review
from dispatch.models import Review, Run
from security.models import User
from tests import admin_rows

LIST = "admin:dispatch_review_changelist"


@pytest.fixture
def staff(client: Any, db: None) -> User:
    user = admin_rows.staff("ada")
    client.force_login(user)
    return user


@pytest.fixture
def talk(db: None) -> Any:
    return admin_rows.conversation(admin_rows.workspace(admin_rows.person("bob")))


def act(client: Any, verb: str, rows: list[Review], **fields: str) -> Any:
    body = {"action": f"{verb}_messages", "_selected_action": [str(row.pk) for row in rows], **fields}
    return client.post(reverse(LIST), body, follow=True)


def shown(client: Any, **query: str) -> list[Review]:
    return list(client.get(reverse(LIST), query).context["cl"].result_list)


def test_what_waits_is_shown_and_what_has_least_time_left_first(staff: User, client: Any, talk: Any) -> None:
    soon, late, over = (admin_rows.review(talk, text=text) for text in ("soon", "late", "over"))
    Review.objects.filter(id=over.id).update(state="rejected")

    assert shown(client) == [soon, late]
    assert shown(client, state="all") == [over, late, soon]
    assert shown(client, state="rejected") == shown(client, q=str(over.id)) == [over]


def test_the_sidebar_says_how_many_wait(staff: User, client: Any, talk: Any, monkeypatch: Any) -> None:
    assert admin_review.waiting(None) == ""  # type: ignore[arg-type]
    for number in range(3):
        admin_rows.review(talk, text=str(number))
    monkeypatch.setattr(admin_review, "MOST", 2)

    page = client.get(reverse("admin:index")).content.decode()

    assert "2+" in page
    assert "dispatch.admin_review" not in page


def test_a_page_asks_once_more_and_then_they_are_released(staff: User, client: Any, talk: Any) -> None:
    author = User.objects.get(username="bob")
    rows = [admin_rows.review(talk, author, text=text) for text in ("one", "two")]

    asked = act(client, "release", rows)
    assert "This cannot be taken back" in asked.content.decode()
    assert not Run.objects.exists()

    done = act(client, "release", rows, sure="yes")

    assert "2 messages were released." in done.content.decode()
    assert sorted(Run.objects.values_list("message__text", flat=True)) == ["one", "two"]
    assert set(Review.objects.values_list("state", "decided_by")) == {("released", staff.id)}


def test_one_that_was_decided_meanwhile_does_not_hold_up_the_others(staff: User, client: Any, talk: Any) -> None:
    rows = [admin_rows.review(talk, text=text) for text in ("one", "two")]
    Review.objects.filter(id=rows[0].id).update(state="released")

    page = client.post(
        f"{reverse(LIST)}?state=all",
        {"action": "reject_messages", "_selected_action": [str(row.pk) for row in rows], "sure": "yes"},
        follow=True,
    ).content.decode()

    assert "It is released" in page
    assert "1 message was rejected." in page


def test_who_may_look_but_not_decide_has_no_action(client: Any, talk: Any) -> None:
    viewer = admin_rows.person("vera", is_staff=True)
    viewer.user_permissions.add(Permission.objects.get(codename="view_review"))
    client.force_login(viewer)
    row = admin_rows.review(talk)

    page = client.get(reverse(LIST)).content.decode()
    act(client, "release", [row], sure="yes")

    assert "release_messages" not in page
    assert Review.objects.get().state == "held"


@pytest.mark.parametrize(("permission", "seen"), [("change_review", True), ("view_review", False)])
def test_what_was_sent_is_shown_to_who_decides(client: Any, talk: Any, permission: str, seen: bool) -> None:
    reader = admin_rows.person("vera", is_staff=True)
    names = ["view_message", permission]
    reader.user_permissions.add(*Permission.objects.filter(codename__in=names))
    client.force_login(reader)
    said = admin_rows.message(talk, 1, "it is [masked]")
    said.original = {"text": "it is hunter2", "parts": [], "metadata": {}}
    said.save()

    page = client.get(reverse("admin:contexts_message_change", args=[said.id])).content.decode()

    assert "it is [masked]" in page
    assert ("it is hunter2" in page) == seen
