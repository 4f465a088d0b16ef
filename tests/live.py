"""Clients of a live server: real HTTP, real SSE, real WebSockets."""

import json
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Final

import httpx
from websockets.sync.client import ClientConnection, connect

from tests import contract
from tests.people import PASSWORD

# Seconds for what other processes have to do. One that is met early costs nothing, and a busy machine is slow.
PATIENCE: Final = 120.0
# Given to every client, though none uses it: each would load the system's certificates, which takes 20 ms.
TLS: Final = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
FINAL = ("run.completed", "run.failed", "run.dead", "run.canceled", "run.superseded")


class LivePerson:
    """Somebody signed in on a live server: with the password, or by renewing a session that was begun before."""

    def __init__(self, url: str, username: str, refresh: str | None = None) -> None:
        self.url = url
        self.username = username
        self.http = httpx.Client(base_url=url, timeout=PATIENCE, verify=TLS)
        self._entry = ("token", {"username": username, "password": PASSWORD})
        if refresh:
            self._entry = ("refresh", {"refresh": refresh})
        self.tokens: dict[str, str] = eventually(self._signed_in)
        self.http.headers["Authorization"] = f"Bearer {self.tokens['access']}"

    def conversation(self, **fields: Any) -> str:
        workspace = self.http.get("/api/v1/workspaces/").json()["results"][0]["id"]
        made = self.http.post("/api/v1/conversations/", json={"workspace": workspace, **fields})
        assert made.status_code == 201, made.text
        return str(made.json()["id"])

    def say(self, conversation: str, text: str, key: str | None = None, **fields: Any) -> httpx.Response:
        headers = {"Idempotency-Key": key} if key else {}
        body = {"kind": "text", "text": text, **fields}
        return self.http.post(f"/api/v1/conversations/{conversation}/messages/", json=body, headers=headers)

    def messages(self, conversation: str) -> list[dict[str, Any]]:
        return self._pages(f"/api/v1/conversations/{conversation}/messages/?page_size=100")

    def events(self, conversation: str) -> list[dict[str, Any]]:
        return self._pages(f"/api/v1/conversations/{conversation}/events/?page_size=100")

    def settled(self, conversation: str, count: int, seconds: float = PATIENCE) -> list[dict[str, Any]]:
        """The events, once `count` runs have ended. Until then only the ends are looked for: all are a page or more."""
        ends = f"/api/v1/conversations/{conversation}/events/?page_size=100&types={','.join(FINAL)}"
        eventually(lambda: len(self._pages(ends)) >= count, seconds)
        return self.events(conversation)

    def started(self, conversation: str) -> None:
        """Wait until a run of it has started."""
        eventually(lambda: "run.started" in [event["type"] for event in self.events(conversation)])

    @contextmanager
    def stream(self, conversation: str, after: str | None = None) -> Iterator["Stream"]:
        headers = {"Accept": "text/event-stream", **({"Last-Event-ID": after} if after else {})}
        path = f"/api/v1/conversations/{conversation}/events/"
        with self.http.stream("GET", path, headers=headers) as response:
            assert response.status_code == 200, response.read()
            yield Stream(response)

    @contextmanager
    def socket(self, signed_in: bool = True, **options: Any) -> Iterator["Socket"]:
        """Signed in by its head: for a first frame there are five seconds, which a busy machine may miss."""
        address = self.url.replace("http", "ws") + "/ws/v1/"
        headers = {"Authorization": self.http.headers["Authorization"]} if signed_in else {}
        with opened(address, subprotocols=["switchboard.v1"], additional_headers=headers, **options) as socket:
            if signed_in:
                assert socket.ask({"op": "ping"})["type"] == "ok"
            yield socket

    def _signed_in(self) -> dict[str, str] | None:
        """The tokens; nothing while the server is too busy to look the password up, and says so."""
        path, body = self._entry
        answer = self.http.post(f"/api/v1/auth/{path}", json=body)
        if answer.status_code == httpx.codes.SERVICE_UNAVAILABLE:
            return None
        tokens: dict[str, str] = answer.raise_for_status().json()
        return tokens

    def _pages(self, path: str | None) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = []
        while path:
            page = self.http.get(path)
            assert page.status_code == 200, page.text
            found += page.json()["results"]
            path = page.json()["next"]
        return found


