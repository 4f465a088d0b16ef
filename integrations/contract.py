"""The contract between Switchboard and an expert, whatever its adapter: what it is asked, and what it may say.

An adapter tells of a task by yielding updates. `Progress` may come any number of times; the first of another kind is
the last that is heard: it ends this call, not always the task (`Question`, `Later`, `Handover` go on afterwards).
"""

import hashlib
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol
from uuid import UUID

import orjson

JSON = Any
Schema = dict[str, Any]


@dataclass(frozen=True)
class Skill:
    """Something an expert can do. `input` and `output` are JSON Schemas; {} takes or gives anything. `tags`: what it is
    good for ("german", "contracts"); who asks may say which it has to have.
    """

    name: str
    description: str = ""
    input: Schema = field(default_factory=dict)
    output: Schema = field(default_factory=dict)
    tags: tuple[str, ...] = ()

    @classmethod
    def read(cls, stored: dict[str, Any]) -> "Skill":
        return cls(
            stored["name"],
            stored.get("description", ""),
            stored.get("input") or {},
            stored.get("output") or {},
            tuple(stored.get("tags") or ()),
        )

    def as_json(self) -> dict[str, Any]:
        return {
            "name": self.name,
            "description": self.description,
            "input": self.input,
            "output": self.output,
            **({"tags": list(self.tags)} if self.tags else {}),
        }


@dataclass(frozen=True)
class Definition:
    """What an expert says of itself."""

    name: str
    description: str
    skills: tuple[Skill, ...]

    @property
    def digest(self) -> str:
        """Tells one definition from another: what staff have agreed to is pinned by it."""
        told = [self.name, self.description, [skill.as_json() for skill in self.skills]]
        return hashlib.sha256(orjson.dumps(told, option=orjson.OPT_SORT_KEYS)).hexdigest()


@dataclass(frozen=True)
class Given:
    """What an adapter is made of: the expert's row, with its `secrets` opened, the present one first.

    `ours`: it is the installation's, which staff manage, and may be where OUTGOING_ALLOW says, too. One of a workspace
    is in the open internet.
    """

    slug: str
    name: str
    description: str
    skills: tuple[Skill, ...]
    settings: dict[str, Any]
    secrets: tuple[str, ...] = field(default=(), repr=False)
    ours: bool = False


@dataclass(frozen=True)
class Task:
    """One delegation, as its expert sees it. `asker`: the user for whom it is done; None: nobody is left.

    `remote`: what the far side calls it, once it has said so. `callback`: where it may answer later. `attempt`: how
    often it was begun; a far side that has seen `id` before goes on with it. `turn`: how often it has asked or handed
    over, so that one answer is told from the next. `chain`: the experts that wait for it.
    """

    id: UUID
    expert: str
    skill: str
    input: JSON
    conversation: UUID
    workspace: UUID
    asker: UUID | None
    deadline: datetime
    attempt: int
    visible_to: str = ""
    artifacts: tuple[dict[str, Any], ...] = ()
    constraints: dict[str, Any] = field(default_factory=dict)
    priority: str = "normal"
    remote: str = ""
    callback: str = ""
    chain: tuple[str, ...] = ()
    turn: int = 0


@dataclass(frozen=True)
class Progress:
    """`fraction` from 0 to 1, None when it is not known. `text` is shown to people, after screening."""

    fraction: float | None = None
    text: str = ""


@dataclass(frozen=True)
class Question:
    """The expert needs something. `schema`: of the answer. `known`: by field of the answer, the label or type of entity
    or the field of metadata under which the conversation may know it already ("my email", "email").
    """

    prompt: str
    schema: Schema = field(default_factory=dict)
    known: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class SignIn:
    """The far side wants somebody to sign in there first."""

    text: str


@dataclass(frozen=True)
class Later:
    """It goes on without us. `poll`: seconds until it is asked again; None: it calls back, or a person answers."""

    remote: str = ""
    poll: float | None = None


@dataclass(frozen=True)
class Handover:
    """A part of the task is for another expert. Its result is what this one is resumed with."""

    expert: str
    input: JSON
    skill: str = ""


@dataclass(frozen=True)
class Result:
    """`output` fits the skill's schema. `text` is what people read; "": made of the output. `artifacts`: data parts."""

    output: JSON = None
    text: str = ""
    artifacts: tuple[dict[str, Any], ...] = ()


@dataclass(frozen=True)
class Failure:
    """It did not work. `retry`: it may soon; not before so many seconds. None: no further attempt would mend it."""

    reason: str
    detail: str = ""
    retry: float | None = None


@dataclass(frozen=True)
class Rejection:
    """The expert does not want to do this."""

    detail: str = ""


Update = Progress | Question | SignIn | Later | Handover | Result | Failure | Rejection
Updates = Iterator[Update] | AsyncIterator[Update]


class Unwell(Exception):
    """An expert is not there, or not as it should be. The text says what staff can do."""


class Adapter(Protocol):
    """The way to one expert. `start`, `resume` and `poll` are generator functions: async, or plain ones, which run in
    a thread of their own. The others are async.
    """

    def start(self, task: Task) -> Updates: ...

    def resume(self, task: Task, answer: JSON) -> Updates:
        """Go on with the answer to its question, or with the result of the expert that it handed over to."""
        ...

    def poll(self, task: Task) -> Updates:
        """How it stands with what `Later` was said of."""
        ...

    async def cancel(self, task: Task) -> None:
        """Nobody wants the result any more."""
        ...

    async def describe(self) -> Definition:
        """:raises Unwell: when it cannot say."""
        ...

    async def health(self) -> None:
        """:raises Unwell: when it could do nothing now."""
        ...
