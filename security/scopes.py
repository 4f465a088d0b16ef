"""What an API key may be used for. A scope stands for itself alone; what says nothing of keys takes `manage`.

read        GET, and following logs
chat        posting messages, their retry, stopping runs, typing, creating conversations, asking and answering experts
manage      everything else in the key's workspace that the role of its user allows
introspect  `auth/introspect` alone
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Final
from uuid import UUID

from rest_framework.request import Request

from project.errors import Forbidden

READ: Final = "read"
CHAT: Final = "chat"
MANAGE: Final = "manage"
INTROSPECT: Final = "introspect"
SCOPES: Final = (READ, CHAT, MANAGE, INTROSPECT)
SIGN_IN: Final = "sign-in"  # no scope: what no key may do
AUTH: Final = "/api/v1/auth/"


@dataclass(frozen=True)
class Grant:
    """What a key opens of what its user may."""

    key: UUID
    workspace: UUID
    scopes: frozenset[str]


class ScopeMissing(Forbidden):
    code = "scope_missing"
    title = "The API key has not the scope that this takes"
    headers = {"WWW-Authenticate": 'Bearer realm="switchboard", error="insufficient_scope"'}


def by(**methods: str) -> Mapping[str, str]:
    """What a view declares as its `key_scopes`: a scope by method. HEAD and OPTIONS go with GET."""
    return MappingProxyType(methods)


def require(grant: Grant | None, scope: str | None) -> None:
    """`grant`: None for who signed in, whom no scope limits. `scope`: None for what every key may do.

    :raises ScopeMissing: naming what it takes.
    """
    if grant is None or scope is None or scope in grant.scopes:
        return
    if scope == SIGN_IN:
        raise ScopeMissing("This takes a sign-in; no API key reaches it.")
    has = ", ".join(f"`{one}`" for one in SCOPES if one in grant.scopes)
    raise ScopeMissing(f"This takes the scope `{scope}`; the key has {has}. Make another key at POST {AUTH}keys.")


def of(request: Request) -> str:
    """The scope that a request takes. What a view does not declare is for `manage`; below auth/ for no key at all."""
    declared: Any = getattr(request.parser_context["view"], "key_scopes", {})
    method = "GET" if request.method in ("HEAD", "OPTIONS") else request.method
    scope: str = declared.get(method, SIGN_IN if request.path_info.startswith(AUTH) else MANAGE)
    return scope
