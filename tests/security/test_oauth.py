"""RFC 7009 and RFC 7662: ending a token that one holds, and asking what a token is good for."""

from datetime import UTC, datetime, timedelta
from urllib.parse import urlencode

import pytest
from django.utils import timezone

from project import bus, keyform
from security import refreshing, sessions, tokens, workspaces
from security.models import RevokedToken, Session
from security.sessions import Device, SessionEnded
from tests.programs import Program

REVOKE, INTROSPECT = "/api/v1/auth/revoke", "/api/v1/auth/introspect"
FORM = "application/x-www-form-urlencoded"


def send(client, path, body, content_type=FORM):
    return client.post(path, urlencode(body) if isinstance(body, dict) else body, content_type=content_type)


def about(program, raw):
    answer = send(program.client, INTROSPECT, {"token": raw})
    assert answer.status_code == 200, answer.content
    assert answer["Cache-Control"] == "no-store"
    return answer.json()


def refused(answer, status, error):
    assert (answer.status_code, answer.json()["error"]) == (status, error), answer.content
    assert answer["Content-Type"] == "application/json"
    assert set(answer.json()) == {"error", "error_description"}
    return answer.json()["error_description"]


def test_a_revoked_access_token_is_refused_and_others_of_its_session_are_not(ada, visitor):
    other = tokens.issue_access(ada.session)

    answer = send(visitor, REVOKE, {"token": ada.token, "token_type_hint": "access_token"})

    assert (answer.status_code, answer.content) == (200, b"")
    assert ada.get("/api/v1/me").status_code == 401
    assert sessions.identify(other).user == ada.user
    row = RevokedToken.objects.get()
    assert (row.user, row.reason) == (ada.user, "by its holder")
    assert row.expires_at >= timezone.now() + timedelta(minutes=9)


def test_who_follows_by_a_revoked_token_is_rung_for(ada, visitor, django_capture_on_commit_callbacks):
    rung: list[str] = []
    bus.on("session", rung.append)

    with django_capture_on_commit_callbacks(execute=True):
        send(visitor, REVOKE, {"token": ada.token})

    assert rung == [str(RevokedToken.objects.get().jti)]


@pytest.mark.parametrize("generation", ["present", "exchanged"])
def test_a_revoked_refresh_token_ends_its_session(ada, visitor, generation):
    raw = tokens.issue_refresh(ada.session)
    if generation == "exchanged":
        refreshing.refresh(raw)

    assert send(visitor, REVOKE, {"token": raw}).status_code == 200

    assert ada.get("/api/v1/me").status_code == 401
    assert Session.objects.get(id=ada.session.id).end_reason == "revoked"
    with pytest.raises(SessionEnded):
        refreshing.refresh(raw)


def test_a_revoked_key_is_refused(ada, visitor):
    program = Program(ada, "read")

    assert send(visitor, REVOKE, {"token": program.token}).status_code == 200

    assert program.get("/api/v1/me").status_code == 401
    assert ada.get("/api/v1/me").status_code == 200


def test_what_is_no_live_token_of_ours_is_answered_alike_and_changes_nothing(ada, visitor):
    ended = tokens.issue_access(ada.session)
    sessions.end(Session.objects.filter(id=ada.session.id), "logout")
    own = sessions.begin(ada.user, Device())

    for raw in (ended, keyform.make(), "swk_", "guess", "a.b.c", "\u20ac", tokens.issue_access(own)[:-3]):
        answer = send(visitor, REVOKE, {"token": raw, "token_type_hint": "anything"})
        assert (answer.status_code, answer.content) == (200, b"")

    assert not RevokedToken.objects.exists()
    assert own in Session.objects.live()


BAD_FORMS = [
    ("", "token"),
    ("token=", "token"),
    ("token_type_hint=access_token", "token"),
    ("token=a&token=b", "twice"),
    ("token=%ff", "UTF-8"),
    (b"token=\xff", "UTF-8"),
    ("token=a%00b", "token"),
    ("token=" + "a" * 8001, "token"),
    ("&".join(f"a{number}=1" for number in range(21)), "fields"),
]


