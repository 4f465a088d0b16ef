"""What a process holds is bounded (G11): whoever never reads, takes a long log, or leaves with thousands at once."""

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack
from functools import partial
from itertools import cycle

import pytest

from tests.deployment import Deployment, Server
from tests.live import LivePerson, eventually
from tests.modes import once
from tests.outage import taking
from tests.outage.copies import append_copies
from tests.outage.crowd import Memory, cut_off, deaf_socket, deaf_stream, few_files, last_cursor, measured
from tests.outage.horde import Horde, tokens
from tests.outage.member import SOCKET, STREAM, Place
from tests.outage.report import row
from tests.outage.scale import FULL, bound, pick
from tests.outage.taking import Taken
from tests.outage.verifier import Resources, back_to_start

pytestmark = [pytest.mark.outage, pytest.mark.drill, once]

MEGABYTE = 1024 * 1024
STALL = {} if FULL else {"STALL_SECONDS": "2"}
EVENTS = pick(100_000, 12_000)
LONG = "x" * 99_000
AT_ONCE, TIMES = 50, pick(21, 4)  # 100 MB, 19 MB
TAKING = (taking.over_stream, taking.over_socket)
DEAF = 4 * (deaf_stream, deaf_socket)
SOCKETS, STREAMS = pick((2000, 1000), (200, 100))
CONVERSATIONS, PEOPLE = pick((20, 151), (2, 15))
MORE_SERVERS = pick(1, 0)  # a core lets in 150 to 200 a second
SLACK = Resources(memory=pick(16, 8) * MEGABYTE, descriptors=24, threads=12, connections=12)
FIRST_USE = Resources(memory=pick(300, 50) * MEGABYTE, descriptors=24, threads=24, connections=24)


@pytest.fixture(scope="module")
def server(deployment: Deployment) -> Server:
    return _served(deployment)


