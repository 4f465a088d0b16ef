"""Every way in for text, once: who adds one adds a line here, or says below why filters need not read it.

Each door takes a person, a conversation of theirs and a text, and gives the refusal that came: its status and code.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final
from uuid import uuid4

from contexts.knowledge import VALUE_LENGTH
from contexts.models import Conversation, Message
from contexts.normals import TURNING
from dispatch import intake, operations, submissions
from dispatch.delegation_models import Delegation
from dispatch.sockets import Socket
from project import problems
from project.errors import SwitchboardError
from tests.contexts.named import named
from tests.people import Person

API: Final = "/api/v1"
Refusal = tuple[int, str]
Said = dict[str, Any]


@dataclass(frozen=True)
class Door:
    """`covers`: the operation and the field that it stands for, as OpenAPI and AsyncAPI name them."""

    name: str
    covers: tuple[str, str]
    knock: Callable[[Person, Conversation, str], Refusal]
    threads: bool = False  # it works on a thread and a connection of its own

    @property
    def path(self) -> str:
        return self.covers[0]


def _posting(field: str, body: Callable[[str], Said]) -> dict[str, Any]:
    def knock(person: Person, conversation: Conversation, text: str) -> Refusal:
        return _told(person.post(f"{API}/conversations/{conversation.id}/messages/", body(text)))

    return {"covers": ("post /api/v1/conversations/{id}/messages/", field), "knock": knock}


def _sending(field: str, body: Callable[[str], Said]) -> dict[str, Any]:
    async def _nowhere(text: str) -> None:
        return None

    def knock(person: Person, conversation: Conversation, text: str) -> Refusal:
        frame = {
            "op": "send",
            "conversation": str(conversation.id),
            "client_id": text[:20].encode().hex(),
            **body(text),
        }
        try:
            asyncio.run(operations.carry_out(Socket(person.identity, _nowhere, lambda reason: None), frame))
        except SwitchboardError as error:
            problem = problems.document(error)
            return problem["status"], problem["code"]
        return 200, ""

    return {"covers": ("client.send", field), "knock": knock, "threads": True}


def _creating(field: str, fields: Callable[[str], Said]) -> dict[str, Any]:
    def knock(person: Person, conversation: Conversation, text: str) -> Refusal:
        body = {"workspace": str(conversation.workspace_id), **fields(text)}
        return _told(person.post(f"{API}/conversations/", body))

    return {"covers": ("post /api/v1/conversations/", field), "knock": knock}


def _changing(field: str, fields: Callable[[str], Said]) -> dict[str, Any]:
    def knock(person: Person, conversation: Conversation, text: str) -> Refusal:
        return _told(person.patch(f"{API}/conversations/{conversation.id}/", fields(text)))

    return {"covers": ("patch /api/v1/conversations/{id}/", field), "knock": knock}


def _noting(field: str, body: Callable[[str], Said]) -> dict[str, Any]:
    def knock(person: Person, conversation: Conversation, text: str) -> Refusal:
        return _told(person.patch(f"{API}/conversations/{conversation.id}/context/", body(text)))

    return {"covers": ("patch /api/v1/conversations/{id}/context/", field), "knock": knock}


def _preferring(field: str, body: Callable[[str], Said]) -> dict[str, Any]:
    def knock(person: Person, conversation: Conversation, text: str) -> Refusal:
        return _told(person.patch(f"{API}/me", {field: body(text)}))

    return {"covers": ("patch /api/v1/me", field), "knock": knock}


def _editing(field: str, body: Callable[[str], Said]) -> dict[str, Any]:
    def knock(person: Person, conversation: Conversation, text: str) -> Refusal:
        mine = Message.objects.filter(conversation=conversation, author=person.user).earliest("seq")
        return _told(person.patch(f"{API}/messages/{mine.id}/", body(text)))

    return {"covers": ("patch /api/v1/messages/{id}/", field), "knock": knock}


def _correcting() -> dict[str, Any]:
    def knock(person: Person, conversation: Conversation, text: str) -> Refusal:
        if len(text) > VALUE_LENGTH or TURNING.search(text):  # no value, whatever it says
            return _told(person.patch(f"{API}/conversations/{conversation.id}/", {"metadata": {"note": text}}))
        entity = named(conversation, f"Oslo {uuid4()}")
        return _told(person.patch(f"{API}/conversations/{conversation.id}/entities/{entity.id}/", {"value": text}))

    return {"covers": ("patch /api/v1/conversations/{id}/entities/{entity}/", "value"), "knock": knock}


def _delegating(field: str, body: Callable[[str], Said], slug: str = "counter/") -> dict[str, Any]:
    where = "experts/{slug}/delegations/" if slug else "delegations/"
    path = f"experts/{slug}delegations/" if slug else "delegations/"

    def knock(person: Person, conversation: Conversation, text: str) -> Refusal:
        given = {"conversation": str(conversation.id), "input": {}, "skill": "count", **body(text)}
        return _told(person.post(f"{API}/{path}", given))

    return {"covers": (f"post {API}/{where}", field), "knock": knock}


def _answering(field: str, body: Callable[[str], Said]) -> dict[str, Any]:
    def knock(person: Person, conversation: Conversation, text: str) -> Refusal:
        asking = Delegation.objects.get(conversation=conversation, state="input_required")
        return _told(person.post(f"{API}/delegations/{asking.id}/input", body(text)))

    return {"covers": (f"post {API}/delegations/{{id}}/input", field), "knock": knock}


def _told(answer: Any) -> Refusal:
    return answer.status_code, answer.json().get("code", "")


BODIES: Final[dict[str, tuple[str, Callable[[str], Said]]]] = {
    "text": ("text", lambda text: {"text": text}),
    "a part of text": ("parts", lambda text: {"parts": [{"type": "text", "text": text}]}),
    "a value of data": ("parts", lambda text: {"parts": [{"type": "data", "data": {"deep": [{"down": text}]}}]}),
    "a name in data": ("parts", lambda text: {"parts": [{"type": "data", "data": {text: 1}}]}),
    "a value of metadata": ("metadata", lambda text: {"text": "Hello", "metadata": {"note": [text]}}),
    "a name in metadata": ("metadata", lambda text: {"text": "Hello", "metadata": {text: 1}}),
}
LABELS: Final[dict[str, tuple[str, Callable[[str], Said]]]] = {
    "title": ("title", lambda text: {"title": text} if len(text) <= 200 else {"metadata": {"too long": text}}),
    "a value of metadata": ("metadata", lambda text: {"metadata": {"note": text}}),
    "a name in metadata": ("metadata", lambda text: {"metadata": {text: 1}}),
}
NOTES: Final[dict[str, tuple[str, Callable[[str], Said]]]] = {
    "a note": ("pin", lambda text: {"pin": [{"text": "Hello"}, {"text": text}]}),
    "a value of metadata": ("metadata", lambda text: {"metadata": {"note": [text]}}),
    "a name in metadata": ("metadata", lambda text: {"metadata": {text: 1}}),
}
PREFERENCES: Final[dict[str, tuple[str, Callable[[str], Said]]]] = {
    "a value": ("preferences", lambda text: {"note": text}),
    "a name": ("preferences", lambda text: {text: 1}),
    "a value for the session": ("session_preferences", lambda text: {"note": [text]}),
}
TASKS: Final[dict[str, tuple[str, Callable[[str], Said]]]] = {
    "a value of the input": ("input", lambda text: {"input": {"text": [text]}}),
    "a name in the input": ("input", lambda text: {"input": {text: 1}}),
    "an artifact": ("artifacts", lambda text: {"artifacts": [{"name": "a.txt", "text": text}]}),
    "a constraint": ("constraints", lambda text: {"constraints": {"note": text}}),
    "a value of metadata": ("metadata", lambda text: {"metadata": {"note": [text]}}),
}
ANSWERS: Final[dict[str, tuple[str, Callable[[str], Said]]]] = {
    "a text": ("answer", lambda text: {"answer": text}),
    "a value": ("answer", lambda text: {"answer": {"colour": [text]}}),
    "a name": ("answer", lambda text: {"answer": {text: 1}}),
}
DOORS: Final = [
    *(Door(f"a task, {name}", **_delegating(*task)) for name, task in TASKS.items()),
    *(Door(f"a task for a skill, {name}", **_delegating(*task, slug="")) for name, task in TASKS.items()),
    *(Door(f"an answer to an expert, {name}", **_answering(*answer)) for name, answer in ANSWERS.items()),
    *(Door(f"a message, {name}", **_posting(*body)) for name, body in BODIES.items()),
    *(Door(f"an edited message, {name}", **_editing(*body)) for name, body in BODIES.items()),
    *(Door(f"a socket, {name}", **_sending(*body)) for name, body in BODIES.items()),
    *(Door(f"a new conversation, {name}", **_creating(*label)) for name, label in LABELS.items()),
    *(Door(f"a changed conversation, {name}", **_changing(*label)) for name, label in LABELS.items()),
    *(Door(f"a context, {name}", **_noting(*note)) for name, note in NOTES.items()),
    *(Door(f"preferences, {name}", **_preferring(*preference)) for name, preference in PREFERENCES.items()),
    Door("a corrected entity", **_correcting()),
]

# By operation, or the beginning of it, and field: why filters need not read it.
EXEMPT: Final = {
    ("post /api/v1/auth/", ""): "Secrets, and names of devices and keys that their owner and staff alone are shown.",
    ("post /api/v1/conversations/{id}/messages/", "kind"): "It names one of the kinds there are.",
    (
        "post /api/v1/messages/{id}/retry",
        "handler",
    ): "It names a handler; the message is read anew.",
    (
        "post /api/v1/conversations/{id}/context/prune",
        "irrelevant_to",
    ): "It is compared with what was said, and neither stored nor shown to anybody.",
    ("post /api/v1/experts/{slug}/delegations/", "skill"): "It names one that the expert has.",
    ("post /api/v1/experts/{slug}/delegations/", "deadline"): "A number.",
    ("post /api/v1/delegations/", "skill"): "It names one that there is.",
    ("post /api/v1/delegations/", "deadline"): "A number.",
    ("post /api/v1/dispatch/explain", ""): "Nothing is stored and no handler asked.",
    ("patch /api/v1/handlers/", ""): "It takes numbers and flags, of staff.",
    ("post /api/v1/routes/", ""): "A rule of who manages the workspace, shown to them; it is matched, never said.",
    ("patch /api/v1/routes/", ""): "As above.",
    (
        "post /api/v1/experts/",
        "",
    ): "Names and skills of an expert, of who manages the workspace, as the name of a workspace is.",
    ("patch /api/v1/experts/", ""): "As above.",
    ("post /api/v1/rules/", ""): "What filters are to find is written there; who manages rules alone reads it.",
    ("patch /api/v1/rules/", ""): "As above.",
    ("post /api/v1/findings/", ""): "A word of staff on a finding.",
    ("post /api/v1/workspaces/", ""): "A workspace's name, of its owner, and names of users; no handler knows them.",
    ("patch /api/v1/workspaces/", ""): "As above.",
    (
        "post /api/v1/callbacks/{token}",
        "",
    ): "What an expert says is read as answers are: tests/delegations/test_callbacks.py sends the same payloads.",
    ("client.auth", "token"): "A secret.",
    ("client.subscribe", ""): "It names logs, cursors and types of events there are.",
    ("client.unsubscribe", "stream"): "It names a log.",
    ("client.send", "kind"): "It names one of the kinds there are.",
    ("client.send", "client_id"): "A key: it comes back to its sender alone.",
    ("client.ack", ""): "It names a log and a cursor.",
}


def stored(person: Person, conversation: Conversation, text: str) -> Message:
    """A message as it was taken before the filters knew better."""
    submission = submissions.parse({"text": text}, None)
    return Message.objects.get(id=intake.receive(submission, person.identity, conversation.id).message)
