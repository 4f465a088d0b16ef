"""However long a conversation is, and whatever is said in it: what is known of it stays within its budget."""

import random

import pytest

from contexts import conversations, folding, store
from tests.contexts.said import fresh, say
from tests.modes import once
from tests.outage.scale import pick

pytestmark = [once, pytest.mark.drill, pytest.mark.timeout(900)]

TURNS = pick(5000, 60)
BUDGET = 4000
PIECES = (
    "The train leaves at nine. ",
    "\u4f60\u597d\uff0c\u4e16\u754c\u3002",
    "\U0001f469\u200d\U0001f680\U0001f1ee\U0001f1f9",
    "def total(items): return sum(items)\n",
    "Zw\u00f6lf gro\u00dfe Boxk\u00e4mpfer ",
    "\u0645\u0631\u062d\u0628\u0627 ",
    "0123456789abcdef",
    "e\u0301\u200b\u202e",
    " \n\t",
    "-" * 400,
    "\u2014" * 90,
)
SIZES = (0, 1, 5, 20, 20, 20, 60, 60, 60, 60, 200, 200, 900)
SLOWLY = 20  # turns between two looks of who folds


def test_a_context_is_within_its_budget_at_every_turn(transactional_db, people, settings):
    settings.CONTEXT_TOKENS = BUDGET
    ada, chosen = people["ada"], random.Random(7)  # noqa: S311 - the same each time
    conversation = conversations.create(ada.user, ada.workspace.id, {"title": "Long"})

    for turn in range(TURNS):
        message = say(fresh(conversation), words(chosen), ada, **more(chosen))
        context = store.load(message)
        assert context.tokens <= context.budget == BUDGET, turn
        assert context.total == 2 * turn
        say(fresh(conversation), words(chosen), reply_to=message.id)
        if turn % SLOWLY == 0:
            folding.fold(conversation.id)

    assert context.summary is not None
    assert context.messages[-1].seq > context.summary.last_seq


def words(chosen):
    return "".join(chosen.choices(PIECES, k=chosen.choice(SIZES)))


def more(chosen):
    size = chosen.choice((0, 0, 0, 3, 400))
    return {"metadata": {"words": "word " * size}, "parts": [{"type": "data", "data": {"n": [1] * size}}] * (size > 0)}
