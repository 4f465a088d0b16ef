"""Who manages experts, and how they change. Admins manage those of their workspace, staff the installation's.

A change is in the row when it is answered, and every process reads the row before it asks the expert.
"""

import logging
from functools import partial
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from integrations import credentials, expert_faults, experts
from integrations.models import Expert, Health
from project import bus
from project.errors import Conflict, NotFound
from project.faults import Fault, invalid
from security import governed, scopes
from security.models import User

logger = logging.getLogger(__name__)


class RotatedMeanwhile(Conflict):
    code = "rotated_meanwhile"
    title = "Somebody else has just exchanged the secret, or removed the expert"


UNSEEN: dict[str, Any] = {
    "health": Health.UNKNOWN,
    "health_detail": "",
    "health_at": None,
    "described": None,
    "pinned": "",
}


def visible(user: User) -> QuerySet[Expert]:
    """Those of the user's workspaces, and the installation's."""
    mine = Expert.objects.filter(user.within("workspace"), workspace__memberships__user=user)
    return Expert.objects.filter(Q(id__in=mine.values("id")) | Q(workspace=None))


def visible_in(user: User, workspace: UUID | None) -> QuerySet[Expert]:
    """Those that a workspace of the user's has; None: the installation's. Of a foreign workspace none."""
    if workspace is None:
        return Expert.objects.filter(workspace=None)
    member = user.memberships.filter(user.within("workspace"), workspace=workspace)
    return experts.of(workspace) if member.exists() else Expert.objects.none()


def manageable(user: User) -> QuerySet[Expert]:
    """Behind an API key that does not manage, none."""
    if user.grant and scopes.MANAGE not in user.grant.scopes:
        return Expert.objects.none()
    return governed.manageable(Expert.objects.all(), user)


def find(user: User, id: UUID, to: str = "") -> Expert:
    """`to` and what it raises: as `governed.find()`."""
    return governed.find(Expert.objects.select_related("fallback"), user, id, to)


def create(user: User, fields: dict[str, Any]) -> Expert:
    """`fields` as of `change()`. Without `workspace` it is one of the installation, which staff alone may make.

    :raises Invalid: naming each field that is wrong, and what would be right.
    """
    workspace = fields.pop("workspace", None)
    governed.require(Expert, user, workspace, "add")
    return change(Expert(workspace_id=workspace), fields, user.id)


def change(expert: Expert, fields: dict[str, Any], by: UUID | None) -> Expert:
    """Set `fields`: `secret` is the secret itself, "" takes it away; `fallback` an expert, or the id of one.

    :raises Invalid: as `create`. :raises NotFound: when it was deleted meanwhile.
    """
    fields = _with_fallback(expert, fields)
    wrong = expert_faults.faults(expert, fields)
    if wrong:
        raise invalid(wrong)
    kept = _kept(expert, fields)
    try:
        with transaction.atomic():
            _store(expert, kept)
    except IntegrityError as error:  # a parallel one was faster
        raise invalid([expert_faults.SLUG_TAKEN]) from error
    tell(expert, "saved", by)
    return expert


def switch(selected: QuerySet[Expert], enabled: bool, by: UUID | None) -> int:
    """Switch experts on or off. Returns how many are."""
    rows = list(selected)
    for expert in rows:
        Expert.objects.filter(id=expert.id).update(enabled=enabled, updated_at=timezone.now())
        tell(expert, "enabled" if enabled else "disabled", by)
    return len(rows)


def rotate(expert: Expert, by: UUID | None) -> str:
    """Draw a new secret. Returns it, this once; the one before is taken for a while.

    :raises NoSecret: where its adapter knows of none. :raises RotatedMeanwhile: when somebody else was faster.
    """
    credentials.check_has(expert)
    secret = credentials.draw()
    fields = {**credentials.replaced(expert, secret), "updated_at": timezone.now()}
    if not Expert.objects.filter(id=expert.id, secret=expert.secret).update(**fields):
        raise RotatedMeanwhile()
    for name, value in fields.items():
        setattr(expert, name, value)
    tell(expert, "rotated", by)
    return secret


def tell(expert: Expert, done: str, by: UUID | None) -> None:
    logger.info("an expert was changed", extra={"expert": str(expert.id), "done": done, "by": str(by)})
    transaction.on_commit(partial(bus.ring, "expert", str(expert.id)))


def _with_fallback(expert: Expert, fields: dict[str, Any]) -> dict[str, Any]:
    wanted = fields.get("fallback")
    if wanted is None or isinstance(wanted, Expert):
        return fields
    found = expert_faults.found_fallback(expert.workspace_id, wanted)
    if found is None:
        raise invalid([Fault("/fallback", expert_faults.NO_FALLBACK)])
    return {**fields, "fallback": found}


def _kept(expert: Expert, fields: dict[str, Any]) -> dict[str, Any]:
    """As the row keeps them. Who is reached on another way is somebody else: nothing is known of its health."""
    kept = dict(fields)
    if "secret" in kept:
        kept |= credentials.replaced(expert, kept["secret"])
    moved = any(name in fields and fields[name] != getattr(expert, name) for name in ("adapter", "settings"))
    return kept | (UNSEEN if moved and not expert._state.adding else {})


def _store(expert: Expert, kept: dict[str, Any]) -> None:
    expert.updated_at = timezone.now()
    for name, value in kept.items():
        setattr(expert, name, value)
    if expert._state.adding:
        expert.save(force_insert=True)
    elif not Expert.objects.filter(id=expert.id).update(**kept, updated_at=expert.updated_at):
        raise NotFound()  # a parallel request has deleted it
