"""The admin's page of API keys: found, filtered, revoked; the keys themselves are nowhere on it."""

import pytest
from django.contrib.auth.models import Permission
from django.urls import reverse
from django.utils import timezone

from security.models import ApiKey, Session
from tests.admin_rows import staff
from tests.programs import Program

KEYS = "admin:security_apikey_changelist"


@pytest.fixture
def browser(client, people):
    """Of a superuser who has no keys."""
    client.force_login(staff("root"))
    return client


def shown(browser, **query):
    return set(browser.get(reverse(KEYS), query).context["cl"].result_list)


def revoke(browser, *programs):
    chosen = {"action": "revoke_selected", "_selected_action": [str(program.key.id) for program in programs]}
    return browser.post(reverse(KEYS), chosen, follow=True).content.decode()


def test_a_revoked_key_is_refused_and_says_that_staff_revoked_it(browser, ada, bob):
    revoked, kept = Program(ada, "read"), Program(bob, "read")

    page = revoke(browser, revoked)

    assert "1 key was revoked." in page
    assert revoked.get("/api/v1/me").status_code == 401
    assert kept.get("/api/v1/me").status_code == 200
    assert Session.objects.get(id=revoked.session.id).end_reason == "staff"


def test_revoking_takes_the_permission_for_it(client, people, ada, eve):
    program = Program(ada, "read")
    eve.user.is_staff = True
    eve.user.save()
    eve.user.user_permissions.set(Permission.objects.filter(codename="view_apikey"))
    client.force_login(eve.user)

    revoke(client, program)

    assert shown(client) == {program.key}
    assert program.get("/api/v1/me").status_code == 200


@pytest.mark.parametrize("state", ["live", "expired", "revoked"])
def test_keys_are_filtered_by_state(browser, ada, state):
    made = {name: Program(ada, "read") for name in ("live", "expired", "revoked")}
    now = timezone.now()
    Session.objects.filter(id=made["expired"].session.id).update(expires_at=now)
    Session.objects.filter(id=made["revoked"].session.id).update(ended_at=now)

    assert shown(browser, state=state) == {made[state].key}


def test_keys_are_found_by_their_beginning_their_user_and_ids(browser, ada, bob):
    program = Program(ada, "read")
    Program(bob, "read")

    for term in (program.key.prefix, program.token, "ada", str(program.key.id), str(program.session.id)):
        assert shown(browser, q=term) == {program.key}, term
    assert shown(browser, q=str(ada.workspace.id)) == set(ApiKey.objects.all())
    assert shown(browser, q="eve") == set()


def test_no_key_is_on_any_page(browser, ada):
    program = Program(ada, "read")

    pages = [reverse(KEYS), reverse("admin:security_apikey_change", args=[program.key.id])]

    for page in pages:
        html = browser.get(page).content.decode()
        assert program.key.prefix in html
        assert program.token not in html
        assert program.key.digest not in html
