"""API keys: made once, shown once, listed without themselves, revoked at once."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from django.utils import timezone

from project import bus, keyform
from project.models import Event
from security import sessions, workspaces
from security.keys import KeyInvalid
from security.models import ApiKey, Membership, Session, User
from tests.problem import problem, refusal
from tests.programs import Program

KEYS = "/api/v1/auth/keys"
ME = "/api/v1/me"


def wish(person, **fields):
    return {"name": "Nightly report", "workspace": str(person.workspace.id), "scopes": ["read"], **fields}


def test_a_key_is_shown_once_and_kept_nowhere(ada):
    answer = ada.post(KEYS, wish(ada, scopes=["chat", "read", "chat"]))

    made = answer.json()
    key = made.pop("key")
    assert answer.status_code == 201
    assert answer["Cache-Control"] == "no-store"
    assert made["scopes"] == ["read", "chat"]
    assert (made["expires_at"], made["last_used_at"]) == (None, None)
    assert key.startswith(made["prefix"])
    assert keyform.is_whole(key)
    assert key not in str([*ApiKey.objects.values(), *Session.objects.values()])
    assert ada.get(KEYS).json()["results"] == [made]


def test_a_key_opens_the_api_and_its_use_is_noted(ada):
    program = Program(ada, "read")
    unused = ada.get(KEYS).json()["results"][0]["last_used_at"]

    me = program.get(ME).json()

    assert me["user"]["username"] == "ada"
    assert me["session"]["id"] == str(program.session.id)
    assert unused is None
    assert ada.get(KEYS).json()["results"][0]["last_used_at"] is not None


def test_a_key_does_not_fall_idle(ada):
    ends = timezone.now() + timedelta(days=300)
    key = ada.post(KEYS, wish(ada, expires_at=ends.isoformat())).json()["key"]

    session = sessions.identify(key).session

    session.refresh_from_db()
    assert session.idle_until == session.expires_at == ends


def test_a_key_ends_when_it_was_said_to(ada):
    program = Program(ada, "read")
    Session.objects.filter(id=program.session.id).update(expires_at=timezone.now())

    problem(program.get(ME), 401, "key_invalid")
    assert len(ada.get(KEYS).json()["results"]) == 1


def test_a_revoked_key_is_refused_at_once_and_whoever_follows_by_it_is_rung_for(
    ada, django_capture_on_commit_callbacks
):
    program = Program(ada, "read")
    rung: list[str] = []
    bus.on("session", rung.append)

    with django_capture_on_commit_callbacks(execute=True):
        answer = ada.delete(f"{KEYS}/{program.key.id}")

    assert answer.status_code == 204
    problem(program.get(ME), 401, "key_invalid")
    assert str(program.session.id) in rung
    assert ada.get(KEYS).json()["results"] == []
    problem(ada.delete(f"{KEYS}/{program.key.id}"), 404, "not_found")


def test_nobody_sees_or_revokes_the_key_of_another(ada, bob):
    program = Program(ada, "read")

    foreign, unknown = bob.delete(f"{KEYS}/{program.key.id}"), bob.delete(f"{KEYS}/{uuid4()}")

    problem(foreign, 404, "not_found")
    assert refusal(foreign) == refusal(unknown)
    assert bob.get(KEYS).json()["results"] == []
    assert program.get(ME).status_code == 200


def test_keys_come_in_pages(ada):
    made = [str(Program(ada, "read").key.id) for _ in range(3)]

    first = ada.get(f"{KEYS}?page_size=2").json()
    second = ada.get(first["next"]).json()

    assert [key["id"] for key in first["results"] + second["results"]] == made[::-1]
    assert second["next"] is None


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", ""),
        ("name", "x" * 201),
        ("name", "a\0b"),
        ("workspace", "lab"),
        ("scopes", []),
        ("scopes", ["admin"]),
        ("scopes", "read"),
        ("scopes", [["read"]]),
        ("expires_at", "tomorrow"),
        ("expires_at", "2020-01-01T00:00:00Z"),
        ("expires_at", "9999-12-31T23:59:59-12:00"),
    ],
)
def test_a_wish_that_makes_no_sense_is_refused_by_field(ada, field, value):
    refused = ada.post(KEYS, wish(ada, **{field: value}))

    if value == "a\0b":
        problem(refused, 400, "malformed_json")
    else:
        assert problem(refused, 422, "invalid")["errors"][0]["pointer"].startswith(f"/{field}")
    assert not ApiKey.objects.exists()


def test_only_a_member_makes_a_key_for_a_workspace(ada, eve):
    foreign = eve.post(KEYS, wish(ada))
    unknown = eve.post(KEYS, wish(ada, workspace=str(uuid4())))

    problem(foreign, 404, "not_found")
    assert refusal(foreign) == refusal(unknown)


@pytest.mark.parametrize(("role", "status"), [("owner", 201), ("admin", 201), ("editor", 403), ("viewer", 403)])
def test_only_who_manages_gives_manage_to_a_key(bob_as, role, status):
    bob = bob_as(role)

    assert bob.post(KEYS, wish(bob, scopes=["manage"])).status_code == status
    assert bob.post(KEYS, wish(bob, scopes=["read", "chat", "introspect"])).status_code == 201


def test_making_a_key_takes_a_password_given_a_moment_ago(ada):
    program = Program(ada, "read")
    Session.objects.filter(id=ada.session.id).update(authenticated_at=timezone.now() - timedelta(minutes=5))

    problem(ada.post(KEYS, wish(ada)), 403, "fresh_authentication_required")
    assert ada.delete(f"{KEYS}/{program.key.id}").status_code == 204


def test_a_key_in_a_wrong_form_asks_no_database(ada, django_assert_num_queries):
    key = Program(ada, "read").token
    swapped = key[:-1] + ("A" if key[-1] != "A" else "B")

    with django_assert_num_queries(0):
        for raw in (swapped, key[:-1], key + "A", keyform.MARK, "swk_" + "\u20ac" * 36, f"{key}\0"):
            with pytest.raises(KeyInvalid):
                sessions.identify(raw)


def test_a_whole_key_that_was_never_made_opens_nothing(ada, visitor):
    problem(visitor.get(ME, headers={"Authorization": f"Bearer {keyform.make()}"}), 401, "key_invalid")


@pytest.mark.parametrize("end", ["deactivated", "removed", "workspace gone"])
def test_a_key_ends_with_what_it_stands_on(ada, bob, end):
    program = Program(bob, "read")

    if end == "deactivated":
        User.objects.filter(id=bob.user.id).update(is_active=False)
    elif end == "removed":
        membership = Membership.objects.get(user=bob.user)
        workspaces.remove_member(ada.user, membership)
        workspaces.add_member(ada.user, ada.workspace, "bob", "editor")
    else:
        ada.workspace.delete()

    problem(program.get(ME), 401, "key_invalid")


def test_who_is_removed_from_one_workspace_keeps_keys_of_another(ada, bob):
    own = workspaces.create(bob.user, "Bob's")
    program = Program(bob, "read", workspace=own.id)

    workspaces.remove_member(ada.user, Membership.objects.get(user=bob.user, workspace=ada.workspace))

    assert program.get(ME).status_code == 200


def test_the_form_is_one_that_others_can_check():
    assert keyform.is_whole(f"swk_{'0' * 30}2C8GjS")  # CRC-32 of thirty zeros: 2011552642
    assert not keyform.is_whole(f"swk_{'0' * 29}12C8GjS")


def test_a_key_that_ends_in_centuries_is_one_that_ends(ada):
    far = datetime(9998, 12, 31, tzinfo=UTC)

    made = ada.post(KEYS, wish(ada, expires_at=far.isoformat())).json()

    assert made["expires_at"] == "9998-12-31T00:00:00.000000Z"
    assert sessions.identify(made["key"]).user == ada.user


def test_an_hour_has_so_many_new_keys_of_a_user(ada, bob, settings):
    settings.LIMITS = settings.LIMITS | {"keys": (2, timedelta(hours=1))}
    made = [ada.post(KEYS, wish(ada)).status_code for _ in range(2)]

    refused = ada.post(KEYS, wish(ada))

    assert made == [201, 201]
    problem(refused, 429, "rate_limited")
    assert ApiKey.objects.count() == 2
    assert bob.post(KEYS, wish(bob)).status_code == 201


def test_staff_are_told_of_a_new_key_and_of_its_end_and_not_what_it_is(ada):
    made = ada.post(KEYS, wish(ada)).json()

    ada.delete(f"{KEYS}/{made['id']}")

    session = str(ApiKey.objects.get().session_id)
    told = Event.objects.filter(stream_id="staff", data__session=session).order_by("seq")
    assert [(event.type, event.data["kind"]) for event in told] == [("session.began", "key"), ("session.ended", "key")]
    assert made["key"] not in str([event.data for event in told])
