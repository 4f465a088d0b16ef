"""Who manages rules, and how they change. Admins manage those of their workspace, staff the installation's."""

import logging
from collections.abc import Collection
from functools import partial
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import F, QuerySet
from django.utils import timezone

from project import bus
from project.errors import NotFound
from project.faults import invalid
from security import governed, rule_faults
from security.models import User
from security.screening_models import Rule

logger = logging.getLogger(__name__)


def manageable(user: User) -> QuerySet[Rule]:
    return governed.manageable(Rule.objects.all(), user)


def find(user: User, id: UUID, to: str = "") -> Rule:
    """`to` and what it raises: as `governed.find()`."""
    return governed.find(Rule.objects.all(), user, id, to)


def begun(user: User, workspace: UUID | None, to: str = "add") -> Rule:
    """A rule that is not saved yet. Without a workspace it is the installation's, which staff alone make.

    :raises NotFound: for a workspace of others. :raises Forbidden: for a member who does not manage.
    """
    governed.require(Rule, user, workspace, to)
    return Rule(workspace_id=workspace, created_by_id=user.pk)


def draft(rule: Rule, fields: dict[str, Any], kinds: Collection[str]) -> None:
    """Set `fields` without saving, to try the rule: it needs no name and no sample.

    :raises Invalid: when it could not be read.
    """
    for name, value in fields.items():
        setattr(rule, name, value)
    rule.severity = rule.severity or "medium"
    wrong = rule_faults.of_expression(rule.form, rule.expression) + rule_faults.of_kinds(rule.kinds, kinds)
    if wrong:
        raise invalid(wrong)


def change(rule: Rule, fields: dict[str, Any], kinds: Collection[str], by: UUID | None) -> Rule:
    """Set `fields`. It holds for the next text, in every process.

    :raises Invalid: naming each field that is wrong, and what would be right. :raises NotFound: when it was deleted
    meanwhile.
    """
    wrong = rule_faults.faults(rule, fields, kinds)
    if wrong:
        raise invalid(wrong)
    try:
        with transaction.atomic():
            _store(rule, fields)
    except IntegrityError as error:  # a parallel one was faster
        raise invalid([rule_faults.NAME_TAKEN]) from error
    _tell(rule, "saved", by)
    return rule


def delete(rule: Rule, by: UUID | None) -> None:
    """Its findings stay, and name it."""
    Rule.objects.filter(id=rule.id).delete()
    _tell(rule, "deleted", by)


def _store(rule: Rule, fields: dict[str, Any]) -> None:
    if rule._state.adding:
        for name, value in fields.items():
            setattr(rule, name, value)
        rule.save(force_insert=True)
        return
    changed = Rule.objects.filter(id=rule.id).update(**fields, version=F("version") + 1, updated_at=timezone.now())
    if not changed:
        raise NotFound()  # a parallel request has deleted it
    rule.refresh_from_db()


def _tell(rule: Rule, done: str, by: UUID | None) -> None:
    logger.info(
        "a rule was changed", extra={"rule": str(rule.id), "version": rule.version, "done": done, "by": str(by)}
    )
    transaction.on_commit(partial(bus.ring, "rule", rule.workspace_id or "installation"))
