"""`Idempotency-Key` on POSTs that create: the record is written in the transaction that creates, so both exist or none.

A parallel retry waits for that transaction (a unique key) and then replays its answer.
"""

import hashlib
import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any, Final

import orjson
from django.db import transaction
from django.utils import timezone

from project.errors import BadRequest, Unprocessable
from security.models import IdempotencyRecord, User

KEPT: Final = timedelta(hours=24)
FORM: Final = re.compile(r"[\x20-\x7e]{1,255}")


class MalformedKey(BadRequest):
    code = "malformed_idempotency_key"
    title = "An Idempotency-Key has 1 to 255 printable ASCII characters"


class KeyReused(Unprocessable):
    code = "idempotency_key_reused"
    title = "This Idempotency-Key was used for another request; use a new one"


def check_key(key: str | None) -> str | None:
    """:raises MalformedKey: when there is one and it is not printable or too long."""
    if key is not None and FORM.fullmatch(key) is None:
        raise MalformedKey()
    return key


def digest(body: Any) -> str:
    return hashlib.sha256(orjson.dumps(body, option=orjson.OPT_SORT_KEYS)).hexdigest()


def once(user: User, path: str, key: str | None, body: Any, create: Callable[[], dict[str, Any]]) -> tuple[Any, bool]:
    """Run `create` once per (user, path, key). Returns its answer and whether it is a replay.

    What was made without an API key, or by one of another workspace, is not replayed to one.

    :raises KeyReused: when the key came with another body.
    """
    if check_key(key) is None:
        return create(), False
    if user.grant:
        path = f"{path} {user.grant.workspace}"
    with transaction.atomic():
        own = IdempotencyRecord.objects.filter(user=user, path=path, key=key)
        own.filter(created_at__lt=timezone.now() - KEPT).delete()
        record, fresh = IdempotencyRecord.objects.get_or_create(
            user=user, path=path, key=key, defaults={"digest": digest(body)}
        )
        if fresh:
            record.answer = orjson.loads(orjson.dumps(create(), default=str))
            record.save(update_fields=["answer"])
    if record.digest != digest(body):
        raise KeyReused()
    return record.answer, not fresh
