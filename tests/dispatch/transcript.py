"""What a client puts together from a stream: the log, and each answer so far. It refuses what no server may send."""

from dataclasses import dataclass, field
from typing import Any

DELTA = "message.delta"


@dataclass
class Copy:
    """One answer, as far as it was shown."""

    attempt: int = 0
    text: str = ""

    def take(self, delta: dict[str, Any]) -> None:
        if delta["attempt"] != self.attempt:
            assert delta["attempt"] > self.attempt, f"attempt {delta['attempt']} after {self.attempt}"
            assert delta["offset"] == 0, "a new attempt begins in the middle"
            self.attempt, self.text = delta["attempt"], ""
        assert delta["offset"] <= len(self.text), "a piece is missing"
        assert delta["text"], "a piece without text"
        self.text = self.text[: delta["offset"]] + delta["text"]


@dataclass
class Transcript:
    """`after`: the `seq` that was read up to before its first event. `cursor`: what the client keeps for its return."""

    after: int = 0
    cursor: str | None = None
    events: list[dict[str, Any]] = field(default_factory=list)
    answers: dict[str, Copy] = field(default_factory=dict)

    @property
    def seq(self) -> int:
        return int(self.events[-1]["seq"]) if self.events else self.after

    def take(self, event: dict[str, Any]) -> None:
        """One envelope, in the order of receipt. What does not fit what came before is a failure."""
        if event["type"] == DELTA:
            self._take_delta(event)
        elif not event["type"].startswith("stream."):
            self._take_durable(event)
        self.cursor = event["id"] or self.cursor

    def take_all(self, events: list[dict[str, Any]]) -> None:
        for event in events:
            self.take(event)

    def text(self, message: str) -> str:
        return self.answers[message].text if message in self.answers else ""

    def go_back(self, seq: int) -> None:
        """As a client that has lost what it saw after an event, and every unfinished answer."""
        self.events = [event for event in self.events if event["seq"] <= seq]
        self.answers = {}
        self.cursor = self.events[-1]["id"] if self.events else None

    def _take_delta(self, event: dict[str, Any]) -> None:
        assert event["seq"] == self.seq, f"a piece as of {event['seq']} at {self.seq}"
        self.answers.setdefault(event["message"], Copy()).take(event["data"])
        place = f"~{event['message']}.{event['data']['attempt']}.{len(self.text(event['message']))}"
        assert event["id"].endswith(place), f"{event['id']} does not end with {place}"

    def _take_durable(self, event: dict[str, Any]) -> None:
        assert event["seq"] == self.seq + 1, f"{event['seq']} after {self.seq}"
        if event["type"] == "run.started":  # another attempt begins anew
            self.answers[event["data"]["reply"]] = Copy(event["data"]["attempt"])
        elif event["type"] == "message.completed":
            self._complete(event["data"]["message"], event["data"]["length"])
        self.events.append(event)

    def _complete(self, message: dict[str, Any], length: int) -> None:
        shown, text = self.answers.pop(message["id"], Copy()).text, message["text"]
        assert text.startswith(shown) or message["metadata"].get("fallback"), "the answer is not what was shown of it"
        assert length == len(text)
