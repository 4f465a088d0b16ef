"""Makes messages findable as this version finds them: for those that servers of the version before wrote meanwhile."""

from typing import Any, Final
from uuid import UUID

from django.core.management.base import BaseCommand
from django.db import transaction

from contexts import relevance
from contexts.models import Message, MessageStatus

BATCH: Final = 500
SHOWN: Final = (MessageStatus.RECEIVED, MessageStatus.COMPLETED)


class Command(BaseCommand):
    help = "Indexes all messages anew for search, in batches. It can be stopped and run again at any time."

    def handle(self, *args: Any, **options: Any) -> None:
        last, count = UUID(int=0), 0
        while ids := _next(last):
            count += _index(ids)
            last = ids[-1]
        self.stdout.write(f"{count} messages can be found.")


def _next(last: UUID) -> list[UUID]:
    return list(Message.objects.filter(id__gt=last).order_by("id").values_list("id", flat=True)[:BATCH])


def _index(ids: list[UUID]) -> int:
    """Who edits, deletes or prunes one of them meanwhile waits, and has the last word."""
    with transaction.atomic():
        shown = Message.objects.filter(id__in=ids, pruned=False, status__in=SHOWN).order_by("id")
        return relevance.index_all(list(shown.select_related("conversation").select_for_update(of=("self",))))