@pytest.mark.parametrize("take", [taking.over_stream, taking.over_socket])
def test_long_log_is_resumed_in_pages(
    deployment: Deployment, server: Server, live_ada: LivePerson, take: Callable[..., None]
) -> None:
    conversation, memory = live_ada.conversation(), Memory(server)
    taken = _answered(live_ada, conversation, "hello")
    for count in (EVENTS // 10, EVENTS):
        last, taken.size = _grown(deployment, conversation, taken, count), 0
        with measured(memory) as sizes:
            take(live_ada, conversation, last, taken)

    grown = max(sizes) - sizes[0]
    row("resume of a long log", by=take.__name__, events=EVENTS, mb=taken.size / MEGABYTE, memory_mb=grown / MEGABYTE)
    assert grown < 10 * MEGABYTE


def test_clients_that_never_read_are_cut_off_with_a_cursor_and_cost_others_nothing(
    deployment: Deployment, server: Server, live_ada: LivePerson
) -> None:
    memory, known, conversation = Memory(server), live_ada.conversation(), live_ada.conversation()
    with measured(memory) as without:
        _publish(deployment, live_ada, known, _answered(live_ada, known, LONG), 3)
    begin = _answered(live_ada, conversation, LONG)

    with ExitStack() as stack:
        deaf = [stack.enter_context(follow(server, live_ada.tokens["access"], conversation)) for follow in DEAF]
        with measured(memory) as first:
            then = _publish(deployment, live_ada, conversation, begin, 2)
        with measured(memory) as sizes:
            last = _publish(deployment, live_ada, conversation, then, TIMES)
            eventually(lambda: cut_off(deaf) == len(deaf))
        cursors = [last_cursor(client) for client in deaf]

    cost, grown = (max(first + sizes) - max(without)) / len(deaf), max(sizes) - max(first)
    figures = {"clients": len(deaf), "mb": AT_ONCE * TIMES * len(LONG) / MEGABYTE}
    row("never read", **figures, cost_mb=cost / MEGABYTE, memory_mb=grown / MEGABYTE)
    assert grown < 10 * MEGABYTE
    assert cost < 2 * MEGABYTE
    for take, cursor in zip(TAKING, cursors, strict=False):
        take(live_ada, conversation, last.seq, Taken(cursor))


def test_crowd_that_aborts_at_once_is_soon_back_and_leaves_nothing_behind(
    deployment: Deployment, server: Server, live_ada: LivePerson
) -> None:
    servers = [server, *(_served(deployment) for _ in range(MORE_SERVERS))]
    conversations = [live_ada.conversation() for _ in range(CONVERSATIONS)]
    with Horde(_places(deployment, servers, live_ada, conversations)) as horde:
        start = Resources.of(deployment)
        horde.tell("open")
        horde.tell("leave")
        empty = back_to_start(deployment, start, FIRST_USE)
        horde.tell("open")
        full = Resources.of(deployment)
        horde.tell("abort")
        back = horde.tell("open")
        again = back_to_start(deployment, full, SLACK)
        for conversation in conversations:
            live_ada.say(conversation, "Still there?", kind="test.echo")
        horde.tell("hear", 1)
        horde.tell("leave")
        left = back_to_start(deployment, empty, SLACK)

    figures = {"servers": len(servers), "sockets": SOCKETS, "streams": STREAMS}
    row("crowd that aborts", **figures, back_s=back["seconds"], retries=back["retries"])
    row("what it holds", **_figures(empty=empty, full=full, again=again, left=left))
    assert back["seconds"] < bound(20)


def _publish(deployment: Deployment, person: LivePerson, conversation: str, begin: Taken, times: int) -> Taken:
    """Much at once, again and again, each time once all of it has reached those who read."""
    last, reading = begin.seq + AT_ONCE * times, [Taken(begin.cursor) for _ in TAKING]
    with ThreadPoolExecutor() as pool:
        readers = [
            pool.submit(take, person, conversation, last, taken) for take, taken in zip(TAKING, reading, strict=True)
        ]
        for done in range(begin.seq + AT_ONCE, last + 1, AT_ONCE):
            append_copies(deployment, conversation, AT_ONCE)
            eventually(partial(_reached, done, reading, readers))
        for reader in readers:
            reader.result()
    return reading[0]


def _reached(seq: int, reading: list[Taken], readers: list[Future[None]]) -> bool:
    """Or never will."""
    return all(taken.seq >= seq for taken in reading) or any(reader.done() for reader in readers)


def _answered(person: LivePerson, conversation: str, text: str) -> Taken:
    """Its log as far as it goes once a message has been answered."""
    person.say(conversation, text, kind="test.echo")
    return Taken(person.settled(conversation, 1)[-1]["id"])


def _grown(deployment: Deployment, conversation: str, taken: Taken, count: int) -> int:
    """The number of the last event, of so many more."""
    append_copies(deployment, conversation, count)
    return taken.seq + count


def _served(deployment: Deployment) -> Server:
    with few_files():
        return deployment.serve(EXTRA_APPS="tests.handlers_app", **STALL)


def _places(deployment: Deployment, servers: list[Server], person: LivePerson, conversations: list[str]) -> list[Place]:
    """Everybody follows one conversation or another, on a few connections to either server."""
    begins = [(conversation, _answered(person, conversation, "hello").cursor) for conversation in conversations]
    doors = [SOCKET] * SOCKETS + [STREAM] * STREAMS
    chosen = zip(cycle(servers), cycle(tokens(deployment, PEOPLE)), cycle(begins), doors, strict=False)
    return [Place(server.port, token, *begin, door) for server, token, begin, door in chosen]


def _figures(**found: Resources) -> dict[str, object]:
    figures: dict[str, object] = {}
    for name, held in found.items():
        figures |= {f"{name}_mb": held.memory / MEGABYTE, f"{name}_descriptors": held.descriptors}
    return figures
