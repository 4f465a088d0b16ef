"""Among all that was said in a large workspace the right message is found, and soon."""

import time

import pytest

from tests.delegations import archive
from tests.delegations.searched import research
from tests.outage import report
from tests.outage.scale import FULL, bound, pick

pytestmark = [pytest.mark.django_db, pytest.mark.drill, pytest.mark.timeout(900)]

MESSAGES = pick(50_000, 2000)
BEST = 3


def test_the_right_message_is_among_the_first_three(ada, bob, eve, conversation):
    """And words that are everywhere cost no more than others. In both modes the same is found in the same order."""
    archive.fill(eve.workspace, [eve.user], MESSAGES // 10)
    archive.fill(conversation.workspace, [ada.user, bob.user], MESSAGES)
    missed, taken = [], []

    for question, told in (*archive.SOUGHT, (archive.COMMON, None)):
        began = time.perf_counter()
        hits = research(ada, conversation, question, limit=BEST).output["hits"]
        taken.append(time.perf_counter() - began)
        if told not in [hit["quote"] for hit in hits] and told:
            missed.append((question, [hit["quote"] for hit in hits]))

    median, slowest = sorted(taken)[len(taken) // 2], max(taken)
    figures = {"missed": len(missed), "median_s": median, "slowest_s": slowest, "common_words_s": taken[-1]}
    report.row("research", messages=MESSAGES, questions=len(archive.SOUGHT), **figures)
    assert missed == []
    assert FULL or [hit["quote"] for hit in hits] == archive.COMMON_FOUND
    assert median <= bound(0.3)
    assert slowest <= bound(1.0)
