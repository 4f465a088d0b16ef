"""Limits are rows: as many pass as may, at the same moment too, whatever the cache is at."""

from datetime import timedelta
from functools import partial

import pytest
from django.core.cache import caches
from django.utils import timezone

from security import limits
from security.jobs import purge_limits
from security.limits import RateLimited
from security.models import Limit
from tests.outage.scale import pick
from tests.threads import at_once

QUARTER = timedelta(minutes=15)
ROUNDS = pick(50, 10)


def passes(subject="ada", name="test", limit=10):
    try:
        limits.spend(name, subject, limit, QUARTER)
    except RateLimited:
        return False
    return True


def let_the_window_end():
    Limit.objects.update(ends_at=timezone.now() - timedelta(seconds=1))


@pytest.mark.django_db
def test_as_many_pass_as_may():
    assert [passes(limit=3) for _ in range(5)] == [True, True, True, False, False]


@pytest.mark.django_db
def test_names_and_subjects_are_counted_apart():
    uses = [("ada", "test"), ("bob", "test"), ("ada", "other"), ("ada", "test")]

    assert [passes(*use, limit=1) for use in uses] == [True, True, True, False]


@pytest.mark.django_db
def test_a_window_that_is_over_begins_anew():
    assert [passes(limit=1), passes(limit=1)] == [True, False]

    let_the_window_end()

    assert [passes(limit=1), passes(limit=1)] == [True, False]
    assert Limit.objects.get().ends_at > timezone.now() + timedelta(minutes=14)


@pytest.mark.django_db
def test_a_refused_use_does_not_make_the_wait_longer():
    passes(limit=1)
    before = Limit.objects.get()

    passes(limit=1)

    after = Limit.objects.get()
    assert (after.ends_at, after.count) == (before.ends_at, before.count)


@pytest.mark.django_db
def test_a_refusal_says_how_long_to_wait_in_the_fields_of_the_draft():
    passes(limit=1)
    Limit.objects.update(ends_at=timezone.now() + timedelta(seconds=89.5))

    with pytest.raises(RateLimited) as refused:
        limits.spend("test", "ada", 1, QUARTER)

    assert refused.value.headers == {
        "Retry-After": "90",
        "RateLimit": '"test";r=0;t=90',
        "RateLimit-Policy": '"test";q=1;w=900',
    }


@pytest.mark.django_db
def test_what_is_forgotten_begins_anew():
    passes(limit=1)

    limits.forget("test", "ada")

    assert passes(limit=1)


@pytest.mark.django_db
def test_neither_names_nor_addresses_are_kept():
    passes("ada 192.0.2.77")

    key = Limit.objects.get().key
    assert key.startswith("test:")
    assert "ada" not in key
    assert "192.0.2" not in key


@pytest.mark.drill
@pytest.mark.django_db(transaction=True)
def test_of_forty_at_the_same_moment_ten_pass():
    for number in range(ROUNDS):
        passed = at_once([partial(passes, f"round {number}")] * 40)

        assert sum(passed) == 10


@pytest.mark.drill
@pytest.mark.django_db(transaction=True)
def test_of_forty_at_the_same_moment_ten_pass_in_a_window_that_begins_anew():
    for _ in range(ROUNDS // 5):
        passes(limit=1)
        let_the_window_end()

        passed = at_once([passes] * 40)

        assert sum(passed) == 10


@pytest.mark.django_db
def test_no_cache_is_asked(settings):
    """It is emptied, and then away."""
    used = [passes(limit=3)]
    caches["default"].clear()
    used.append(passes(limit=3))
    settings.CACHES = {"default": settings.CACHES["default"] | {"BACKEND": "tests.security.broken_cache.BrokenCache"}}

    assert [*used, passes(limit=3), passes(limit=3)] == [True, True, True, False]


@pytest.mark.django_db
def test_counts_are_removed_once_their_window_is_over():
    passes("ended")
    Limit.objects.update(ends_at=timezone.now() - timedelta(minutes=2))
    passes("running")

    assert purge_limits() == "1 removed"
    assert Limit.objects.get().ends_at > timezone.now()
