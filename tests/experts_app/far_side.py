"""A real HTTP expert on loopback, for tests. It speaks the wire format of docs/experts.md and does what tasks tell it.

`with far_side() as far:` gives a `FarSide`: `far.url` and `far.secret` are what an expert's row needs; the server under
test needs `OUTGOING_ALLOW=far.allow` (in this process: the fixture's `settings.OUTGOING_ALLOW = [far.allow]`).
`far.heard` are the bodies that came, in their order; `far.types()` only what they are. Callbacks go to the address that
a task names; with `far.switchboard = server.url` to the same path there: PUBLIC_URL does not know a test's port.

The task's input is `{"text": ..., "do": "<one of the below>"}`; what is asked by `resume` and `poll` goes on with it.

answer      completed at once                      poll        202, then completed once `far.finish()` was called
call_back   202, then completed by callback         wait        202 and no more: the test calls `far.call(...)` itself
progress    202, progress by callback, completed    ask         input_required; the answer completes it
sign_in     auth_required                           fail        failed, reason "no_luck"
reject      rejected                                busy        503 with `far.pause`, the second time completed
crash       the connection is cut                   hang        nothing is answered until the far side is closed
hang_after  headers, and then nothing               drip        one byte each 50 ms
lie         200 with what is no JSON                nonsense    200 with a state that there is not
wrong       output that does not fit the schema     redirect    302 to `far.elsewhere` (a URL on loopback)
oversize    2 MiB                                   bomb        a gzip body that becomes 64 MiB
refuse      400
"""

import gzip
import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Final
from urllib.error import HTTPError
from urllib.parse import urlsplit
from urllib.request import Request, urlopen
from uuid import uuid4

from standardwebhooks import Webhook, WebhookVerificationError

SECRET: Final = "whsec_c3dpdGNoYm9hcmQgdGVzdHMgc2lnbiB3aXRoIHRoaXM="
TEXT: Final = {"type": "object", "properties": {"text": {"type": "string"}}, "required": ["text"]}
COUNT: Final = {"type": "object", "properties": {"words": {"type": "integer"}}, "required": ["words"]}
SKILLS: Final = [{"name": "count", "description": "Counts words.", "input": TEXT, "output": COUNT}]
DEFINITION: Final = {"name": "Far counter", "description": "Counts the words of a text.", "skills": SKILLS}
COLOUR: Final = {"type": "object", "properties": {"colour": {"type": "string"}}, "required": ["colour"]}

Body = dict[str, Any]


class FarSide:
    """`begun`: by delegation, what it was asked; `canceled`: which it was told to let go of. `callbacks`: the answers
    that its own callbacks got.
    """

    def __init__(self, server: ThreadingHTTPServer) -> None:
        self.secret = SECRET
        self.port = int(server.server_address[1])
        self.url, self.allow = f"http://127.0.0.1:{self.port}/tasks", f"127.0.0.1:{self.port}"
        self.elsewhere, self.switchboard, self.pause = self.url, "", "1"
        self.heard: list[Body] = []
        self.ids: list[str] = []
        self.headers: list[dict[str, str]] = []
        self.begun: dict[str, Body] = {}
        self.canceled: set[str] = set()
        self.callbacks: list[tuple[int, Body]] = []
        self.finished, self.closing = threading.Event(), threading.Event()

    def types(self) -> list[str]:
        return [body["type"] for body in self.heard]

    def finish(self) -> None:
        """What is polled is done from now on."""
        self.finished.set()

    def call(self, body: Body, answer: Body, secret: str = "", **headers: str) -> tuple[int, Body]:
        """Call back about the task of `body`: status and body of the answer."""
        raw, address = json.dumps({"delegation": body["delegation"], **answer}), body["callback"]
        if self.switchboard:
            address = self.switchboard + urlsplit(address).path
        sent = {**signature(raw, secret or self.secret), "Content-Type": "application/json", **headers}
        request = Request(address, raw.encode(), sent, method="POST")  # noqa: S310 - our own server
        try:
            with urlopen(request, timeout=10) as told:  # noqa: S310
                return told.status, json.loads(told.read())
        except HTTPError as error:
            return error.code, json.loads(error.read())


def signature(raw: str, secret: str = SECRET, id: str = "", at: datetime | None = None) -> dict[str, str]:
    """The headers that sign a body."""
    id, now = id or f"msg_{uuid4().hex}", at or datetime.now(UTC)
    signed = Webhook(secret).sign(id, now, raw)
    return {"webhook-id": id, "webhook-timestamp": str(int(now.timestamp())), "webhook-signature": signed}


def completed(body: Body) -> Body:
    words = len(str(body["input"].get("text", "")).split())
    return {"state": "completed", "output": {"words": words}, "text": f"There are {words} words."}


@contextmanager
def far_side(port: int = 0) -> Iterator[FarSide]:
    """With a port: where one was before, as after a restart; it has forgotten everything."""
    server = ThreadingHTTPServer(("127.0.0.1", port), _Handler)
    server.daemon_threads = True
    server.far = far = FarSide(server)  # type: ignore[attr-defined]
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield far
    finally:
        far.closing.set()
        server.shutdown()
        server.server_close()
        thread.join()


