"""Experts behind HTTP: one URL, always POST, JSON, signed by Standard Webhooks. docs/experts.md has the wire format."""

import asyncio
import logging
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any, Final

import httpx
import orjson

from integrations import adapters, transport, webhooks, wire
from integrations.contract import JSON, Definition, Failure, Given, Later, Task, Unwell, Update
from integrations.outgoing import AddressRefused, BadAnswer, Late, OutgoingError, TooMuch, Unreachable
from project import strictjson
from project.ids import new_id
from project.schemas import Schema
from project.strictjson import MalformedJSON

logger = logging.getLogger(__name__)

SHORT_SECONDS: Final = 10.0  # for what is answered without working on it
LONGEST_PAUSE: Final = 86400.0
SETTINGS: Final[dict[str, Any]] = {
    "type": "object",
    "properties": {
        "url": {
            "type": "string",
            "description": "Where it takes tasks: https:// or http://, without a name or password in it.",
            "maxLength": 2000,
            "pattern": r"^https?://[^\s/?#@\\]+([/?#]\S*)?$",
        }
    },
    "required": ["url"],
    "additionalProperties": False,
}
GONE: Final = (404, 409, 410)  # of a cancel: it does not work on it
FAILURES: Final[dict[type[OutgoingError], tuple[str, float | None]]] = {
    AddressRefused: ("address_refused", None),
    Unreachable: ("unreachable", 1.0),
    Late: ("no_answer", None),
    TooMuch: ("answer_too_large", None),
    BadAnswer: ("bad_answer", None),
}
BUSY: Final = (429, 503)


@adapters.register(
    "http",
    "A program that takes tasks by HTTP, signed by Standard Webhooks, and answers at once, by callback, or when asked.",
    SETTINGS,
    secret="The secret that both sides sign with: whsec_ and base64, as Standard Webhooks has it.",  # noqa: S106
    signs=True,
    remote=True,
)
class HttpAdapter:
    def __init__(self, given: Given) -> None:
        self._given = given

    async def start(self, task: Task) -> AsyncIterator[Update]:
        for update in await self._ask(task, "start", {}, "start", _left(task)):
            yield update

    async def resume(self, task: Task, answer: JSON) -> AsyncIterator[Update]:
        for update in await self._ask(task, "resume", {"answer": answer}, f"resume.{task.turn}", _left(task)):
            yield update

    async def poll(self, task: Task) -> AsyncIterator[Update]:
        seconds = min(SHORT_SECONDS, _left(task))
        for update in await self._ask(task, "poll", {}, f"poll.{task.attempt}", seconds):
            yield update

    async def cancel(self, task: Task) -> None:
        """:raises OutgoingError: when it could not be told."""
        body = {"type": "delegation.cancel", **_told(task)}
        status, _, _ = await self._post(f"{task.id}.cancel", body, SHORT_SECONDS)
        if status >= 300 and status not in GONE:
            raise BadAnswer(f"It answered {status} to a cancel.")

    async def describe(self) -> Definition:
        return wire.definition(await self._told_of_itself("expert.describe", wire.DEFINITION))

    async def health(self) -> None:
        await self._told_of_itself("expert.health", None)

    async def _ask(self, task: Task, step: str, more: dict[str, Any], repeat: str, seconds: float) -> list[Update]:
        """`repeat`: the same for the same step of a delegation, so that the far side can tell that it has seen it."""
        body = {"type": f"delegation.{step}", **_told(task), **more}
        try:
            status, headers, raw = await self._post(f"{task.id}.{repeat}", body, seconds)
            return await asyncio.to_thread(_updates, status, headers, raw)  # a long one would hold up the loop
        except webhooks.BadSecret as error:
            return [Failure("expert_broken", str(error))]
        except OutgoingError as error:
            logger.warning("an HTTP expert gave no answer: %s", error, extra={"expert": task.expert})
            reason, retry = FAILURES[type(error)]
            return [Failure(reason, error.told, retry)]

    async def _told_of_itself(self, type: str, schema: Schema | None) -> dict[str, Any]:
        try:
            status, _, raw = await self._post(f"{type}.{new_id()}", {"type": type, "expert": self._given.slug}, 10.0)
            if status != 200:
                raise Unwell(f"It answered {status}.")
            return _fitting(raw, schema) if schema else {}
        except webhooks.BadSecret as error:
            raise Unwell(str(error)) from error
        except OutgoingError as error:  # its own words name addresses behind a name, and quote what was answered
            logger.warning("an HTTP expert did not say how it is: %s", error, extra={"expert": self._given.slug})
            raise Unwell(error.told) from error

    async def _post(self, id: str, body: dict[str, Any], seconds: float) -> tuple[int, httpx.Headers, bytes]:
        content = orjson.dumps(body)
        headers = webhooks.signed(self._given.secrets, id, content.decode())
        headers |= {"content-type": "application/json", "accept": "application/json", "user-agent": "Switchboard"}
        async with transport.client(seconds, allowed=self._given.ours) as http:
            try:
                answer = await http.post(self._given.settings.get("url", ""), content=content, headers=headers)
            except (httpx.InvalidURL, httpx.UnsupportedProtocol) as error:
                raise AddressRefused(f"Its URL cannot be used: {error}") from error
        return answer.status_code, answer.headers, answer.content


def _told(task: Task) -> dict[str, Any]:
    """Of whom it is for it says nothing: a far side need not know."""
    return {
        "delegation": str(task.id),
        "attempt": task.attempt,
        "expert": task.expert,
        "skill": task.skill,
        "input": task.input,
        "artifacts": list(task.artifacts),
        "constraints": task.constraints,
        "priority": task.priority,
        "deadline": task.deadline.isoformat(),
        "conversation": str(task.conversation),
        "workspace": str(task.workspace),
        "chain": list(task.chain),
        "callback": task.callback,
        "task": task.remote,
    }


def _left(task: Task) -> float:
    return max(1.0, (task.deadline - datetime.now(UTC)).total_seconds())


def _updates(status: int, headers: httpx.Headers, raw: bytes) -> list[Update]:
    if status == 202 and not raw.strip():
        return [Later()]
    if status in (200, 202):
        return wire.updates(_fitting(raw, wire.ANSWER))
    if status in BUSY:
        return [Failure("expert_busy", "It has no time now.", _pause(headers.get("retry-after", "")))]
    if status >= 500:
        return [Failure("expert_error", f"It answered {status}.", 1.0)]
    return [Failure("expert_refused", f"It answered {status}.")]


def _fitting(raw: bytes, schema: Schema) -> dict[str, Any]:
    """:raises BadAnswer: when it is not JSON, or not of that form."""
    try:
        said: dict[str, Any] = strictjson.loads(raw)
    except MalformedJSON as error:
        raise BadAnswer(error.detail) from error
    faults = schema.violations(said)
    if faults:
        raise BadAnswer("; ".join(f"{fault['pointer'] or '/'}: {fault['detail']}" for fault in faults[:3]))
    return said


def _pause(told: str) -> float:
    """Of `Retry-After`: seconds, or a date."""
    if told.isascii() and told.isdecimal():
        return min(float(told), LONGEST_PAUSE)
    try:
        seconds = (parsedate_to_datetime(told) - datetime.now(UTC)).total_seconds()
    except (ValueError, TypeError, OverflowError):
        return 1.0
    return min(max(1.0, seconds), LONGEST_PAUSE)
