"""What an expert says by calling back: signed by it, taken once, and as far as the delegation still waits for it."""

import hashlib
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from typing import Any, Final
from uuid import UUID

from django.conf import settings

from dispatch import callbacks, delegation_ends, delegation_progress, delegation_states
from dispatch.delegation_models import Delegation
from integrations import experts, vault, webhooks, wire
from integrations.contract import Failure, Later, Progress, Update
from integrations.models import LONGEST_TIMEOUT, Health
from project import strictjson
from project.errors import Conflict, NotFound, Unauthenticated, Unprocessable
from security import limits

TRIES: Final = 3  # the queue may begin another step of it meanwhile
AS_LONG_AS_IT_LIVES: Final = timedelta(seconds=LONGEST_TIMEOUT)


class CallbackUnsigned(Unauthenticated):
    code = "signature_invalid"
    title = "The callback is not signed by the expert it is for"
    headers = {"WWW-Authenticate": 'StandardWebhooks realm="switchboard"'}


class DelegationOver(Conflict):
    code = "delegation_over"
    title = "The delegation has come to its end"


class DelegationWaits(Conflict):
    code = "delegation_waits"
    title = "The delegation waits for an answer, not for its expert"


class CallbackUnfit(Unprocessable):
    title = "The callback is not what an expert may say"


def take(token: str, headers: Mapping[str, str], raw: bytes) -> Delegation:
    """Returns the delegation as it is now. A callback that was taken already changes nothing.

    :raises NotFound: for a token that is not ours. :raises CallbackUnsigned: :raises MalformedJSON:
    :raises CallbackUnfit: :raises ExpertChanged: :raises DelegationOver: :raises DelegationWaits: :raises RateLimited:
    """
    delegation = _of(token)
    if not webhooks.is_signed(_secrets(delegation), headers, raw):
        raise CallbackUnsigned("Sign the body with the expert's secret, now, as Standard Webhooks has it.")
    limits.spend("callbacks", delegation.id, *settings.LIMITS["callbacks"])
    id = hashlib.sha256(headers["webhook-id"].encode()).hexdigest()
    if delegation.expert and delegation.expert.health == Health.CHANGED:
        raise experts.ExpertChanged("Nothing of it is taken until somebody has looked at what it says of itself now.")
    if id not in delegation.heard:
        with suppress(callbacks.Repeated):
            for update in _read(raw, delegation) or [Progress()]:
                _tell(delegation, update, id)
    return Delegation.objects.get(id=delegation.id)


def _of(token: str) -> Delegation:
    id = callbacks.named(token)
    found = Delegation.objects.select_related("expert").filter(id=id).first() if id else None
    if found is None:
        raise NotFound("No delegation has this address.")
    return found


def _secrets(delegation: Delegation) -> list[str]:
    """Of a delegation that a fallback has taken over, those of the fallback."""
    try:
        return experts.secrets_of(delegation.expert) if delegation.expert else []
    except vault.Unopenable:
        return []


def _read(raw: bytes, delegation: Delegation) -> list[Update]:
    """What ends or asks something, or else the progress. It is not polled, and not tried again: it calls us.

    The signature is of the body alone: it says itself for which delegation it is, so that it is taken for no other.
    """
    said: Any = strictjson.loads(raw)
    faults = wire.ANSWER.violations(said)
    if not faults and said.get("delegation") != str(delegation.id):
        faults = [
            {"pointer": "/delegation", "code": "invalid", "detail": "The id of the task that this address is of."}
        ]
    if faults:
        raise CallbackUnfit(errors=faults)
    found = [update for update in wire.updates(said) if not isinstance(update, Later)]
    return [replace(update, retry=None) if isinstance(update, Failure) else update for update in found]


def _tell(delegation: Delegation, update: Update, id: str) -> None:
    """:raises Repeated: when it was taken meanwhile."""
    for _ in range(TRIES):
        found = _at_work(delegation.id, id)
        found.callback = id
        if isinstance(update, Progress):
            limits.spend("callback_progress", found.id, delegation_progress.MOST_TOLD, AS_LONG_AS_IT_LIVES)
            delegation_progress.tell(found, Delegation.objects.filter(id=found.id), update)
            return
        if delegation_ends.arrive(found, update):
            return
    raise DelegationWaits("Another step of it has begun just now; say it again.")


def _at_work(delegation: UUID, id: str) -> Delegation:
    found = delegation_ends.found(delegation)
    if found and found.state in delegation_states.AT_WORK:
        return found
    row = Delegation.objects.get(id=delegation)
    if id in row.heard:
        raise callbacks.Repeated
    if found is None:
        raise DelegationOver(f"It is over: {row.state}.")
    raise DelegationWaits(f"It is {found.state}; what it asked has to be answered first.")
