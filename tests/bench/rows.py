"""What is measured, and at which size."""

from dataclasses import dataclass
from typing import Final

from tests.bench import answers, fanout, knowing, screening, signin
from tests.bench.knowing import Talks
from tests.deployment import deployed
from tests.outage import horde

PEOPLE: Final = 100


@dataclass(frozen=True)
class Size:
    """`followers`: how many, and how often much is published to them in a round."""

    senders: int
    seconds: float
    followers: tuple[tuple[int, int], ...]
    rounds: int
    sign_ins: int
    screened: int
    talks: Talks


FULL: Final = Size(
    senders=16,
    seconds=5,
    followers=((100, 3), (500, 1), (1000, 1)),
    rounds=3,
    sign_ins=200,
    screened=2000,
    talks=Talks(short=100, long=100_000, times=30, touched=10_000),
)


def measure(size: Size) -> list[float]:
    """The ratios, one for each row."""
    with deployed("bench", EXTRA_APPS="tests.handlers_app", LOG_LEVEL="WARNING", **signin.UNLIMITED) as deployment:
        server = deployment.serve()
        ada, tokens = server.person("ada"), horde.tokens(deployment, PEOPLE)
        found = [answers.measure(ada, size.senders, size.rounds, size.seconds)]
        for followers, times in size.followers:
            source = fanout.source(deployment, ada)
            found.append(fanout.measure(source, tokens, followers, times, size.rounds))
        found += signin.measure(deployment, server, size.sign_ins)
    with deployed("known") as deployment:
        found += knowing.measure(deployment, size.talks)
    return found + screening.measure(size.screened)
