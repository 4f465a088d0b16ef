"""What is screened: every text of a message, one after another, and the way back to the place of each."""

from bisect import bisect_right
from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property
from itertools import accumulate
from typing import Any, Final
from uuid import UUID

from security import matchview
from security.matchview import View

GAP: Final = "\n"
LABELS: Final = "labels"  # the kind of title and metadata of a conversation, which may be empty


class Stage(StrEnum):
    """When it is read. `DELTA`: a stretch of an answer that is still being given."""

    INTAKE = "intake"
    DELEGATION = "delegation"
    DELTA = "delta"
    ANSWER = "answer"


@dataclass(frozen=True)
class Body:
    """What a message holds."""

    text: str
    parts: tuple[dict[str, Any], ...] = ()
    metadata: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Piece:
    """One text, and where it stands: `path` is a JSON Pointer. `spoken`: it is text, not a string within data."""

    path: str
    text: str
    spoken: bool


@dataclass(frozen=True)
class Material:
    """What is to be screened, whoever says it. `author` is None for what handlers answer.

    Filters read `whole`, in which `text` is only the first piece, or `views` of it.
    """

    text: str
    parts: tuple[dict[str, Any], ...] = ()
    author: UUID | None = None
    workspace: UUID | None = None
    metadata: dict[str, Any] = field(default_factory=dict)
    kind: str = "text"
    stage: Stage = Stage.INTAKE
    rules: tuple[Any, ...] = ()  # staff's, read before the filters are asked: security/rulebook.py

    @property
    def body(self) -> Body:
        return Body(self.text, self.parts, self.metadata)

    @cached_property
    def pieces(self) -> tuple[Piece, ...]:
        return tuple(piece for piece in _pieces(self.body) if piece.text)

    @cached_property
    def whole(self) -> str:
        """All of its texts. Spans count code points of this text."""
        return GAP.join(piece.text for piece in self.pieces)

    @cached_property
    def views(self) -> tuple[View, ...]:
        """The text as filters match it: folded, and once more as what it encodes."""
        return matchview.views(self.whole)

    @cached_property
    def starts(self) -> tuple[int, ...]:
        """Where in `whole` each piece begins."""
        return tuple(accumulate((len(piece.text) + len(GAP) for piece in self.pieces), initial=0))[:-1]

    def place(self, span: tuple[int, int]) -> tuple[str, int, int]:
        """A span of `whole` as path, start and end within that piece. What crosses pieces is told of the first one."""
        if not self.pieces:
            return "/text", 0, 0
        number = bisect_right(self.starts, span[0]) - 1
        piece, start = self.pieces[number], self.starts[number]
        return piece.path, span[0] - start, min(span[1] - start, len(piece.text))

    def rewritten(self, masks: Iterable[tuple[int, int, str]]) -> Body:
        """With each stretch `(start, end, instead)` of `whole` replaced. They overlap nowhere and are in order."""
        ahead = deque(masks)
        if not ahead:
            return self.body
        texts = (_masked(piece.text, start, ahead) for piece, start in zip(self.pieces, self.starts, strict=True))
        return _rebuilt(self.body, lambda _, text: next(texts) if text else text)


def joined(masks: Iterable[tuple[int, int, str]]) -> list[tuple[int, int, str]]:
    """In order, and one where they overlap: the first one's text stands for all of it."""
    apart = list[tuple[int, int, str]]()
    for start, end, instead in sorted(masks, key=lambda mask: (mask[0], -mask[1])):
        if apart and start < apart[-1][1]:
            apart[-1] = (apart[-1][0], max(end, apart[-1][1]), apart[-1][2])
        else:
            apart.append((start, end, instead))
    return apart


def _masked(text: str, offset: int, ahead: deque[tuple[int, int, str]]) -> str:
    """Takes from `ahead` what ends within the text, so that all texts together look at each mask about once."""
    kept, done = list[str](), 0
    while ahead and ahead[0][0] < offset + len(text):
        start, end, instead = ahead[0]
        first, last = max(start - offset, 0), min(end - offset, len(text))
        if first < last:
            kept += [text[done:first], instead]
            done = last
        if end > offset + len(text):
            break  # it goes on in the next text
        ahead.popleft()
    return "".join([*kept, text[done:]])


def _pieces(body: Body) -> list[Piece]:
    found = list[Piece]()

    def see(path: str, text: str) -> str:
        spoken = path == "/text" or (path.startswith("/parts/") and _is_text(body, path))
        found.append(Piece(path, text, spoken))
        return text

    _rebuilt(body, see)
    return found


def _is_text(body: Body, path: str) -> bool:
    _, _, number, *rest = path.split("/")
    return rest == ["text"] and body.parts[int(number)].get("type") == "text"


def _rebuilt(body: Body, change: Callable[[str, str], str]) -> Body:
    return Body(
        change("/text", body.text),
        tuple(
            {
                name: value if name == "type" else _changed(value, f"/parts/{number}/{name}", change)
                for name, value in part.items()
            }
            for number, part in enumerate(body.parts)
        ),
        _changed(body.metadata, "/metadata", change),
    )


def _changed(value: Any, path: str, change: Callable[[str, str], str]) -> Any:
    """Every string in a JSON value, the names of its fields too: their path ends in `#`."""
    if isinstance(value, str):
        return change(path, value)
    if isinstance(value, list):
        return [_changed(item, f"{path}/{number}", change) for number, item in enumerate(value)]
    if isinstance(value, dict):
        return _apart(list(_fields(value, path, change)))
    return value


def _fields(value: dict[str, Any], path: str, change: Callable[[str, str], str]) -> Iterator[tuple[str, str, Any]]:
    """Name, name instead, and what it holds."""
    for number, (name, held) in enumerate(value.items()):
        yield name, change(f"{path}/{number}#", name), _changed(held, f"{path}/{_escaped(name)}", change)


def _apart(fields: list[tuple[str, str, Any]]) -> dict[str, Any]:
    """Names that are masked alike are numbered: none takes the place of another."""
    kept, taken, met = dict[str, Any](), {name for name, instead, _ in fields if name == instead}, Counter[str]()
    for name, instead, held in fields:
        key = instead
        while name != instead and key in taken:
            met[instead] += 1
            key = f"{instead} {met[instead] + 1}"
        taken.add(key)
        kept[key] = held
    return kept


def _escaped(name: str) -> str:
    return name.replace("~", "~0").replace("/", "~1")
