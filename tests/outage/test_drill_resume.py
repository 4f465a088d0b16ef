"""Whatever clients do and processes suffer, what is put together from streams is what the database has (G3).

Drawn: who says what and when, which process is killed, and each connection of each reader: door, process, cursor, how
many frames, how slowly. Two answers and more are in flight at a time.
"""

import asyncio
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import httpx
import pytest
from hypothesis import Phase, example, given, settings
from hypothesis import strategies as st

from tests.deployment import Deployment, Server, deployed
from tests.dispatch.texts import HARD, texts
from tests.live import PATIENCE, LivePerson
from tests.outage.processes import rows
from tests.outage.rebuilding import KINDS, SILENCE, Reader, Visit
from tests.outage.report import row
from tests.outage.scale import FULL, pick

pytestmark = [pytest.mark.outage, pytest.mark.drill]

EXAMPLES = pick(60, 4)
KILLED = pick((0, 1), (1,))  # the first process carries the runs: what dies with it takes the time of a lease
SECONDS = 4 * PATIENCE
MALFORMED = ("HTTP 400", "error malformed_cursor")
AWAY = ("HTTP 503", "error not_serving", "error unavailable", "error busy", "error late")


@dataclass(frozen=True)
class Said:
    text: str
    server: int


@dataclass(frozen=True)
class Killed:
    server: int


@dataclass(frozen=True)
class Waited:
    seconds: float


@dataclass(frozen=True)
class Plan:
    steps: list[Said | Killed | Waited]
    readers: list[list[Visit]]


visits = st.builds(
    Visit,
    st.sampled_from(("sse", "socket")),
    st.integers(0, 1),
    st.sampled_from(KINDS),
    st.integers(1, 15),
    st.sampled_from((0.0, 0.0, 0.01, 0.15)),
)
said = st.builds(Said, texts.map("Say {}".format), st.integers(0, 1))  # what cannot be seen alone is refused
steps = st.one_of(said, said, st.builds(Killed, st.sampled_from(KILLED)), st.builds(Waited, st.floats(0, 0.5)))
plans = st.builds(
    Plan,
    st.tuples(said, st.lists(steps, max_size=pick(5, 2))).map(lambda drawn: [drawn[0], *drawn[1]]),
    st.lists(st.lists(visits, min_size=1, max_size=pick(8, 4)), min_size=2, max_size=pick(6, 3)),
)
EVERYTHING = Plan(
    [Said(HARD * 2, 0), Said(f"2 {HARD}" * 2, 1), Waited(0.6), Killed(1), Said("and a third", 0)],
    [
        [Visit("sse", number % 2, kind, 6, 0.0) for number, kind in enumerate(KINDS)],
        [Visit("socket", number % 2, kind, 5, 0.02) for number, kind in enumerate(reversed(KINDS))],
        [Visit("socket", 1, "exact", 4, 0.3), Visit("sse", 0, "exact", 4, 0.3)],
    ],
)


@dataclass(frozen=True)
class Scene:
    deployment: Deployment
    servers: list[Server]
    ada: LivePerson
    foreign: str
    counted: "Counter[str]"


@pytest.fixture(scope="module")
def scene() -> Iterator[Scene]:
    with deployed("resume", EXTRA_APPS="tests.speaking_app") as deployment:
        servers = [deployment.serve(), deployment.serve(RUN_CONCURRENCY="0")]
        ada = servers[0].person("ada")
        elsewhere = ada.conversation()
        ada.say(elsewhere, "Hello")
        made = Scene(deployment, servers, ada, ada.settled(elsewhere, 1)[1]["id"], Counter())
        yield made
        row("resume", **made.counted)


@given(plan=plans)
@example(plan=EVERYTHING)
@settings(
    max_examples=EXAMPLES, derandomize=not FULL, database=None, phases=(Phase.explicit, Phase.generate), print_blob=True
)
def test_what_readers_put_together_is_what_the_database_has(scene: Scene, plan: Plan) -> None:
    conversation = scene.ada.conversation(policy="parallel")

    readers = asyncio.run(carried_out(scene, plan, conversation))

    log, stored = scene.ada.events(conversation), answers(scene.deployment, conversation)
    for reader in readers:
        assert reader.transcript.events == log
        assert reader.transcript.answers == {}
        assert [refusal for refusal in reader.refusals if not _in_order(*refusal)] == []
    told = [event["data"]["message"] for event in log if event["type"] == "message.completed"]
    assert [event["seq"] for event in log] == list(range(1, len(log) + 1))
    assert [message["text"] for message in told] == stored
    count(scene.counted, plan, readers)


async def carried_out(scene: Scene, plan: Plan, conversation: str) -> list[Reader]:
    headers = {"Authorization": scene.ada.http.headers["Authorization"]}
    clients = [httpx.AsyncClient(base_url=one.url, headers=headers, timeout=SILENCE) for one in scene.servers]
    readers = [Reader(conversation, scene.foreign, clients) for _ in plan.readers]
    runs = sum(isinstance(step, Said) for step in plan.steps)
    try:
        async with asyncio.timeout(SECONDS), asyncio.TaskGroup() as group:
            group.create_task(perform(scene, plan.steps, conversation, clients))
            for reader, visits in zip(readers, plan.readers, strict=True):
                group.create_task(reader.read(visits, runs))
    finally:
        for client in clients:
            await client.aclose()
    return readers


async def perform(
    scene: Scene, steps: list[Said | Killed | Waited], conversation: str, clients: list[httpx.AsyncClient]
) -> None:
    for number, step in enumerate(steps):
        if isinstance(step, Killed):
            await asyncio.to_thread(scene.servers[step.server].kill)
        elif isinstance(step, Waited):
            await asyncio.sleep(step.seconds)
        else:
            await say(clients[step.server], conversation, step.text, f"step-{number}")


async def say(client: httpx.AsyncClient, conversation: str, text: str, key: str) -> None:
    """Repeated until it is accepted: the process may just have been killed."""
    body = {"kind": "test.recite", "text": text}
    path, headers = f"/api/v1/conversations/{conversation}/messages/", {"Idempotency-Key": key}
    while True:
        try:
            answer = await client.post(path, json=body, headers=headers)
        except httpx.HTTPError:
            answer = None
        if answer is not None and answer.status_code == httpx.codes.ACCEPTED:
            return
        assert answer is None or answer.status_code == httpx.codes.SERVICE_UNAVAILABLE, answer.text
        await asyncio.sleep(0.1)


def answers(deployment: Deployment, conversation: str) -> list[str]:
    """The texts of a conversation's answers, as the database has them."""
    said = rows(deployment, "SELECT conversation_id, text FROM contexts_message WHERE role = 'assistant' ORDER BY seq")
    return [text for id, text in said if UUID(str(id)) == UUID(conversation)]


def _in_order(kind: str, refusal: str) -> bool:
    """Whether a stream may have been refused so: garbage always is, and anything by a process that is not ready."""
    return refusal in AWAY or (refusal in MALFORMED) == (kind == "garbage")


def count(counted: "Counter[str]", plan: Plan, readers: list[Reader]) -> None:
    figures: dict[str, Any] = {
        "plans": 1,
        "messages": sum(isinstance(step, Said) for step in plan.steps),
        "kills": sum(isinstance(step, Killed) for step in plan.steps),
        "connections": sum(len(visits) for visits in plan.readers),
        "frames": sum(reader.frames for reader in readers),
        "resets": sum(reader.resets for reader in readers),
    }
    counted.update(figures)
