"""The pieces of code in a task: fenced blocks of its text, its files, and its artifacts. What is no code is told."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from integrations.code_review import fences, languages
from integrations.code_review.findings import one_line
from integrations.contract import Task

MOST: Final = 20
LONGEST: Final = 200_000  # characters of a piece
LONGEST_NAME: Final = 80
BINARY: Final = re.compile(r"[\x00-\x08\x0e-\x1a\x1c-\x1f\ufffd]")
FEW: Final = 0.01  # of such characters


@dataclass(frozen=True)
class Piece:
    """`begins`: the line of the message at which a block begins; 0 for a file. `language` "": not recognised."""

    file: str
    language: str
    text: str
    begins: int = 0

    @property
    def lines(self) -> int:
        return len(self.text.rstrip("\n").split("\n")) if self.text.strip() else 0


@dataclass(frozen=True)
class Found:
    """`notes`: of what is not reviewed, and why."""

    pieces: tuple[Piece, ...]
    notes: tuple[str, ...]


def find(task: Task) -> Found:
    """Those that can be reviewed."""
    given = task.input if isinstance(task.input, dict) else {"text": task.input}
    every = [*_of_text(_text(given.get("text")), _text(given.get("language"))), *_files(given, task.artifacts)]
    notes = [note for piece in every[:MOST] if (note := _fault(piece))]
    if len(every) > MOST:
        notes.append(f"Only the first {MOST} of {len(every)} blocks and files were looked at.")
    return Found(tuple(piece for piece in every[:MOST] if not _fault(piece)), tuple(notes))


def _of_text(text: str, hint: str) -> Iterator[Piece]:
    blocks = fences.blocks(text)
    for number, block in enumerate(blocks, start=1):
        if block.text.strip() and block.tag not in languages.NOT_CODE:
            tag = block.tag or hint
            language = languages.of_tag(tag) or tag or languages.guess(block.text)
            yield Piece(f"block {number}", language, block.text, block.begins)
    if not blocks and text.strip():
        language = languages.of_tag(hint) or hint or languages.guess(text)
        if language:
            yield Piece("text", language, text, 1)


def _files(given: dict[str, Any], artifacts: tuple[dict[str, Any], ...]) -> Iterator[Piece]:
    listed = given.get("files")
    files = [file for file in (*(listed if isinstance(listed, list) else ()), *artifacts) if isinstance(file, dict)]
    taken: set[str] = set()
    for number, file in enumerate(files, start=1):
        text = _text(file.get("text"))
        if not text.strip():
            continue
        name = _named(_text(file.get("name")), number, taken)
        tag = _text(file.get("language"))
        language = languages.of_tag(tag) or tag or languages.of_name(name) or languages.guess(text)
        yield Piece(name, language, text)


def _named(given: str, number: int, taken: set[str]) -> str:
    """The last part of a path, of printable characters, and no other file's."""
    last = re.split(r"[/\\]", given)[-1].replace("`", "")
    name = one_line(last)[-LONGEST_NAME:] or f"file {number}"
    if name in taken:
        name = f"{name} ({number})"
    taken.add(name)
    return name


def _text(given: Any) -> str:
    """With line ends of one kind, and without a byte order mark."""
    text = given if isinstance(given, str) else ""
    return text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")


def _fault(piece: Piece) -> str:
    if len(BINARY.findall(piece.text)) > FEW * len(piece.text) or "\x00" in piece.text:
        return f"{piece.file} was not reviewed: it is no text."
    if len(piece.text) > LONGEST:
        return f"{piece.file} was not reviewed: it has more than {LONGEST} characters."
    if not piece.language:
        return f"{piece.file} was not reviewed: its language was not recognised. Name it: {languages.named()}."
    if piece.language not in languages.TAGS:
        language = one_line(piece.language)[:40].replace("`", "")
        return f"{piece.file} was not reviewed: there is no analyser of {language}. There are: {languages.named()}."
    return ""
