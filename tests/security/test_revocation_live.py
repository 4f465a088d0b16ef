"""Each way to end a session or a token, on two servers: REST refuses at once, and streams end within the bound of G6.

In production the Redis is one of the test's own, which comes back from an old dump.
"""

import re
import secrets
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from functools import partial
from typing import Final
from uuid import uuid4

import httpx
import pytest
from django.conf import settings

from security import signing
from tests.deployment import Deployment, Server, deployed
from tests.dispatch import wire
from tests.live import PATIENCE, TLS, LivePerson, eventually, in_parallel, opened
from tests.modes import PRODUCTION
from tests.outage import horde
from tests.outage.redis_server import RedisServer
from tests.outage.report import row
from tests.outage.scale import bound, pick
from tests.security import forgeries
from tests.security.revoking import API, HERE, WAYS, Desk, Scene, followed, log_out

BOUND: Final = bound(1.0)  # seconds, as G6 says; more where other tests share the machine
WITHOUT_REDIS: Final = bound(5.0)
NEW_KEY: Final = secrets.token_urlsafe(48)
METHODS: Final = ("GET", "DELETE")


@pytest.fixture(scope="module")
def redis(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RedisServer | None]:
    made = RedisServer(tmp_path_factory.mktemp("redis")) if PRODUCTION else None
    yield made
    if made:
        made.stop()


@pytest.fixture(scope="module")
def deployment(redis: RedisServer | None) -> Iterator[Deployment]:
    """Two servers in the middle of a change of keys: the first signs with the old one and knows the new one."""
    with deployed("revocation", **({"REDIS_URL": redis.url} if redis else {})) as made:
        made.serve(PREVIOUS_SIGNING_KEYS=NEW_KEY)
        made.serve(SIGNING_KEY=NEW_KEY, PREVIOUS_SIGNING_KEYS=settings.SIGNING_KEY)
        yield made


@pytest.fixture(scope="module")
def server(deployment: Deployment) -> Server:
    return deployment.servers[0]


@pytest.fixture(scope="module")
def crowd(deployment: Deployment) -> list[str]:
    """Access tokens of as many editors of ada's workspace, one for each who is taken from it."""
    return horde.tokens(deployment, 30 + pick(200, 20))


@pytest.fixture
def scene(deployment: Deployment, live_ada: LivePerson, crowd: list[str]) -> Scene:
    return Scene(deployment, live_ada, crowd.pop())


@pytest.fixture(scope="module")
def desk(server: Server) -> Iterator[Desk]:
    made = Desk(server)
    yield made
    made.close()


@pytest.mark.parametrize("revoke", WAYS)
def test_nothing_of_a_session_outlives_its_end(scene: Scene, desk: Desk, revoke: Callable[[Scene, Desk], None]) -> None:
    took = ended_everywhere(scene, desk, revoke)

    row(f"revocation: {revoke.__name__}", all_ended_s=took)
    assert took < BOUND


@pytest.mark.outage
@pytest.mark.skipif(not PRODUCTION, reason="embedded mode has no Redis")
def test_nothing_of_a_session_outlives_its_end_while_redis_is_away(
    deployment: Deployment, live_ada: LivePerson, crowd: list[str], desk: Desk, redis: RedisServer
) -> None:
    redis.kill()
    try:
        took = {
            revoke.__name__: ended_everywhere(Scene(deployment, live_ada, crowd.pop()), desk, revoke, WITHOUT_REDIS)
            for revoke in WAYS
        }
    finally:
        redis.start()

    row("revocation: without Redis", ways=len(took), slowest_s=max(took.values()))
    assert max(took.values()) < WITHOUT_REDIS
    for server in deployment.servers:
        eventually(partial(has_redis, server))


def test_other_role_holds_at_once_for_rest_and_sockets(scene: Scene) -> None:
    conversation, second = scene.ada.conversation(), scene.servers[1]
    workspace = scene.ada.http.get(f"{API}/workspaces/").json()["results"][0]["id"]
    members = f"{API}/workspaces/{workspace}/members/"
    found = scene.ada.http.get(members, params={"page_size": 100}).json()["results"]
    [membership] = [one["id"] for one in found if one["user"]["id"] == scene.claims["sub"]]
    said = {"op": "send", "conversation": conversation, "text": "Hello"}
    with followed(scene, second, conversation) as (_, socket):
        assert socket.ask({**said, "client_id": "1"})["type"] == "ok"

        scene.ada.http.patch(f"{members}{membership}/", json={"role": "viewer"}).raise_for_status()
        refused = socket.ask({**said, "client_id": "2"})
        statuses = [scene.ask(method, second, f"/conversations/{conversation}/").status_code for method in METHODS]

    assert (refused["type"], refused["problem"]["code"]) == ("error", "forbidden")
    assert statuses == [httpx.codes.OK, httpx.codes.FORBIDDEN]


