"""Each way to end a session or a token, on a deployment of two servers; and what is open there under that token."""

import re
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

import httpx

from tests.deployment import Deployment, Server
from tests.dispatch import wire
from tests.live import PATIENCE, TLS, LivePerson, Socket, Stream, opened
from tests.people import PASSWORD
from tests.security import forgeries

API: Final = "/api/v1"


@dataclass(frozen=True)
class Scene:
    """Somebody has signed in and has `token`; `ada` is staff, and owns the workspace."""

    deployment: Deployment
    ada: LivePerson
    token: str

    @property
    def servers(self) -> list[Server]:
        return self.deployment.servers

    @property
    def bearer(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token}"}

    def ask(self, method: str, server: Server, path: str = "/me") -> httpx.Response:
        return httpx.request(method, f"{server.url}{API}{path}", headers=self.bearer, timeout=PATIENCE, verify=TLS)

    def status(self, server: Server) -> int:
        return self.ask("GET", server).status_code

    def refused(self, server: Server) -> bool:
        return self.status(server) == httpx.codes.UNAUTHORIZED

    @property
    def claims(self) -> dict[str, Any]:
        return forgeries.Good(self.token, {}).claims


class Desk:
    """ada's browser in the admin."""

    def __init__(self, server: Server) -> None:
        self._http = httpx.Client(base_url=server.url, timeout=PATIENCE, verify=TLS, follow_redirects=True)
        self.post("/admin/login/", username="ada", password=PASSWORD)

    def post(self, path: str, **fields: str) -> str:
        form = self._http.get(path).raise_for_status().text
        found = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', form)
        assert found, form
        fields["csrfmiddlewaretoken"] = found[1]
        return self._http.post(path, data=fields, headers={"Referer": path}).raise_for_status().text

    def close(self) -> None:
        self._http.close()


@contextmanager
def followed(scene: Scene, server: Server, conversation: str) -> Iterator[tuple[Stream, Socket]]:
    """A stream and a socket there, under the token."""
    headers = scene.bearer | {"Accept": "text/event-stream"}
    address, path = server.url.replace("http", "ws") + "/ws/v1/", wire.path(conversation)
    with ExitStack() as stack:
        response = stack.enter_context(
            httpx.stream("GET", server.url + path, headers=headers, timeout=PATIENCE, verify=TLS)
        )
        options: dict[str, Any] = {"subprotocols": ["switchboard.v1"], "additional_headers": scene.bearer}
        socket = stack.enter_context(opened(address, **options))
        stream = Stream(response)
        stream.until("stream.ready")
        assert socket.ask({"op": "ping"})["type"] == "ok"
        yield stream, socket


def log_out(scene: Scene, _: Desk) -> None:
    assert scene.ask("POST", scene.servers[0], "/auth/logout").status_code == httpx.codes.NO_CONTENT


def log_out_everywhere(scene: Scene, _: Desk) -> None:
    with elsewhere(scene) as other:
        assert other.http.post(f"{API}/auth/logout-all").status_code == httpx.codes.NO_CONTENT


def end_from_another_device(scene: Scene, _: Desk) -> None:
    with elsewhere(scene) as other:
        path = f"{API}/auth/sessions/{scene.claims['sid']}"
        assert other.http.delete(path).status_code == httpx.codes.NO_CONTENT


def change_password(scene: Scene, _: Desk) -> None:
    with elsewhere(scene) as other:
        asked = {"current": PASSWORD, "new": "nine blue herons over water"}
        assert other.http.post(f"{API}/auth/password", json=asked).status_code == httpx.codes.NO_CONTENT


def end_by_staff(scene: Scene, desk: Desk) -> None:
    fields = {"action": "end_selected", "_selected_action": scene.claims["sid"]}
    assert "1 session was ended" in desk.post("/admin/security/session/", **fields)


def revoke_token(scene: Scene, desk: Desk) -> None:
    jti = str(UUID(scene.claims["jti"]))
    assert jti in desk.post("/admin/security/revokedtoken/add/", token=jti, reason="lost")


def deactivate(scene: Scene, _: Desk) -> None:
    """Past every function of ours, and from a process that rings for nobody."""
    code = f"from security.models import User; User.objects.filter(id='{scene.claims['sub']}').update(is_active=False)"
    assert "Error" not in scene.deployment.manage("shell", "-c", code)


def delete(scene: Scene, _: Desk) -> None:
    code = f"from security.models import User; User.objects.get(id='{scene.claims['sub']}').delete()"
    assert "Error" not in scene.deployment.manage("shell", "-c", code)


@contextmanager
def elsewhere(scene: Scene) -> Iterator[LivePerson]:
    """The same user on another device, signed in to the second server."""
    username = scene.ask("GET", scene.servers[0]).json()["user"]["username"]
    other = LivePerson(scene.servers[1].url, username)
    yield other
    other.http.close()


OWN: Final = (log_out, log_out_everywhere, end_from_another_device, change_password)
WAYS: Final = (*OWN, end_by_staff, revoke_token, deactivate, delete)
HERE: Final = (log_out, end_by_staff, revoke_token)  # on the first server
