"""Revoked tokens in the admin: added by id or by token, never kept as a whole, never taken back by accident."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.apps import apps
from django.conf import settings
from django.db import connection
from django.urls import reverse
from django.utils import timezone

from project import bus
from security import sessions, tokens
from security.models import RevokedToken
from security.sessions import Device, SessionEnded
from tests import admin_rows

ADD, LIST = "admin:security_revokedtoken_add", "admin:security_revokedtoken_changelist"


def revoke(browser, **fields):
    return browser.post(reverse(ADD), {"token": "", "user": "", "reason": "phone lost", **fields})


def in_rows(text):
    """The tables of ours in which it stands."""
    columns = [(m._meta.db_table, f.column) for m in apps.get_models() for f in m._meta.local_fields]
    with connection.cursor() as cursor:
        found = set()
        for table, column in columns:
            cursor.execute(f'SELECT COUNT(*) FROM {table} WHERE CAST("{column}" AS TEXT) LIKE %s', [f"%{text}%"])  # noqa: S608
            found |= {table} if cursor.fetchone()[0] else set()
    return found


def test_an_id_is_revoked_for_as_long_as_any_token_can_live(browser, ada, bob):
    jti = uuid4()

    revoke(browser, token=str(jti), user=str(bob.id))

    revoked = RevokedToken.objects.get(jti=jti)
    assert (revoked.user, revoked.actor, revoked.reason) == (bob, ada, "phone lost")
    assert abs(revoked.expires_at - timezone.now() - settings.SESSION_LIFETIME) < timedelta(minutes=1)


@pytest.mark.parametrize(("issue", "kind"), [("issue_access", "AccessToken"), ("issue_refresh", "RefreshToken")])
def test_of_a_token_its_id_user_and_end_are_kept_and_nothing_else(browser, bob, caplog, issue, kind):
    session = sessions.begin(bob, Device("phone"))
    raw = getattr(tokens, issue)(session)
    claims = getattr(tokens, kind)(raw)

    answer = revoke(browser, token=raw)

    revoked = RevokedToken.objects.get()
    assert answer.status_code == 302
    assert (revoked.jti.hex, revoked.user) == (claims["jti"], bob)
    assert int(revoked.expires_at.timestamp()) == claims["exp"]
    signature = raw.rpartition(".")[2]
    assert in_rows(signature) == set()
    assert in_rows(claims["jti"][-12:]) >= {"security_revokedtoken"}
    assert signature not in caplog.text


def test_a_revoked_access_token_is_refused_and_its_session_goes_on(browser, bob):
    session = sessions.begin(bob, Device("phone"))
    lost, other = tokens.issue_access(session), tokens.issue_access(session)

    revoke(browser, token=lost)

    with pytest.raises(SessionEnded):
        sessions.identify(lost)
    assert sessions.identify(other).user == bob


def test_what_is_no_token_is_refused_and_not_shown_again(browser, bob):
    raw = tokens.issue_access(sessions.begin(bob, Device("phone")))
    foreign = raw[:-8] + "AAAAAAAA"

    page = revoke(browser, token=foreign).content.decode()

    assert "neither a token of this server nor the id" in page
    assert foreign[:40] not in page
    assert not RevokedToken.objects.exists()


def test_a_token_that_has_ended_needs_no_revocation(browser, bob):
    token = tokens.AccessToken()
    token.set_exp(from_time=timezone.now() - timedelta(hours=2))

    page = revoke(browser, token=str(token)).content.decode()

    assert "has ended by itself" in page
    assert not RevokedToken.objects.exists()


def test_the_user_beside_a_token_of_somebody_else_is_refused(browser, ada, bob):
    raw = tokens.issue_access(sessions.begin(bob, Device("phone")))

    page = revoke(browser, token=raw, user=str(ada.id)).content.decode()

    assert "another user&#x27;s" in page
    assert not RevokedToken.objects.exists()


def test_a_second_revocation_changes_nothing_of_the_first(browser, bob):
    first = admin_rows.revoked_token(bob)

    page = revoke(browser, token=str(first.jti), reason="another").content.decode()

    again = RevokedToken.objects.get()
    assert "revoked already" in page
    assert (again.reason, again.expires_at) == ("lost", first.expires_at)


def test_a_revocation_wakes_who_holds_streams(browser, django_capture_on_commit_callbacks):
    jti = uuid4()
    heard: list[str] = []
    bus.on("session", heard.append)

    with django_capture_on_commit_callbacks(execute=True):
        revoke(browser, token=str(jti))

    assert str(jti) in heard


@pytest.mark.parametrize("page", ["change", "delete"])
def test_a_revocation_stands(browser, bob, page):
    revoked = admin_rows.revoked_token(bob)

    response = browser.post(reverse(f"admin:security_revokedtoken_{page}", args=[revoked.jti]), {"post": "yes"})

    assert response.status_code == 403


def test_revocations_that_are_still_needed_survive_the_purge_that_names_them(browser, ada, bob):
    needed, over = admin_rows.revoked_token(bob), admin_rows.revoked_token(ada)
    RevokedToken.objects.filter(jti=needed.jti).update(expires_at=timezone.now() + timedelta(days=1))
    RevokedToken.objects.filter(jti=over.jti).update(expires_at=timezone.now() - timedelta(days=1))
    fields = {"action": "purge_ended", "_selected_action": [str(needed.jti)]}

    page = browser.post(reverse(LIST), fields, follow=True).content.decode()

    assert "1 revocation was removed" in page
    assert list(RevokedToken.objects.all()) == [needed]
