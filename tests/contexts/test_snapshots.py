"""Snapshots in the cache: what is no snapshot is made anew, none is too large, and most loads find one."""

import orjson
import pytest
from django.core.cache import cache
from django.utils import timezone
from django.utils.crypto import get_random_string

from contexts import conversations, store
from contexts.knowledge import Entity
from project import metrics
from tests.contexts import shown, stale
from tests.contexts.said import fresh, say
from tests.contexts.stale import key

WHOLE = {"messages": [], "whole": True, "pinned": [], "entities": [], "parts": [], "loose": [], "made_at": "2026-11-29"}
DAMAGED = {
    "garbage": "\x00 garbage",
    "empty": "",
    "no text": 17,
    "a list": [1, 2],
    "an object": {"messages": []},
    "other JSON": "[]",
    "null": "null",
    "deep": "[" * 5000,
    "a field is missing": orjson.dumps({"messages": []}).decode(),
    "a field of another type": orjson.dumps(WHOLE | {"messages": 7}).decode(),
    "items of another type": orjson.dumps(WHOLE | {"messages": ["text"]}).decode(),
    "items with other fields": orjson.dumps(WHOLE | {"messages": [{"id": "no id"}], "pinned": [{}]}).decode(),
    "parts without lines": orjson.dumps(WHOLE | {"parts": [{"first": 1}]}).decode(),
    "a time that is none": orjson.dumps(WHOLE | {"made_at": "yesterday"}).decode(),
    "huge": "x" * 3_000_000,
}


@pytest.fixture
def conversation(transactional_db, people):
    stale.settled()
    ada = people["ada"]
    return conversations.create(ada.user, ada.workspace.id, {"title": "Plans"})


@pytest.fixture
def ada(people, conversation):
    return people["ada"]


def count(outcome):
    return metrics.REGISTRY.get_sample_value("switchboard_context_snapshots_total", {"outcome": outcome})


@pytest.mark.parametrize("name", DAMAGED)
def test_what_is_no_snapshot_is_counted_and_made_anew(ada, conversation, name):
    say(conversation, "one", ada)
    message = say(fresh(conversation), "two", ada)
    right, where, before = shown.of(store.load(message)), str(key(conversation)), count("corrupt")

    cache.set(where, DAMAGED[name])

    assert shown.of(store.load(message)) == right
    assert count("corrupt") == before + 1
    cached = count("hit")
    assert shown.of(store.load(message)) == right
    assert count("hit") == cached + 1


@pytest.mark.parametrize("cut", [1, 10, 200, -200, -2])
def test_a_snapshot_that_was_cut_off_is_made_anew(ada, conversation, cut):
    message = say(conversation, "one", ada)
    right, where = shown.of(store.load(message)), str(key(conversation))

    cache.set(where, cache.get(where)[:cut])

    assert shown.of(store.load(message)) == right


def test_no_snapshot_takes_more_bytes_than_it_may(ada, conversation, settings):
    settings.CONTEXT_TOKENS, settings.CONTEXT_SNAPSHOT_BYTES = 200_000, 30_000
    now = timezone.now()
    Entity.objects.bulk_create(
        Entity(
            conversation=conversation, type="person", value=f"{n}" * 90, normal=f"{n}", first_seen=now, last_seen=now
        )
        for n in range(60)
    )
    for number in range(40):
        data = [{"type": "data", "data": {"said": get_random_string(3000)}}]
        message = say(fresh(conversation), "\u4f60" * 500 * (number % 3), ada, parts=data, metadata={"n": "m" * 900})

        context = store.load(message)

        held = cache.get(str(key(conversation)))
        assert held is None or len(held.encode()) <= 30_000
        assert len(context.messages) == number


def test_the_cache_holds_one_snapshot_of_a_conversation_and_none_of_what_is_over(ada, conversation):
    for number in range(3):
        message = say(fresh(conversation), f"zanzibar {number}", ada)
        store.load(message)
    assert len(stale.texts("zanzibar")) == 2  # with the views of it

    store.invalidate(fresh(conversation))

    assert stale.texts("zanzibar") == []


def test_what_is_too_large_for_any_snapshot_is_read_from_rows_and_counted(ada, conversation, settings):
    message = say(conversation, "one", ada)
    settings.CONTEXT_SNAPSHOT_BYTES = 50
    store.invalidate(fresh(conversation))
    before = count("too_large")

    store.load(message)

    assert cache.get(str(key(conversation))) is None
    assert count("too_large") == before + 1


def test_nine_of_ten_loads_of_a_conversation_find_a_snapshot(ada, conversation):
    hits, misses = count("hit"), count("miss")

    for number in range(10):
        message = say(fresh(conversation), f"question {number}", ada)
        store.load(message)
        say(fresh(conversation), f"answer {number}", reply_to=message.id)

    found, lacked = count("hit") - hits, count("miss") - misses
    assert found >= 0.9 * (found + lacked)
    assert found + lacked == 10