class _Handler(BaseHTTPRequestHandler):
    far: FarSide
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        self.far = self.server.far  # type: ignore[attr-defined]
        raw = self.rfile.read(int(self.headers["content-length"])).decode()
        headers = {name.lower(): value for name, value in self.headers.items()}
        try:
            body: Body = Webhook(self.far.secret).verify(raw, headers)
        except WebhookVerificationError:
            self.tell(401, {"error": "unsigned"})
        else:
            self._take(body, headers)

    def _take(self, body: Body, headers: dict[str, str]) -> None:
        self.far.heard.append(body)
        self.far.ids.append(headers["webhook-id"])
        self.far.headers.append(headers)
        with suppress(BrokenPipeError, ConnectionResetError):
            STEPS[body["type"]](self, body)

    def tell(self, status: int, body: Body | None, **headers: str) -> None:
        self.send(status, b"" if body is None else json.dumps(body).encode(), **headers)

    def send(self, status: int, raw: bytes, **headers: str) -> None:
        self.send_response(status)
        for name, value in {"content_type": "application/json", "content_length": str(len(raw)), **headers}.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(raw)

    def log_message(self, *_: Any) -> None:
        return


def _start(way: _Handler, body: Body) -> None:
    way.far.begun[body["delegation"]] = body
    DOES[body["input"].get("do", "answer")](way, body)


def _resume(way: _Handler, body: Body) -> None:
    way.tell(200, {"state": "completed", "output": {"words": 1}, "text": f"It is {body['answer']['colour']}."})


def _poll(way: _Handler, body: Body) -> None:
    if body["delegation"] not in way.far.begun:
        way.tell(404, {"error": "no such task"})
    elif way.far.finished.is_set():
        way.tell(200, completed(body))
    else:
        way.tell(200, {"state": "working", "progress": 0.5, "text": "Half of it.", "poll_after": 0.2})


def _cancel(way: _Handler, body: Body) -> None:
    way.far.canceled.add(body["delegation"])
    way.tell(200, {})


def _back(way: _Handler, body: Body, *answers: Body) -> None:
    way.tell(202, {"state": "working", "task": f"far-{body['delegation'][:8]}"})
    way.wfile.flush()
    for answer in answers:
        way.far.callbacks.append(way.far.call(body, answer))


def _busy(way: _Handler, body: Body) -> None:
    if [heard.get("delegation") for heard in way.far.heard].count(body["delegation"]) > 1:
        way.tell(200, completed(body))
    else:
        way.tell(503, {}, retry_after=way.far.pause)


def _crash(way: _Handler, body: Body) -> None:
    way.close_connection = True
    way.connection.close()


def _hang(way: _Handler, body: Body) -> None:
    way.far.closing.wait()


def _hang_after(way: _Handler, body: Body) -> None:
    way.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{")
    way.far.closing.wait()


def _drip(way: _Handler, body: Body) -> None:
    way.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 100000\r\n\r\n")
    while not way.far.closing.is_set():
        way.wfile.write(b" ")
        time.sleep(0.05)


def _bomb(way: _Handler, body: Body) -> None:
    way.send(200, gzip.compress(b" " * (64 * 1024 * 1024), 1), content_encoding="gzip")


def _says(status: int, body: Body | None, **headers: str) -> Callable[[_Handler, Body], None]:
    return lambda way, asked: way.tell(status, body, **headers)


STEPS: Final[dict[str, Callable[[_Handler, Body], None]]] = {
    "delegation.start": _start,
    "delegation.resume": _resume,
    "delegation.poll": _poll,
    "delegation.cancel": _cancel,
    "expert.describe": _says(200, DEFINITION),
    "expert.health": _says(200, {"status": "ok"}),
}
DOES: Final[dict[str, Callable[[_Handler, Body], None]]] = {
    "answer": lambda way, body: way.tell(200, completed(body)),
    "call_back": lambda way, body: _back(way, body, completed(body)),
    "progress": lambda way, body: _back(
        way, body, {"state": "working", "progress": 0.5, "text": "Half of it."}, completed(body)
    ),
    "wait": _back,
    "poll": _says(202, {"state": "working", "task": "far-1", "poll_after": 0.2}),
    "ask": _says(200, {"state": "input_required", "prompt": "Which colour?", "schema": COLOUR}),
    "sign_in": _says(200, {"state": "auth_required", "text": "Sign in over there."}),
    "fail": _says(200, {"state": "failed", "reason": "no_luck", "detail": "It did not work."}),
    "reject": _says(200, {"state": "rejected", "detail": "Not this."}),
    "refuse": _says(400, {"error": "no"}),
    "busy": _busy,
    "crash": _crash,
    "hang": _hang,
    "hang_after": _hang_after,
    "drip": _drip,
    "lie": lambda way, body: way.send(200, b"certainly! here is"),
    "nonsense": _says(200, {"state": "splendid"}),
    "wrong": _says(200, {"state": "completed", "output": {"words": "many"}}),
    "redirect": lambda way, body: way.tell(302, {}, location=way.far.elsewhere),
    "oversize": lambda way, body: way.send(200, b'"' + b"x" * (2 * 1024 * 1024) + b'"'),
    "bomb": _bomb,
}
