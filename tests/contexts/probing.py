"""What a handler really knows, asked through the front door of a live server with tests.probing_app."""

import json
from pathlib import Path
from typing import Any, Final

from tests.live import LivePerson, eventually

API: Final = "/api/v1"


def probed(person: LivePerson, conversation: str, folder: Path, **fields: Any) -> dict[str, Any]:
    """The context that a handler was given for a message of `person`, the message, and what was answered before."""
    path = folder / f"{len(list(folder.iterdir()))}.json"
    taken = person.say(conversation, str(path), **{"kind": "test.probe", **fields})
    assert taken.status_code == 202, taken.text
    eventually(path.exists)
    known: dict[str, Any] = json.loads(path.read_text())
    return known


def answered(person: LivePerson, conversation: str, text: str, **fields: Any) -> dict[str, Any]:
    """The run of a message, once it is over."""
    taken = person.say(conversation, text, **fields)
    assert taken.status_code == 202, taken.text
    path = taken.json()["status_url"]
    return dict(eventually(lambda: (run := person.http.get(path).json())["finished_at"] and run))


def context_of(person: LivePerson, conversation: str, **query: str) -> dict[str, Any]:
    answer = person.http.get(f"{API}/conversations/{conversation}/context/", params=query)
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


def changed(person: LivePerson, conversation: str, **body: Any) -> dict[str, Any]:
    answer = person.http.patch(f"{API}/conversations/{conversation}/context/", json=body)
    assert answer.status_code == 200, answer.text
    return dict(answer.json())
