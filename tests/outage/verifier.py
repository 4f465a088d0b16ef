"""The invariants, from the outside: what clients were told against what the server shows (G1, G2, G3).

And what serving processes hold (G11): whether they let go of it.
"""

import os
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, fields
from typing import Any, Final
from urllib.parse import urlsplit

import httpx
import psycopg

from dispatch.states import FINAL as FINAL_STATES
from tests.deployment import Deployment
from tests.live import FINAL, PATIENCE, LivePerson
from tests.modes import PRODUCTION
from tests.outage.ledger import Ledger
from tests.outage.scale import pick

SHOWN: Final = 40


@dataclass(frozen=True)
class Stored:
    """What the server shows of one conversation; `states` by run."""

    messages: list[dict[str, Any]]
    events: list[dict[str, Any]]
    states: dict[str, str]


def verify(ledger: Ledger, person: LivePerson, seconds: float = pick(60, 2 * PATIENCE)) -> None:
    """Accepted = stored = one final state and one final event for each run; seq 1..n; one reply each, in order;
    every follower saw each durable event once and in order. Waits up to `seconds` for runs that are not over.
    """
    ends = time.monotonic() + seconds
    stored = {conversation: _settled(ledger, person, conversation, ends) for conversation in ledger.conversations()}
    found = problems(ledger, stored)
    if found:
        shown = "\n".join(found[:SHOWN])
        raise AssertionError(f"{len(found)} breaches of the guarantees:\n{shown}")


def problems(ledger: Ledger, stored: dict[str, Stored]) -> list[str]:
    """Every breach, in words."""
    found = list(ledger.failures)
    for conversation, shown in stored.items():
        checks = (_messages(ledger, conversation, shown), _runs(shown), _events(shown), _replies(shown))
        found += [f"{conversation}: {what}" for check in checks for what in check]
    for follower, conversation in ledger.followers.items():
        found += [f"{follower}: {what}" for what in _sight(ledger, follower, stored[conversation])]
    return found


def _messages(ledger: Ledger, conversation: str, shown: Stored) -> Iterator[str]:
    accepted = Counter(entry.message for entry in ledger.accepted_in(conversation))
    stored = Counter(message["id"] for message in _asked(shown))
    for id in accepted.keys() - stored.keys():
        yield f"message {id} was accepted and is not stored"
    for id in stored.keys() - accepted.keys():
        yield f"message {id} is stored and was never accepted"
    for id, count in (accepted + stored).items():
        if accepted[id] > 1 or stored[id] > 1:
            yield f"message {id} was accepted under {accepted[id]} keys and stored {stored[id]} times ({count})"


def _runs(shown: Stored) -> Iterator[str]:
    finals = Counter(event["run"] for event in shown.events if event["type"] in FINAL)
    runs = {message["run"] for message in _asked(shown)}
    for run in sorted(runs):
        if shown.states.get(run) not in FINAL_STATES:
            yield f"run {run} is {shown.states.get(run)}, which is not final"
        if finals[run] != 1:
            yield f"run {run} has {finals[run]} final events"
        begun, ended = _last_attempt(shown, run, "run.started"), _last_attempt(shown, run, *FINAL)
        if begun is not None and begun != ended:
            yield f"run {run} was ended by attempt {ended} while attempt {begun} held it"
    for run in finals.keys() - runs:
        yield f"run {run} ended and belongs to no stored message"


def _events(shown: Stored) -> Iterator[str]:
    numbers = [event["seq"] for event in shown.events]
    if numbers != list(range(1, len(numbers) + 1)):
        yield f"seq is not 1..{len(numbers)}: {_first_difference(numbers, list(range(1, len(numbers) + 1)))}"
    for message in shown.messages:
        said = "message.received" if message["role"] == "user" else "message.completed"
        count = sum(event["type"] == said and event["message"] == message["id"] for event in shown.events)
        if count != 1:
            yield f"message {message['id']} has {count} events {said}"


def _replies(shown: Stored) -> Iterator[str]:
    answered = [message["reply_to"] for message in shown.messages if message["role"] == "assistant"]
    asked = [message["id"] for message in _asked(shown)]
    if answered != asked:
        yield f"the answers are not one each in order: {_first_difference(answered, asked)}"


