"""API keys as they are shown at a door: which session one is of, and who its user is behind it."""

from copy import copy
from typing import Final

from django.utils import timezone

from project import keyform
from project.errors import Unauthenticated
from security.models import ApiKey, Session, User
from security.scopes import Grant

KIND: Final = "key"


class KeyInvalid(Unauthenticated):
    code = "key_invalid"
    title = "The API key is mistyped, unknown, revoked or expired"
    headers = {"WWW-Authenticate": 'Bearer realm="switchboard", error="invalid_token"'}


def session_of(raw: str) -> Session:
    """The live session of a key. One that is mistyped or cut short costs no query.

    :raises KeyInvalid: when there is none.
    """
    if not keyform.is_whole(raw):
        raise KeyInvalid()
    live = Session.objects.live(timezone.now())
    session: Session | None = live.select_related("user", "key").filter(key__digest=keyform.digest(raw)).first()
    if session is None:
        raise KeyInvalid()
    return session


def user_behind(session: Session) -> User:
    """The session's user; behind a key one who reaches its workspace alone and is no staff there, whoever it is.

    :raises KeyInvalid: when the key went with its workspace.
    """
    if session.kind != KIND:
        return session.user
    try:
        key = session.key
    except ApiKey.DoesNotExist as error:
        raise KeyInvalid() from error
    user = copy(session.user)
    user.grant = Grant(key.id, key.workspace_id, frozenset(key.scopes))
    user.is_staff = user.is_superuser = False
    return user
