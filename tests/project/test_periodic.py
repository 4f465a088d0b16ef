"""Periodic jobs: each turn once, whatever fails."""

import logging
import threading
from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
from django.contrib.auth.models import Permission
from django.urls import reverse
from django.utils import timezone

from project import jobrows, jobturns, logs, periodic
from project.admin_jobs import state_of
from project.jobrows import Turn
from project.models import PeriodicJob
from project.periodic import Job
from project.registry import Registry
from project.timetable import Timetable
from tests import admin_rows
from tests.live import PATIENCE, eventually
from tests.threads import at_once

HOUR = timedelta(hours=1)

Running = Callable[..., Timetable]


@pytest.fixture
def running(transactional_db: None) -> Iterator[Running]:
    """Starts a timetable of these jobs."""
    started = []

    def start(*jobs: Job) -> Timetable:
        started.append(Timetable(registry(*jobs)))
        started[-1].start()
        return started[-1]

    yield start
    for timetable in started:
        timetable.stop(10)


def registry(*jobs: Job) -> Registry[Job]:
    made: Registry[Job] = Registry("periodic job")
    for job in jobs:
        made.add(job.name, job)
    return made


def row(name: str, **fields: object) -> PeriodicJob:
    return PeriodicJob.objects.create(name=name, **{"due_at": timezone.now(), **fields})


def seen(name: str) -> PeriodicJob | None:
    return PeriodicJob.objects.filter(name=name).first()


def finished(name: str, runs: int = 1) -> PeriodicJob | None:
    found = seen(name)
    done = found and found.finished_at and found.started_at and found.finished_at >= found.started_at
    return found if found and done and found.runs >= runs else None


@pytest.mark.django_db(transaction=True)
def test_eight_threads_claim_a_turn_once():
    now = timezone.now()
    turn = Turn(Job("count", HOUR, lambda: None), row("count", due_at=now).due_at)

    claimed = at_once([lambda: jobrows.claim(turn, now)] * 8)

    assert sorted(claimed) == [False] * 7 + [True]
    assert PeriodicJob.objects.get().runs == 1


@pytest.mark.django_db
@pytest.mark.parametrize("missed", [0, 1, 30])
def test_missed_turns_are_made_up_once_and_later_ones_keep_their_times(missed):
    now = timezone.now()
    jobs = registry(Job("count", HOUR, lambda: None))
    first = row("count", due_at=now - missed * HOUR - timedelta(minutes=20)).due_at

    claimed = [jobrows.claim(turn, now) for _ in range(3) for turn in jobrows.due(jobs, now)]

    assert claimed == [True]
    assert PeriodicJob.objects.get().due_at == first + (missed + 1) * HOUR == now + timedelta(minutes=40)


def test_a_new_job_runs_and_shows_what_it_said(running):
    running(Job("greet", HOUR, lambda: "hello"))

    job = eventually(lambda: finished("greet"))

    assert (job.result, job.text, job.runs) == ("ok", "hello", 1)
    assert job.milliseconds is not None
    assert job.due_at > timezone.now() + timedelta(minutes=59)


@pytest.mark.parametrize("failure", [RuntimeError("no\0 luck"), SystemExit(1)])
def test_a_failing_job_is_shown_logged_and_run_again_at_its_next_time(running, caplog, failure):
    def fail():
        raise failure

    running(Job("fail", timedelta(seconds=1.5), fail))

    job = eventually(lambda: finished("fail", 2))

    assert job.result == "failed"
    assert job.text.startswith(type(failure).__name__)
    failures = [line for line in caplog.records if line.message.startswith("a periodic job failed")]
    assert len(failures) >= 2
    assert all(line.exc_info for line in failures)


def test_lines_of_a_job_carry_its_name(running, caplog):
    context = logs.ContextFilter()
    caplog.handler.addFilter(context)

    running(Job("speak", HOUR, lambda: logging.getLogger("some.library").warning("spoken")))

    line = eventually(lambda: next((line for line in caplog.records if line.message == "spoken"), None))
    caplog.handler.removeFilter(context)
    assert line.job == "speak"


