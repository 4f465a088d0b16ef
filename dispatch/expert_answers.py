"""What an expert answers, held against what was agreed on: how much it may be, and what form it has."""

from typing import Any

import orjson
from django.conf import settings

from dispatch import orders
from dispatch.delegation_models import Delegation
from integrations.contract import Failure, Handover, Result, Update
from project import schemas
from project.schemas import BadSchema


def fitting(delegation: Delegation, update: Update) -> Update:
    """As it may be taken: what is too large or of another form than was agreed on is a failure of the expert."""
    if isinstance(update, Handover):
        return update if _is_json(update.input) else Failure("bad_answer", "What it hands over is no JSON.")
    if not isinstance(update, Result):
        return update
    try:
        size = len(orjson.dumps([update.output, update.text, list(update.artifacts)]))
    except TypeError:
        return Failure("bad_answer", "What it answered is no JSON.")
    if size > 4 * settings.MESSAGE_LIMIT or len(update.text) > settings.MESSAGE_LIMIT:
        return Failure("answer_too_large", f"It answered more than a message holds: {size} bytes.")
    faults = _faults(delegation, update.output)
    return Failure("wrong_schema", f"Its answer does not fit its own schema: {faults}"[:500]) if faults else update


def _is_json(value: Any) -> bool:
    """Of a size that an input may have."""
    try:
        return len(orjson.dumps(value)) <= orders.largest()
    except TypeError:
        return False


def _faults(delegation: Delegation, output: Any) -> str:
    skills = delegation.expert.offers if delegation.expert else ()
    schema = next((skill.output for skill in skills if skill.name == delegation.skill), {})
    try:
        found = schemas.read(schema).violations(output, "/output")
    except BadSchema as error:
        return str(error)
    return "; ".join(f"{fault['pointer']}: {fault['detail']}" for fault in found)
