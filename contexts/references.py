"""What is recognised by its form: addresses, numbers of tickets, code, and members that are called by their name."""

import re
from collections.abc import Iterator
from typing import Final

import re2

from contexts.finds import Find, Scene, find
from contexts.words import each
from security import recognisers

FORMS: Final = frozenset({"email", "url", "ip_address", "phone"})
SECRETS: Final = frozenset({"card", "iban", "us_ssn"})  # never an entity, nor part of one
MOST: Final = 100  # of a type

TICKET: Final = re2.compile(r"\b[A-Z][A-Z0-9]{1,9}-\d{1,7}(?:-\d{1,7})?\b")
SERVICE: Final = re2.compile(r"(?i)\b(?:INC|REQ|CHG|PRB|RITM|SCTASK)\d{5,10}\b")
HASHED: Final = re2.compile(r"#\d{1,8}\b")
NAMED: Final = re2.compile(
    r"(?i)\b(?:tickets?|issues?|bugs?|pull request|incident|case)(?: number| no\.?| nr\.?|:)? (#?\d{2,10})\b"
)
# What is written like a ticket and is a name of something everybody knows.
STANDARDS: Final = each(
    "UTF UCS ISO SHA MD COVID UTC GMT GPT AES DES RSA RFC RS IEEE IPV HTTP TLS SSL USB MP ASCII PEP WW CO BIP ECMA "
    "BS EN DIN IEC CP WINDOWS LATIN KOI8 BASE"
)
RANK: Final = re.compile(r"(?:\bnumber|\branked|\bat|\btop|\bas)\s$", re.IGNORECASE)

TICKED: Final = re2.compile("`[^`\n]{1,120}`")
CALL: Final = re2.compile(r"\b[A-Za-z_][\w.]{0,80}\(\)")
PATH: Final = re2.compile(r"(?:[A-Za-z]:\\|~?/|\.{1,2}/)?(?:[\w.@-]+[/\\])+[\w.@-]*\w(?::\d{1,6})?")
FILE: Final = re2.compile(
    r"\b[\w-]+(?:\.[\w-]+)*\.(?:py|js|ts|tsx|jsx|json|ya?ml|toml|ini|cfg|md|rst|txt|csv|html|css|scss|sql|sh|rb|go|rs"
    r"|java|kt|swift|c|h|cpp|hpp|cs|php|lock|log|xml|ipynb|env|conf)\b(?::\d{1,6})?"
)
ROOTED: Final = re.compile(r"^(?:[A-Za-z]:\\|~?/|\.{1,2}/)|\.\w{1,5}(?::\d+)?$")

MENTION: Final = re2.compile(r"@[\w][\w.+-]{0,63}")


def secrets(text: str) -> Iterator[tuple[int, int]]:
    """Where something stands that is kept nowhere else than in its message."""
    return (one.span for one in recognisers.recognise(text, SECRETS, MOST))


def forms(text: str, scene: Scene) -> Iterator[Find]:
    for one in recognisers.recognise(text, FORMS, MOST):
        yield find(one.type, text, one.span, one.normal, one.confidence)


def tickets(text: str, scene: Scene) -> Iterator[Find]:
    for match in TICKET.finditer(text):
        prefix = match.group().partition("-")[0]
        if prefix not in STANDARDS and _apart(text, *match.span()):
            yield find("ticket", text, match.span(), match.group(), 0.9)
    for match in SERVICE.finditer(text):
        yield find("ticket", text, match.span(), match.group().upper(), 0.95)
    for match in NAMED.finditer(text):
        yield find("ticket", text, match.span(1), f"#{match[1].lstrip('#')}", 0.95)
    for match in HASHED.finditer(text):
        if _apart(text, *match.span()) and not RANK.search(text[max(0, match.start() - 10) : match.start()]):
            yield find("ticket", text, match.span(), match.group(), 0.7)


def code(text: str, scene: Scene) -> Iterator[Find]:
    for match in TICKED.finditer(text):
        written = match.group().strip("` ")
        if written:
            yield find("code", text, match.span(), written, 1.0)
    for match in CALL.finditer(text):
        yield find("code", text, match.span(), match.group(), 0.95)
    for pattern in (PATH, FILE):
        for match in pattern.finditer(text):
            if _apart(text, *match.span()) and ROOTED.search(match.group()) and not match.group()[0].isdigit():
                yield find("code", text, match.span(), match.group(), 0.85)


def mentions(text: str, scene: Scene) -> Iterator[Find]:
    members = {person.username.casefold(): str(person.id) for person in scene.people}
    for match in MENTION.finditer(text):
        written, start = match.group().rstrip(".-+"), match.start()
        if len(written) > 1 and (not start or not (text[start - 1].isalnum() or text[start - 1] in "@./_-")):
            known = members.get(written[1:].casefold())
            span = start, start + len(written)
            yield find("mention", text, span, known or written.casefold(), 1.0 if known else 0.6)


def _apart(text: str, start: int, end: int) -> bool:
    """Whether it is no part of a longer word."""
    before, after = text[max(0, start - 1) : start], text[end : end + 2]
    joined = after[:1] in ("-", "/") and after[1:].isalnum()
    return not (before.isalnum() or (before and before in "_-/&#.@") or after[:1].isalnum() or joined)
