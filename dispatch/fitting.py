"""What an expert says, as it may be taken: of the types and sizes that the contract names, and fitting its own schema.

Whatever else it is, is a failure of the expert: nothing of it is stored, and nobody else is held up by it.
"""

import math
import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any, Final

import orjson
from django.conf import settings

from dispatch import expert_words, orders
from dispatch.delegation_models import Delegation
from integrations.contract import Failure, Handover, Later, Progress, Question, Rejection, Result, SignIn, Update
from integrations.skill_faults import LARGEST_SCHEMA
from project import schemas, shapes, strictjson
from project.errors import SwitchboardError
from project.schemas import BadSchema

LONGEST_PROGRESS: Final = 1000
LONGEST_REASON: Final = 40
LONGEST_REMOTE: Final = 200
UNUSABLE: Final = (SwitchboardError, TypeError, ValueError, AttributeError, OverflowError)
REASON: Final = re.compile(shapes.CODE)
SLUG: Final = re.compile(r"[-a-zA-Z0-9_]{0,60}\Z")
LONGEST_SKILL: Final = 100
MOST_TURNS: Final = 20  # after each it is resumed, and may ask again


class TooLarge(ValueError):
    """More than a message holds, or than an expert is given."""


def fitting(delegation: Delegation, update: Any) -> Update:
    """The same, or the failure that it is instead."""
    check = CHECKS.get(type(update))
    if check is None:
        return Failure("bad_answer", "It says what no expert may say.")
    try:
        taken = check(update)
    except TooLarge as error:
        return Failure("answer_too_large", str(error))
    except UNUSABLE as error:
        return Failure("bad_answer", f"What it says cannot be used: {error}"[:500])
    if isinstance(taken, (Question, SignIn, Handover)) and delegation.turn >= MOST_TURNS:
        return Failure("bad_answer", f"It asks, and hands over, more than {MOST_TURNS} times.")
    faults = _faults(delegation, taken) if isinstance(taken, Result) else ""
    return Failure("wrong_schema", f"Its answer does not fit its own schema: {faults}"[:500]) if faults else taken


def progress(said: Progress) -> Progress:
    """A line of any kind, cut and cleaned: what it says of its progress is no reason to end its task."""
    known = isinstance(said.fraction, (int, float)) and math.isfinite(said.fraction)
    text = str(said.text)[:LONGEST_PROGRESS].encode("utf-8", "replace").decode().replace("\x00", "")
    return Progress(min(1.0, max(0.0, float(said.fraction or 0))) if known else None, text)


def _result(said: Result) -> Result:
    artifacts = list(said.artifacts)
    strictjson.check([_text(said.text), said.output, artifacts])
    if any(not isinstance(artifact, dict) for artifact in artifacts):
        raise TypeError("an artifact is an object")
    size = len(orjson.dumps([said.output, said.text, artifacts]))
    if size > orders.largest() or len(expert_words.text(said)) > settings.MESSAGE_LIMIT:
        raise TooLarge(f"It answered more than a message holds: {size} bytes.")
    return said


def _question(said: Question) -> Question:
    strictjson.check([_text(said.prompt), said.schema])
    known = {_text(field): _text(wanted) for field, wanted in said.known.items()}
    if len(orjson.dumps([said.schema, known])) > LARGEST_SCHEMA:  # reading a large one takes seconds
        raise TooLarge(f"Schema and `known` of a question have at most {LARGEST_SCHEMA} bytes.")
    return replace(said, schema=schemas.read(said.schema).document, known=known)


def _handover(said: Handover) -> Handover:
    strictjson.check([_text(said.expert), _text(said.skill), said.input])
    if not SLUG.match(said.expert) or len(said.skill) > LONGEST_SKILL:
        raise ValueError("it hands over to what is no name of an expert or of a skill")
    if len(orjson.dumps(said.input)) > orders.largest():
        raise TooLarge("It hands over more than an expert is given.")
    return said


def _later(said: Later) -> Later:
    poll = None if said.poll is None else _seconds(said.poll)
    return Later(_text(said.remote)[:LONGEST_REMOTE], poll)


def _failure(said: Failure) -> Failure:
    known = isinstance(said.reason, str) and len(said.reason) <= LONGEST_REASON and REASON.match(said.reason)
    retry = None if said.retry is None else _seconds(said.retry)
    return Failure(said.reason if known else "failed", _text(said.detail), retry)


def _rejection(said: Rejection) -> Rejection:
    return Rejection(_text(said.detail))


def _sign_in(said: SignIn) -> SignIn:
    return SignIn(_text(said.text))


def _text(said: Any) -> str:
    if not isinstance(said, str):
        raise TypeError(f"a {type(said).__name__} is no text")
    strictjson.check(said)
    return said


def _seconds(said: Any) -> float:
    if not math.isfinite(seconds := float(said)):
        raise ValueError("a time to wait is a number of seconds")
    return max(0.0, seconds)


def _faults(delegation: Delegation, result: Result) -> str:
    skills = delegation.expert.offers if delegation.expert else ()
    schema = next((skill.output for skill in skills if skill.name == delegation.skill), {})
    try:
        found = schemas.read(schema).violations(result.output, "/output")
    except BadSchema as error:
        return str(error)
    return "; ".join(f"{fault['pointer']}: {fault['detail']}" for fault in found)


CHECKS: Final[dict[type, Callable[[Any], Update]]] = {
    Progress: progress,
    Result: _result,
    Question: _question,
    Handover: _handover,
    Later: _later,
    Failure: _failure,
    Rejection: _rejection,
    SignIn: _sign_in,
}
