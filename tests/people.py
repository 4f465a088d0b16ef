"""The people of every test: ada owns the workspace, bob is its editor, eve belongs to nothing of theirs."""

from copy import copy
from functools import cache, cached_property
from typing import Any, Final

from django.contrib.auth.hashers import make_password
from django.db.models import Model
from rest_framework.test import APIClient

from project.models import Event, Stream
from security import sessions, tokens, workspaces
from security.models import Membership, Role, Session, User, Workspace
from security.sessions import Device, Identity

PASSWORD = "correct horse battery staple"


@cache
def _hash() -> str:
    return make_password(PASSWORD)


def make_user(username: str, **fields: Any) -> User:
    return User.objects.create(username=username, password=_hash(), **fields)


def make_people() -> dict[str, User]:
    """ada with the workspace Lab, bob in it, eve with a workspace of her own.

    Made as the product makes them once in a process, and after that written as the same rows: a tenth of the time of
    all tests in this process.
    """
    if _rows:
        for row in _rows:
            copy(row).save_base(raw=True, force_insert=True)
    else:
        _rows.extend(_made())
    return {row.username: copy(row) for row in _rows if isinstance(row, User)}


def _made() -> list[Model]:
    before = {row for model in _WRITTEN for row in model._default_manager.all()}
    ada, eve = make_user("ada", is_staff=True, is_superuser=True), make_user("eve")
    make_user("bob")
    lab = workspaces.create(ada, "Lab")
    workspaces.add_member(ada, lab, "bob", Role.EDITOR)
    workspaces.create(eve, "Elsewhere")
    return [row for model in _WRITTEN for row in model._default_manager.all() if row not in before]


_WRITTEN: Final[tuple[type[Model], ...]] = (User, Workspace, Stream, Membership, Event)
_rows: Final[list[Model]] = []


class Person:
    """Somebody signed in, talking to the REST API in this process. `client` sends what else a test wants."""

    def __init__(self, user: User) -> None:
        self.user = user
        self.session: Session = sessions.begin(user, Device("test"))
        self.token = tokens.issue_access(self.session)
        self.client = APIClient(raise_request_exception=False)
        self.client.credentials(HTTP_AUTHORIZATION=f"Bearer {self.token}")

    @property
    def identity(self) -> Identity:
        return Identity(self.user, self.session)

    @cached_property
    def workspace(self) -> Workspace:
        return Workspace.objects.get(memberships__user=self.user)

    def get(self, path: str, **headers: str) -> Any:
        return self.client.get(path, headers=headers)

    def post(self, path: str, body: Any = None, **headers: str) -> Any:
        return self.client.post(path, body, format="json", headers=headers)

    def patch(self, path: str, body: Any = None, **headers: str) -> Any:
        return self.client.patch(path, body, format="json", headers=headers)

    def delete(self, path: str, **headers: str) -> Any:
        return self.client.delete(path, headers=headers)


class People(dict[str, Person]):
    """By name. Whoever is asked for signs in then: that is a dozen statements, and most tests need one person."""

    def __init__(self, users: dict[str, User]) -> None:
        super().__init__()
        self._users = users

    def __missing__(self, name: str) -> Person:
        return self.setdefault(name, Person(self._users[name]))
