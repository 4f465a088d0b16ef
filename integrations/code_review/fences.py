"""Blocks of code in Markdown, as CommonMark fences them."""

import re
from dataclasses import dataclass
from typing import Final

OPENING: Final = re.compile(r"^( *)(`{3,}|~{3,})[ \t]*(.*)$")
WORD: Final = re.compile(r"[\w+#-]+")


@dataclass(frozen=True)
class Block:
    """`tag`: the first word after the fence, in lower case. `begins`: the line of the text at which it begins."""

    tag: str
    text: str
    begins: int


def blocks(text: str) -> list[Block]:
    """All of them, in their order. One that is never closed goes on to the end."""
    found: list[Block] = []
    lines = text.split("\n")
    at = 0
    while at < len(lines):
        opening = _opening(lines[at])
        at += 1
        if opening is not None:
            end = _end(lines, at, opening[2])
            inside = [_without(line, len(opening[1])) for line in lines[at:end]]
            found.append(Block(_tag(opening[3]), "\n".join(inside) + "\n" if inside else "", at + 1))
            at = end + 1
    return found


def _opening(line: str) -> "re.Match[str] | None":
    found = OPENING.match(line)
    return None if found is None or (found[2][0] == "`" and "`" in found[3]) else found


def _end(lines: list[str], start: int, fence: str) -> int:
    for at in range(start, len(lines)):
        closing = lines[at].strip()
        if len(closing) >= len(fence) and closing == fence[0] * len(closing):
            return at
    return len(lines)


def _without(line: str, indent: int) -> str:
    """A fence that is indented, in a list say, has its indent before each line."""
    blank = len(line) - len(line.lstrip(" "))
    return line[min(blank, indent) :]


def _tag(info: str) -> str:
    found = WORD.search(info)
    return found[0].lower() if found else ""
