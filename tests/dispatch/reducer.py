"""What a client does with events: it keeps its copy of a snapshot up to date, and knows envelope and data alone.

`APPLY` has each type of docs/events.md that changes what REST shows, `UNCHANGING` the others, each with its reason.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final

Row = dict[str, Any]
Event = dict[str, Any]


@dataclass
class Copy:
    """What a client shows of one workspace: rows by id, as REST has them."""

    conversations: dict[str, Row] = field(default_factory=dict)
    messages: dict[str, Row] = field(default_factory=dict)
    runs: dict[str, Row] = field(default_factory=dict)
    members: dict[str, Row] = field(default_factory=dict)


def apply(copy: Copy, event: Event) -> None:
    if event["type"] not in UNCHANGING:
        APPLY[event["type"]](copy, event)


def _conversation(copy: Copy, event: Event) -> None:
    told = event["data"]["conversation"]
    copy.conversations[told["id"]] = {"message_count": 0, **copy.conversations.get(told["id"], {}), **told}


def _no_conversation(copy: Copy, event: Event) -> None:
    gone = event["data"]["conversation"]["id"]
    copy.conversations.pop(gone, None)
    for rows in (copy.messages, copy.runs):
        for id in [id for id, row in rows.items() if row["conversation"] == gone]:
            del rows[id]


def _message(copy: Copy, event: Event) -> None:
    told = event["data"]["message"]
    shown = copy.messages.get(told["id"], {"visible_to": "nobody"})["visible_to"] == ""
    if told["visible_to"] == "" and not shown:
        copy.conversations[told["conversation"]]["message_count"] += 1
    copy.messages[told["id"]] = dict(told)


def _deleted(copy: Copy, event: Event) -> None:
    told = event["data"]["message"]
    if told["visible_to"] == "":
        copy.conversations[told["conversation"]]["message_count"] -= 1
    copy.messages[told["id"]] = dict(told)


def _no_message(copy: Copy, event: Event) -> None:
    copy.messages[event["data"]["message"]]["status"] = "rejected"


def _queued(copy: Copy, event: Event) -> None:
    data = event["data"]
    if event["run"] not in copy.runs:
        copy.runs[event["run"]] = _new_run(event)
        copy.messages[event["message"]]["run"] = event["run"]
    copy.runs[event["run"]] |= {"state": "queued", "attempt": data["attempt"], "position": data["position"]}


def _new_run(event: Event) -> Row:
    return {
        "id": event["run"],
        "conversation": event["conversation"],
        "message": event["message"],
        "replay_of": event["data"].get("replay_of"),
        "queued_at": event["time"],
        "started_at": None,
        "finished_at": None,
        "reply": None,
        "audience": "conversation",
        "error": None,
        "stopping": False,
    }


def _started(copy: Copy, event: Event) -> None:
    run, data = copy.runs[event["run"]], event["data"]
    run |= {"state": "running", "attempt": data["attempt"], "position": None, "reply": data["reply"]}
    run["started_at"] = run["started_at"] or event["time"]


def _waiting(copy: Copy, event: Event) -> None:
    """It gives up its turn."""
    run = copy.runs[event["run"]]
    _move_up(copy, run)
    run |= {"state": "waiting", "attempt": event["data"]["attempt"], "position": None}


def _ended(copy: Copy, event: Event) -> None:
    run, data = copy.runs[event["run"]], event["data"]
    _move_up(copy, run)
    run |= {
        "state": event["type"].removeprefix("run."),
        "attempt": data["attempt"],
        "position": None,
        "finished_at": event["time"],
        "audience": data.get("audience", "conversation"),
        "error": {"code": data["reason"]} if "reason" in data else None,
    }


def _move_up(copy: Copy, ended: Row) -> None:
    """Whoever waited for the run that ends waits for one less."""
    for run in copy.runs.values():
        behind = run["conversation"] == ended["conversation"] and run["state"] == "queued" and run["position"] > 0
        if behind and (ended["position"] is None or ended["position"] < run["position"]):
            run["position"] -= 1


def _member(copy: Copy, event: Event) -> None:
    data = event["data"]
    names = {name: data[name] for name in ("username", "first_name", "last_name")}
    copy.members[data["membership"]] = {
        "id": data["membership"],
        "user": {"id": data["member"], **names},
        "role": data["role"],
        "created_at": data["created_at"],
    }


def _no_member(copy: Copy, event: Event) -> None:
    del copy.members[event["data"]["membership"]]


APPLY: Final[dict[str, Callable[[Copy, Event], None]]] = {
    "conversation.created": _conversation,
    "conversation.updated": _conversation,
    "conversation.archived": _conversation,
    "conversation.deleted": _no_conversation,
    "message.received": _message,
    "message.completed": _message,
    "message.quarantined": _message,
    "message.released": _message,
    "message.rejected": _no_message,
    "message.edited": _message,
    "message.deleted": _deleted,
    "run.queued": _queued,
    "run.started": _started,
    "run.waiting": _waiting,
    "run.completed": _ended,
    "run.failed": _ended,
    "run.dead": _ended,
    "run.canceled": _ended,
    "run.superseded": _ended,
    "member.added": _member,
    "member.changed": _member,
    "member.removed": _no_member,
}
UNCHANGING: Final = {
    "context.updated": "What handlers know is read anew when somebody looks at it.",
    "context.pruned": "The same.",
    "cache.degraded": "What a process answers from is in health, and in no row that REST shows.",
    "cache.recovered": "The same.",
    "session.began": "Sessions are in no row of a workspace: each user lists their own.",
    "session.ended": "The same.",
    "flag.raised": "Flags are for staff, whose pages show them.",
    "flag.resolved": "The same.",
    "delegation.submitted": "Delegations are read anew when somebody looks at them, as contexts are.",
    "delegation.working": "The same.",
    "delegation.input_required": "The same.",
    "delegation.auth_required": "The same.",
    "delegation.completed": "The same; its message is told before.",
    "delegation.failed": "The same.",
    "delegation.canceled": "The same.",
    "delegation.rejected": "The same.",
}