def test_forged_tokens_open_no_stream_and_no_socket(scene: Scene) -> None:
    good = forgeries.Good(scene.token, {"sub": str(uuid4())})
    found = [token for token in forgeries.table(good).values() if token.isascii() and token.isprintable()]
    conversation, server = scene.ada.conversation(), scene.servers[0]
    for token in found[::17]:
        headers = {"Authorization": f"Bearer {token}", "Accept": "text/event-stream"}
        answer = httpx.get(server.url + wire.path(conversation), headers=headers, timeout=PATIENCE, verify=TLS)
        assert answer.status_code == httpx.codes.UNAUTHORIZED, token
        with opened(server.url.replace("http", "ws") + "/ws/v1/") as socket:
            socket.send({"op": "auth", "token": token})
            [refusal], code = wire.closed(socket)
        assert refusal["problem"]["status"] == httpx.codes.UNAUTHORIZED, token
        assert code == 4401


def test_keys_change_under_load_without_a_failed_request(deployment: Deployment) -> None:
    """Each goes from server to server with what the other one signed, and renews there."""

    def travel(person: LivePerson) -> set[str]:
        kids, pair = set(), person.tokens
        for turn in range(pick(40, 8)):
            with httpx.Client(base_url=deployment.servers[(turn + 1) % 2].url, timeout=PATIENCE, verify=TLS) as http:
                http.get(f"{API}/me", headers={"Authorization": f"Bearer {pair['access']}"}).raise_for_status()
                answer = http.post(f"{API}/auth/refresh", json={"refresh": pair["refresh"]})
            pair = answer.raise_for_status().json()
            kids.add(str(forgeries.Good(pair["access"], {}).header["kid"]))
        return kids

    people = [deployment.servers[0].person("bob") for _ in range(4)]
    both = {signing.key_id(key) for key in (settings.SIGNING_KEY, NEW_KEY)}
    assert in_parallel([partial(travel, person) for person in people]) == [both] * 4


def test_what_it_took_is_exported(scene: Scene, desk: Desk) -> None:
    with followed(scene, scene.servers[1], scene.ada.conversation()) as (stream, _):
        log_out(scene, desk)
        stream.until("stream.end")

    for number, server in enumerate(scene.servers):
        text = httpx.get(f"{server.url}/metrics", timeout=PATIENCE, verify=TLS).raise_for_status().text
        samples = dict(re.findall(r'^switchboard_revocation_seconds_(\w+){where="stream"} (\S+)$', text, re.MULTILINE))
        count, total = float(samples["count"]), float(samples["sum"])
        row(f"revocation: server {number}", streams=count, mean_s=total / max(count, 1))
    assert count >= 1


@pytest.mark.outage
@pytest.mark.drill
@pytest.mark.skipif(not PRODUCTION, reason="embedded mode has no Redis")
def test_redis_that_returns_from_an_old_dump_lets_nobody_in(
    deployment: Deployment, redis: RedisServer, crowd: list[str]
) -> None:
    bearers = [{"Authorization": f"Bearer {token}"} for token in crowd[: pick(200, 20)]]
    first, rounds = deployment.servers[0], pick(20, 3)

    def let_in() -> int:
        with httpx.Client(timeout=PATIENCE, verify=TLS) as http:
            asked = [
                http.get(f"{server.url}{API}/me", headers=bearer) for server in deployment.servers for bearer in bearers
            ]
        return sum(answer.status_code == httpx.codes.OK for answer in asked)

    assert let_in() == 2 * len(bearers)
    redis.ask("SAVE")
    for bearer in bearers:
        httpx.post(f"{first.url}{API}/auth/logout", headers=bearer, timeout=PATIENCE, verify=TLS)

    redis.kill()
    eventually(lambda: let_in() == 0)
    redis.start()
    for server in deployment.servers:
        eventually(partial(has_redis, server))

    assert [let_in() for _ in range(rounds)] == [0] * rounds


def has_redis(server: Server) -> bool:
    health = httpx.get(f"{server.url}/healthz/ready", timeout=PATIENCE, verify=TLS).json()
    return bool(health["cache"] == "redis")


def ended_everywhere(scene: Scene, desk: Desk, revoke: Callable[[Scene, Desk], None], within: float = BOUND) -> float:
    """Seconds until REST, streams and sockets of both servers had refused or ended what was open."""
    conversation = scene.ada.conversation()
    with ExitStack() as stack:
        held = [stack.enter_context(followed(scene, server, conversation)) for server in scene.servers]
        assert [scene.status(server) for server in scene.servers] == [200, 200]

        revoke(scene, desk)
        began = time.monotonic()
        if revoke in HERE:
            assert scene.status(scene.servers[0]) == httpx.codes.UNAUTHORIZED
        for server in scene.servers:
            eventually(partial(scene.refused, server), within)
        for stream, socket in held:
            assert stream.until("stream.end")[-1]["data"] == {"reason": "revoked"}
            assert wire.closed(socket)[1] == 4403
        return time.monotonic() - began