@pytest.mark.parametrize(("body", "named"), BAD_FORMS)
def test_a_form_that_cannot_be_read_is_an_invalid_request(ada, visitor, body, named):
    program = Program(ada, "introspect")

    for client, path in ((visitor, REVOKE), (program.client, INTROSPECT)):
        assert named in refused(send(client, path, body, FORM), 400, "invalid_request")


@pytest.mark.parametrize("content_type", ["application/json", "text/plain", "multipart/form-data; boundary=x"])
def test_another_kind_of_body_is_told_which_would_do(ada, visitor, content_type):
    told = refused(send(visitor, REVOKE, '{"token": "a"}', content_type), 400, "invalid_request")

    assert told == f"Send the fields as {FORM}."


@pytest.mark.parametrize("path", [REVOKE, INTROSPECT])
def test_other_methods_are_refused_in_the_same_form(ada, path):
    refused(Program(ada, "introspect").client.get(f"{path}?token=x"), 405 if path == REVOKE else 403, METHODS[path])


METHODS = {REVOKE: "invalid_request", INTROSPECT: "insufficient_scope"}


def test_a_live_access_token_is_told_of(ada, bob):
    told = about(Program(ada, "introspect"), bob.token)

    claims = tokens.AccessToken(bob.token)
    assert told == {
        "active": True,
        "scope": "read chat",
        "username": "bob",
        "token_type": "Bearer",
        "sub": str(bob.user.id),
        **{name: claims[name] for name in ("jti", "iat", "exp", "iss", "aud")},
    }


def test_a_live_key_is_told_of(ada):
    program = Program(ada, "read", "introspect")

    told = about(program, program.token)

    assert (told["active"], told["scope"], told["sub"]) == (True, "read introspect", str(ada.user.id))
    assert told["client_id"] == told["jti"] == str(program.key.id)
    assert "exp" not in told


def test_the_end_of_a_key_is_told(ada):
    program = Program(ada, "introspect")
    ends = datetime(2100, 1, 1, tzinfo=UTC)
    Session.objects.filter(id=program.session.id).update(expires_at=ends)

    assert about(program, program.token)["exp"] == ends.timestamp()


@pytest.mark.parametrize(
    ("role", "scope"), [("viewer", "read"), ("editor", "read chat"), ("owner", "read chat manage")]
)
def test_the_scope_of_a_token_is_what_the_role_allows(ada, bob_as, role, scope):
    assert about(Program(ada, "introspect"), bob_as(role).token)["scope"] == scope


def test_a_demoted_users_key_is_told_without_manage(ada, bob_as):
    program = Program(bob_as("admin"), "read", "chat", "manage")

    bob_as("viewer")

    assert about(Program(ada, "introspect"), program.token)["scope"] == "read"


def test_of_anything_else_it_is_told_that_it_is_not_active(ada, bob, eve):
    asker = Program(ada, "introspect")
    attic = workspaces.create(ada.user, "Attic")
    lab = asker.key.workspace_id
    revoked, elsewhere = Program(ada, "read", workspace=lab), Program(ada, "read", workspace=attic.id)
    sessions.end(Session.objects.filter(id__in=[revoked.session.id, bob.session.id]), "revoked")

    for raw in (
        eve.token,  # of no member
        bob.token,  # ended
        revoked.token,
        elsewhere.token,
        tokens.issue_refresh(ada.session),
        ada.token[:-3],
        keyform.make(),
        "guess",
    ):
        assert about(asker, raw) == {"active": False}


def test_introspection_takes_a_key_with_introspect(ada, visitor):
    form = {"token": ada.token}

    refused(send(visitor, INTROSPECT, form), 401, "invalid_token")
    refused(send(Program(ada, "read", "chat", "manage").client, INTROSPECT, form), 403, "insufficient_scope")
    refused(send(ada.client, INTROSPECT, form), 403, "insufficient_scope")
    visitor.credentials(HTTP_AUTHORIZATION=f"Bearer {keyform.make()}")
    answer = send(visitor, INTROSPECT, form)
    refused(answer, 401, "invalid_token")
    assert 'error="invalid_token"' in answer["WWW-Authenticate"]
