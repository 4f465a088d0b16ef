"""Snapshots of a workspace over REST, each with the heads of the logs that go on from there."""

from dataclasses import dataclass
from typing import Any, Final

from tests import contract
from tests.dispatch.reducer import Copy, Row
from tests.live import LivePerson, eventually

# What REST shows and events do not tell, and why.
UNTOLD: Final = {
    "conversation": {
        "context_version": "Counts changes of what handlers know, also those that the reader may not see.",
        "updated_at": "Each message moves it, also one that the reader may not see; events have times.",
    },
    "run": {
        "decision": "The record of why, read where somebody asks for it.",
        "handlers": "The same.",
        "findings": "The same, for workspace admins and staff.",
        "failures": "The same; `attempt` says how many have begun.",
        "created_at": "Is `queued_at`.",
    },
    "member": {},
    "user": {"is_staff": "Staff rights are not a matter of the workspace."},
}
# Moments that the events tell by when they were told themselves: their rows are written a moment before.
MOMENTS: Final = ("queued_at", "started_at", "finished_at")


@dataclass(frozen=True)
class Snapshot:
    """`heads`: by log, how far it had come."""

    rows: Copy
    heads: dict[str, int]


def taken(person: LivePerson) -> Snapshot:
    """At a moment at which nothing changes."""

    def look() -> Snapshot | None:
        before = _heads(person)
        rows = _rows(person)
        return Snapshot(rows, before) if _heads(person) == before else None

    found: Snapshot = eventually(look)
    return found


def events(person: LivePerson, stream: str) -> list[dict[str, Any]]:
    return [contract.fitting(event) for event in person._pages(f"{_path(stream)}?page_size=100")]


def shown(rows: Copy) -> dict[str, Any]:
    """What the client and REST both can tell, of every row."""
    return {
        "conversations": {id: _told("conversation", row) for id, row in rows.conversations.items()},
        "messages": rows.messages,
        "runs": {id: _run(row) for id, row in rows.runs.items()},
        "members": {id: row | {"user": _told("user", row["user"])} for id, row in rows.members.items()},
    }


def _run(row: Row) -> Row:
    """The id of its answer is told when a run starts, and audience and error when it ends."""
    begun, over = row["started_at"] is not None, row["finished_at"] is not None
    early = {"reply": row["reply"] if begun else None, "audience": row["audience"] if over else None}
    error = row["error"]["code"] if over and row["error"] else None
    return _told("run", row) | early | {name: row[name] is not None for name in MOMENTS} | {"error": error}


def _told(noun: str, row: Row) -> Row:
    return {name: value for name, value in row.items() if name not in UNTOLD[noun]}


def _heads(person: LivePerson) -> dict[str, int]:
    streams = [f"workspace:{_workspace(person)}", *(f"conversation:{id}" for id in _conversations(person))]
    return {stream: int(_get(person, _path(stream))["head"].partition("-")[2]) for stream in streams}


def _rows(person: LivePerson) -> Copy:
    members = person._pages(f"/api/v1/workspaces/{_workspace(person)}/members/?page_size=100")
    conversations = _conversations(person)
    messages = [message for id in conversations for message in person.messages(id)]
    return Copy(conversations, _by_id(messages), _runs(person, messages), _by_id(members))


def _conversations(person: LivePerson) -> dict[str, Row]:
    path = "/api/v1/conversations/?page_size=100"
    return _by_id([row for archived in ("false", "true") for row in person._pages(f"{path}&archived={archived}")])


def _runs(person: LivePerson, messages: list[Row]) -> dict[str, Row]:
    """The runs that the messages name, and those before them."""
    found: dict[str, Row] = {}
    waiting = [message["run"] for message in messages]
    while waiting:
        id = waiting.pop()
        if id and id not in found:
            found[id] = _get(person, f"/api/v1/runs/{id}/")
            waiting.append(found[id]["replay_of"])
    return found


def _path(stream: str) -> str:
    topic, _, id = stream.partition(":")
    return f"/api/v1/{topic}s/{id}/events/"


def _workspace(person: LivePerson) -> str:
    return str(_get(person, "/api/v1/workspaces/")["results"][0]["id"])


def _get(person: LivePerson, path: str) -> Any:
    answer = person.http.get(path)
    assert answer.status_code == 200, answer.text
    return answer.json()


def _by_id(rows: list[Row]) -> dict[str, Row]:
    return {row["id"]: row for row in rows}