def _sight(ledger: Ledger, follower: str, shown: Stored) -> Iterator[str]:
    seen = [entry.event for entry in ledger.seen_by(follower)]
    if seen != shown.events:
        numbers, rows = [event["seq"] for event in seen], [event["seq"] for event in shown.events]
        yield f"saw {len(seen)} events where the log has {len(rows)}: {_first_difference(numbers, rows)}"


def _last_attempt(shown: Stored, run: str, *types: str) -> int | None:
    attempts = [e["data"]["attempt"] for e in shown.events if e["run"] == run and e["type"] in types]
    return attempts[-1] if attempts else None


def _asked(shown: Stored) -> list[dict[str, Any]]:
    return [message for message in shown.messages if message["role"] == "user"]


def _first_difference(found: list[Any], wanted: list[Any]) -> str:
    for index in range(max(len(found), len(wanted))):
        if found[index : index + 1] != wanted[index : index + 1]:
            return f"at {index}: {found[index : index + 3]} instead of {wanted[index : index + 3]}"
    return "the same numbers with other contents"


def _settled(ledger: Ledger, person: LivePerson, conversation: str, ends: float) -> Stored:
    """The conversation as it is once every accepted run is over, or when the time is."""
    runs = {entry.run for entry in ledger.accepted_in(conversation)}
    while True:
        try:
            events = person.events(conversation)
            if runs <= {event["run"] for event in events if event["type"] in FINAL} or time.monotonic() > ends:
                messages = person.messages(conversation)
                return Stored(messages, events, {run: _state(person, run) for run in sorted(runs)})
        except (httpx.HTTPError, AssertionError):
            if time.monotonic() > ends:
                raise
        time.sleep(0.2)


def _state(person: LivePerson, run: str) -> str:
    answer = person.http.get(f"/api/v1/runs/{run}/")
    assert answer.status_code == 200, answer.text
    return str(answer.json()["state"])


@dataclass(frozen=True)
class Resources:
    """Memory in bytes (resident), open descriptors and threads of processes; PostgreSQL backends of their database."""

    memory: int
    descriptors: int
    threads: int
    connections: int

    @classmethod
    def of(cls, deployment: Deployment) -> "Resources":
        """Of the serving processes. Measure once everything was used: pools of threads fill with their first use."""
        processes = [process.process for process in deployment.processes]
        return cls(
            memory=sum(process.memory_info().rss for process in processes),
            descriptors=sum(process.num_fds() for process in processes),
            threads=sum(process.num_threads() for process in processes),
            connections=_connections(deployment),
        )

    def over(self, before: "Resources", slack: "Resources") -> dict[str, tuple[int, int]]:
        """What is more than before and its slack: name, then before and now."""
        names = [field.name for field in fields(self)]
        return {
            name: (getattr(before, name), getattr(self, name))
            for name in names
            if getattr(self, name) > getattr(before, name) + getattr(slack, name)
        }


SLACK = Resources(memory=48 * 1024 * 1024, descriptors=12, threads=6, connections=6)


def back_to_start(
    deployment: Deployment, before: Resources, slack: Resources = SLACK, seconds: float = PATIENCE
) -> Resources:
    """Waits until everything is within its slack of what it was.

    :raises AssertionError: naming what is not, after `seconds`.
    """
    ends = time.monotonic() + seconds
    while True:
        now = Resources.of(deployment)
        over = now.over(before, slack)
        if not over:
            return now
        assert time.monotonic() < ends, f"more is held than at the start: {over}"
        time.sleep(0.2)


def _connections(deployment: Deployment) -> int:
    if not PRODUCTION:
        return 0
    name = urlsplit(deployment.environment["DATABASE_URL"]).path.removeprefix("/")
    with psycopg.connect(os.environ["DATABASE_URL"], autocommit=True) as connection:
        counted = connection.execute("SELECT count(*) FROM pg_stat_activity WHERE datname = %s", [name]).fetchone()
    return int(counted[0]) if counted else 0
