"""A message that is too long is cut: at little cost, between graphemes, and never to more than there is room for."""

import pytest
import regex
from django.db import connection
from django.test.utils import CaptureQueriesContext

from contexts import pruning, store, tokens
from contexts.pinning import Change, Wish
from contexts.pinning import change as pin
from contexts.pruning import Wanted
from contexts.shortening import cut
from project import log
from tests.contexts.said import fresh, say
from tests.counting_app.tokenizers import LETTERS

ASTRONAUT = "\U0001f469\u200d\U0001f680"
NONE = dict.fromkeys([*range(0x202A, 0x202F), *range(0x2066, 0x206A)])
FLAG = "\U0001f1ee\U0001f1f9"


@pytest.mark.parametrize("text", ["-" * 100_000, "-=" * 50_000])
def test_of_texts_far_over_any_budget_little_is_counted(transactional_db, people, conversation, settings, text):
    settings.TOKENIZER = "letters"
    ada, about = people["ada"], log.About(conversation.workspace_id)
    LETTERS.clear()

    made = [say(fresh(conversation), text, ada) for _ in range(12)]
    store.invalidate(fresh(conversation))
    context = store.load(made[-1])
    pin(ada.user, fresh(conversation), Change(pin=(Wish(made[0].id),)))
    pruning.prune(fresh(conversation), Wanted(tokens=100, keep_last=2), about, dry_run=True)

    assert context.tokens <= context.budget
    assert sum(LETTERS) < 12 * len(text) * 2


@pytest.mark.parametrize("wanted", [Wanted(keep_last=0), Wanted(restore=True)])
def test_a_dry_run_of_pruning_keeps_nobody_waiting(ada, conversation, wanted):
    say(conversation, "one", ada)

    with CaptureQueriesContext(connection) as queries:
        pruning.prune(conversation, wanted, log.About(conversation.workspace_id), dry_run=True)

    assert {query["sql"].split()[0] for query in queries} == {"SELECT"}


@pytest.mark.parametrize("most", [0, 1, 3, 8, 9, 10, 12, 20, 30, 100])
@pytest.mark.parametrize("text", [ASTRONAUT * 500, FLAG * 500, "e\u0301\u0302" * 900, "a\u202e b\u2067" * 900])
def test_a_text_is_cut_between_graphemes_and_never_to_more_than_there_is_room_for(text, most):
    shown = cut(text, most)

    assert tokens.count(shown) <= most
    if "\n" in shown:
        head, _, tail = shown.split("\n")
        assert set(regex.findall(r"\X", head + tail)) <= set(regex.findall(r"\X", text.translate(NONE))) | {""}


def test_what_turns_the_direction_of_words_does_not_turn_those_of_the_gap():
    assert not set(cut("a\u202e b\u2067" * 900, 100)) & set(map(chr, NONE))
