"""What years of sign-ins leave: few sessions live among many that are over, few flags open among many resolved."""

from datetime import timedelta
from typing import Any, Final
from uuid import uuid4

from django.db import connection
from django.utils import timezone

from security.models import ApiKey, Flag, Membership, RevokedToken, Session, User, Workspace

USERS: Final = 60
BATCH: Final = 400
LIVE: Final = 3  # of a hundred sessions; as many are idle and not ended, the others ended
OPEN_FLAGS: Final = 5
ADMIN: Final = 3  # sessions of staff


def written(count: int, people: int = USERS) -> list[User]:
    """So many rows of each kind, oldest first. Returns the users."""
    users = [User(username=f"guest{number}", email=f"guest{number}@example.org") for number in range(people)]
    _create(users)
    _create([_session(users[number % people], number, count) for number in range(count)])
    later = timezone.now() + timedelta(days=7)
    _create([RevokedToken(jti=uuid4(), user=users[number % people], expires_at=later) for number in range(count)])
    _create([_flag(users[number % people], number) for number in range(count)])
    analyzed()
    return users


def keys_and_members(users: list[User], count: int) -> None:
    """A workspace for each of `count`, with one member and one key, of which three in a hundred are live."""
    places = [Workspace(name=f"place {number}") for number in range(count)]
    _create(places)
    owned = [(users[number % len(users)], place) for number, place in enumerate(places)]
    _create([Membership(user=user, workspace=place, role="owner") for user, place in owned])
    sessions = [_session(user, number, count) for number, (user, _) in enumerate(owned)]
    for session in sessions:
        session.kind = "key"
    _create(sessions)
    _create([_key(session, place) for session, place in zip(sessions, places, strict=True)])
    analyzed()


def expired(count: int, days: int, user: User) -> None:
    """Sessions alone, all over for so long; half of them nobody has ended."""
    then = timezone.now() - timedelta(days=days)
    ends = {"idle_until": then, "expires_at": then}
    _create([Session(user=user, ended_at=then if number % 2 else None, **ends) for number in range(count)])
    analyzed()


def _session(user: User, number: int, count: int) -> Session:
    now = timezone.now()
    place = number % 100
    times: dict[str, Any] = {
        "idle_until": now + timedelta(minutes=60 - number % 50),
        "expires_at": now + timedelta(days=9),
    }
    if place >= LIVE:
        times["idle_until"] = now - timedelta(minutes=number % 5000 + 1)
    if place >= 2 * LIVE:
        times |= {"ended_at": now - timedelta(minutes=count - number), "end_reason": "logout"}
    return Session(user=user, kind="admin" if number < ADMIN else "token", device="phone", **times)


def _key(session: Session, place: Workspace) -> ApiKey:
    mark = place.id.hex
    return ApiKey(session=session, workspace=place, name="old", prefix=f"swk_{mark[-6:]}", digest=mark, scopes=["read"])


def _flag(user: User, number: int) -> Flag:
    resolved = None if number < OPEN_FLAGS else timezone.now()
    return Flag(detector="test", subject="session", subject_id=uuid4(), user=user, score=0.5, resolved_at=resolved)


def _create(rows: list[Any]) -> None:
    type(rows[0]).objects.bulk_create(rows, batch_size=BATCH)


def analyzed() -> None:
    """As its own housekeeping would do soon. Not the catalogs, which the databases of other tests share."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute(f"ANALYZE {', '.join(connection.introspection.django_table_names(only_existing=True))}")
