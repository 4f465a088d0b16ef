"""Which findings are told to whom. Who writes rules and is told each place where one is met could find out a text that
they may not read, a letter at a time."""

from typing import Any

from django.db.models import Exists, OuterRef, Q

from contexts.models import Message, MessageStatus
from dispatch.evaluation import STAFF_ALONE
from dispatch.models import Run
from security.material import Stage
from security.models import User


def told(user: User) -> Q:
    """The condition on findings. Staff's rules tell others only of texts that they may read, as those are shown."""
    if user.is_staff:
        return Q()
    read = Message.objects.filter(user.reader.rows, id=OuterRef("message"), conversation__deleted_at=None)
    read = read.exclude(status__in=(MessageStatus.DELETED, *STAFF_ALONE))
    blocked = Q(message=None, stage=Stage.INTAKE)
    return Q(rule_row=None) | (Q(masked=False) & (blocked | Q(Exists(read))))


def of_run(run: Run, user: User) -> list[dict[str, Any]]:
    """A run does not say what of its texts is masked: what rules found is told by the kept findings alone."""
    if not user.reader.sees(run.visible_to):
        return []  # they tell where in the reply what was found
    return [one for one in run.findings if user.is_staff or one["filter"] != "rules"]