def test_a_job_that_hangs_stops_no_other_and_not_the_end(running, caplog):
    released, turns = threading.Event(), []
    every = timedelta(seconds=0.5)
    timetable = running(
        Job("hang", every, lambda: str(released.wait(PATIENCE))), Job("go", every, lambda: turns.append("go"))
    )

    try:
        eventually(lambda: len(turns) >= 3)
        timetable.stop(0.2)
        assert PeriodicJob.objects.get(name="hang").runs == 1
        assert "a periodic job is due again and still runs here" in caplog.messages
    finally:
        released.set()


@pytest.mark.django_db(transaction=True)
def test_an_earlier_turn_that_ends_late_does_not_hide_a_later_one():
    earlier, later = timezone.now() - HOUR, timezone.now()
    row("late", started_at=later)

    jobturns.run(Job("late", HOUR, lambda: "old news"), earlier)

    assert PeriodicJob.objects.get().finished_at is None


def test_a_row_that_no_code_registers_is_not_run_and_said_to_be_so(running):
    gone = row("gone")
    running(Job("here", HOUR, lambda: None))
    eventually(lambda: finished("here"))

    gone.refresh_from_db()

    assert gone.started_at is None
    assert state_of(gone) == "not registered"


def test_a_second_job_of_one_name_is_refused():
    def purge_tickets() -> None: ...

    with pytest.raises(ValueError, match="'purge_tickets' is registered already"):
        periodic.periodic(every=HOUR)(purge_tickets)


def test_an_async_job_is_refused():
    async def wait() -> None: ...

    with pytest.raises(TypeError, match="make it a plain function"):
        periodic.periodic(every=HOUR)(wait)  # type: ignore[type-var]


def test_a_job_without_an_interval_is_refused():
    with pytest.raises(ValueError, match="above zero"):
        periodic.periodic(every=timedelta())


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("fields", "state"),
    [
        ({}, "not yet run"),
        ({"started_at": timezone.now()}, "started, not finished"),
        ({"started_at": timezone.now(), "finished_at": timezone.now() - HOUR, "result": "ok"}, "started, not finished"),
        ({"started_at": timezone.now() - HOUR, "finished_at": timezone.now(), "result": "ok"}, "ok"),
        ({"started_at": timezone.now() - HOUR, "finished_at": timezone.now(), "result": "failed"}, "failed"),
    ],
)
def test_staff_read_the_state_in_words(client, fields, state):
    client.force_login(admin_rows.staff("ada"))
    made = row("purge_tickets", **fields)

    page = client.get(reverse("admin:project_periodicjob_changelist")).content.decode()

    assert state_of(made) == state
    assert state in page


def test_staff_make_a_job_run_now(client, db):
    client.force_login(admin_rows.staff("ada"))
    row("purge_tickets", due_at=timezone.now() + HOUR)
    row("gone", due_at=timezone.now() + HOUR)

    page = run_now(client, "purge_tickets", "gone").content.decode()

    assert [turn.job.name for turn in jobrows.due(periodic.REGISTRY, timezone.now())] == ["purge_tickets"]
    assert "1 of 2 chosen jobs will run within seconds." in page
    assert "A job that no code registers is not run." in page


def test_who_may_only_look_makes_nothing_run(client, db):
    helper = admin_rows.person("helper", is_staff=True)
    helper.user_permissions.set(Permission.objects.filter(codename="view_periodicjob"))
    client.force_login(helper)
    row("purge_tickets", due_at=timezone.now() + HOUR)

    run_now(client, "purge_tickets")

    assert PeriodicJob.objects.get().due_at > timezone.now()


def run_now(client, *names):
    page = reverse("admin:project_periodicjob_changelist")
    return client.post(page, {"action": "run_now", "_selected_action": names}, follow=True)