@contextmanager
def opened(address: str, **options: Any) -> Iterator["Socket"]:
    with connect(address, open_timeout=PATIENCE, **options) as connection:
        yield Socket(connection)


class Stream:
    """One SSE response, read frame by frame."""

    def __init__(self, response: httpx.Response) -> None:
        self.response = response
        self._lines = response.iter_lines()

    def frames(self) -> Iterator[dict[str, Any]]:
        """Each event as `{id?, event, data}`; comments and `retry` are passed over."""
        fields: dict[str, str] = {}
        for line in self._lines:
            name, _, value = line.partition(": ")
            if line and name:
                fields[name] = value
            elif "data" in fields:
                yield {**fields, "data": contract.fitting(json.loads(fields["data"]))}
            if not line:
                fields = {}

    def until(self, *types: str) -> list[dict[str, Any]]:
        """The envelopes up to and with the first of one of these types."""
        found = []
        for frame in self.frames():
            found.append(frame["data"])
            if frame["event"] in types:
                return found
        raise AssertionError(f"the stream ended before any of {types}: {[event['type'] for event in found]}")


class Socket:
    def __init__(self, connection: ClientConnection) -> None:
        self.connection = connection
        self.pushed: list[dict[str, Any]] = []

    def send(self, frame: dict[str, Any]) -> None:
        self.connection.send(json.dumps(frame))

    def ask(self, frame: dict[str, Any]) -> dict[str, Any]:
        """Send a frame and return the answer to it; what is pushed meanwhile waits in `pushed`."""
        ref = str(time.monotonic_ns())
        self.send({**frame, "ref": ref})
        while True:
            answer = self._receive()
            if answer.get("ref") == ref:
                return answer
            self.pushed.append(answer)

    def next(self) -> dict[str, Any]:
        return self.pushed.pop(0) if self.pushed else self._receive()

    def until(self, *types: str) -> list[dict[str, Any]]:
        found = [self.next()]
        while found[-1]["type"] not in types:
            found.append(self.next())
        return found

    def _receive(self) -> dict[str, Any]:
        return contract.fitting(json.loads(self.connection.recv(PATIENCE)))


def ended(events: list[dict[str, Any]], count: int) -> list[dict[str, Any]] | None:
    return events if sum(event["type"] in FINAL for event in events) >= count else None


def eventually(look: Callable[[], Any], seconds: float = PATIENCE) -> Any:
    """What `look` returns, once it is something. It is asked the less often the longer it takes: to look costs the
    servers that are waited for.
    """
    began = time.monotonic()
    while (waited := time.monotonic() - began) < seconds:
        found = look()
        if found:
            return found
        time.sleep(min(max(0.02, waited / 8), 0.25))
    raise AssertionError(f"did not happen within {seconds} s")


def in_parallel(work: list[Callable[[], Any]]) -> list[Any]:
    """Run all at the same moment, each in a thread; results in order, the first failure raised."""
    results: list[Any] = [None] * len(work)
    failures: list[BaseException] = []
    barrier = threading.Barrier(len(work))

    def carry(index: int) -> None:
        try:
            barrier.wait(PATIENCE)
            results[index] = work[index]()
        except BaseException as error:  # noqa: BLE001 - raised below, in the test's thread
            failures.append(error)

    threads = [threading.Thread(target=carry, args=(index,)) for index in range(len(work))]
    for thread in threads:
        thread.start()
    ends = time.monotonic() + 3 * PATIENCE
    for thread in threads:
        thread.join(max(0.0, ends - time.monotonic()))
    if failures:
        raise failures[0]
    assert not any(thread.is_alive() for thread in threads), f"not done within {3 * PATIENCE} s"
    return results
