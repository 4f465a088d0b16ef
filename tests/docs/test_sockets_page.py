"""What docs/sockets.md says is what a server does."""

import json
import re
from typing import Any

import pytest
from django.conf import settings

from dispatch import consumers
from dispatch.operations import OPERATIONS
from tests.deployment import Server
from tests.dispatch.logs_of import workspace_of
from tests.docs.pages import ROOT, blocks, first_column
from tests.live import LivePerson, Socket

PAGE = "docs/sockets.md"
CODES = ("BAD_FRAME", "UNAUTHENTICATED", "REVOKED", "SLOW", "CROWDED", "RESTARTING")


def test_operations_of_the_page_are_those_there_are() -> None:
    assert first_column(PAGE, "Op") == list(OPERATIONS)


def test_fields_of_the_page_are_those_of_the_operations() -> None:
    rows = re.findall(r"^\| `(\w+)` \|(.*?)\|", (ROOT / PAGE).read_text(), re.MULTILINE)
    named = {op: set(re.findall(r"`(\w+)`", fields)) for op, fields in rows if op in OPERATIONS}

    for op, known in OPERATIONS.items():
        assert set(known.fields or named[op]) == named[op], op


def test_close_codes_of_the_page_are_ours() -> None:
    table = (ROOT / PAGE).read_text().partition("| Code | Why |")[2].partition("\n\n")[0]
    ours = [int(code) for code in re.findall(r"^\| (4\d\d\d)", table, re.MULTILINE)]

    assert ours == [getattr(consumers, name) for name in CODES]


def test_limits_of_the_page_are_the_defaults() -> None:
    table = (ROOT / PAGE).read_text().partition("| Setting | Default |")[2].partition("\n\n")[0]
    rows = [line.split("|")[1:3] for line in table.splitlines()[2:]]
    told = {name: int(value) for names, values in rows for name, value in paired(names, values)}

    assert told
    assert {name: getattr(settings, name) for name in told} == told


def paired(names: str, values: str) -> list[tuple[str, str]]:
    return list(zip(re.findall(r"`(\w+)`", names), re.findall(r"\d+", values), strict=True))


def test_session_of_the_page_goes_as_written(server: Server, live_ada: LivePerson) -> None:
    known = {
        "token": live_ada.tokens["access"],
        "conversation": live_ada.conversation(),
        "workspace": workspace_of(live_ada),
    }

    with live_ada.socket(signed_in=False) as socket:
        waiting: list[dict[str, Any]] = []
        for line in blocks(PAGE, "text")[0].splitlines():
            if line.startswith("> "):
                socket.send(json.loads(filled(line[2:], known)))
            else:
                heard(socket, waiting, json.loads(line[2:]), known)

    assert {"message", "run", "cursor", "end"} <= known.keys()


def filled(text: str, known: dict[str, str]) -> str:
    return re.sub(r"<(\w+)>", lambda name: known[name[1]], text)


def heard(socket: Socket, waiting: list[dict[str, Any]], wanted: dict[str, Any], known: dict[str, str]) -> None:
    """Wait for a frame that is as `wanted`; learn the names in it that are new. Others wait for their line."""
    while True:
        for frame in waiting:
            found: dict[str, str] = {}
            if fits(frame, wanted, known, found):
                known.update(found)
                waiting.remove(frame)
                return
        try:
            waiting.append(socket.next())
        except TimeoutError:
            pytest.fail(f"{wanted} did not come, but {waiting}")


def fits(value: Any, wanted: Any, known: dict[str, str], found: dict[str, str]) -> bool:
    if isinstance(wanted, dict):
        return isinstance(value, dict) and all(
            name in value and fits(value[name], part, known, found) for name, part in wanted.items()
        )
    if isinstance(wanted, str) and (name := re.fullmatch(r"<(\w+)>", wanted)) and name[1] not in known:
        found[name[1]] = str(value)
        return True
    return bool(wanted == "..." or value == (filled(wanted, known) if isinstance(wanted, str) else wanted))
