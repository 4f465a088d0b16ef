"""Runs are looked at every second: what is large in their rows and not needed stays in the database."""

from datetime import timedelta

import pytest
from django.utils import timezone

from dispatch import leases, news, runs
from dispatch.intake import receive
from dispatch.models import Run
from dispatch.submissions import parse


@pytest.fixture
def running(ada, conversation):
    claim = runs.claim(receive(parse({"text": "hi"}, None), ada.identity, conversation.id).run, "test")
    assert claim is not None
    return Run.objects.get(id=claim.run)


def test_followers_get_no_decisions_and_nothing_is_read_one_by_one(running, django_assert_num_queries):
    _, [opened] = news.opening(running.conversation.stream)
    [polled] = news.since({}, [running.id]).unfinished

    with django_assert_num_queries(0):
        for run in (opened, polled):
            assert (run.reply, run.attempt, run.visible_to, run.partial) == (running.reply, 1, "", "")
            assert run.conversation.workspace_id == running.workspace
    assert opened.get_deferred_fields() == polled.get_deferred_fields() == set(news.UNREAD)


def test_a_lost_run_is_queued_again_without_its_records(running):
    [run] = leases.lost(timezone.now() + timedelta(hours=1))

    assert leases.release(run, "lease_lost", 1)
    assert {"handlers", "findings", "partial"} <= run.get_deferred_fields()
    assert Run.objects.get().state == "queued"
