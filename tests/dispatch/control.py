"""What tests of stopped, retried and replayed runs do again and again, as clients of a live server."""

from typing import Any, Final

from tests.live import FINAL, LivePerson, eventually

PATH: Final = "/api/v1"


def begun(person: LivePerson, kind: str, text: str = "x", conversation: str | None = None) -> tuple[str, str]:
    """A conversation and the run of a message in it, once the handler speaks."""
    where = conversation or person.conversation()
    run = said(person, where, kind, text)
    eventually(lambda: shown(person, run)["state"] == "running", 30)
    with person.stream(where) as stream:
        stream.until("message.delta")
    return where, run


def said(person: LivePerson, conversation: str, kind: str, text: str = "x") -> str:
    answer = person.say(conversation, text, kind=kind)
    assert answer.status_code == 202, answer.text
    return str(answer.json()["run"])


def cancel(person: LivePerson, run: str) -> Any:
    return person.http.post(f"{PATH}/runs/{run}/cancel")


def shown(person: LivePerson, run: str) -> dict[str, Any]:
    answer: dict[str, Any] = person.http.get(f"{PATH}/runs/{run}/").json()
    return answer


def ended(person: LivePerson, run: str, seconds: float = 40) -> dict[str, Any]:
    """The run, once it is over. It has one final event, and no other follows."""
    end = eventually(lambda: (found := shown(person, run))["finished_at"] and found, seconds)
    events = [event for event in person.events(end["conversation"]) if event["run"] == run]
    assert [event["type"] for event in events if event["type"] in FINAL] == [f"run.{end['state']}"]
    assert events[-1]["type"] == f"run.{end['state']}"
    return dict(end)


def answers(person: LivePerson, conversation: str) -> list[dict[str, Any]]:
    return [message for message in person.messages(conversation) if message["role"] == "assistant"]
