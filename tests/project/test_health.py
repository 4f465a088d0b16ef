"""Health: alive, and ready or not and why."""

from collections.abc import Iterator

import pytest
from django.db.migrations.recorder import MigrationRecorder

from project import cachelink
from tests.problem import problem

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def no_watch_stays() -> Iterator[None]:
    """Health asks the cache, whose watch would look at the rows of later tests, and tell its changes there."""
    yield
    cachelink.close()


def test_a_process_that_answers_is_alive(client):
    answer = client.get("/healthz/live")

    assert (answer.status_code, answer.json()) == (200, {"status": "ok"})


def test_a_process_that_can_do_its_work_is_ready(client):
    answer = client.get("/healthz/ready")

    assert answer.status_code == 200
    assert answer.json()["status"] == "ok"
    assert set(answer.json()["parts"].values()) == {"ok"}


def test_missing_migrations_are_named(client):
    MigrationRecorder.Migration.objects.filter(app="dispatch").delete()

    answer = client.get("/healthz/ready")

    assert (answer.status_code, answer.json()["status"]) == (503, "unavailable")
    assert answer.json()["parts"] == {"database": "ok", "migrations": "missing: run manage.py migrate", "drain": "ok"}


def test_a_process_without_its_migrations_is_alive_all_the_same(client):
    MigrationRecorder.Migration.objects.filter(app="dispatch").delete()

    assert client.get("/healthz/live").status_code == 200


def test_staff_see_the_filters_and_how_they_are_set(ada, settings):
    settings.FILTERS, settings.FILTER_MODES = ["shape"], {"shape": "shadow"}

    told = ada.get("/healthz").json()

    assert told["status"] == "ok"
    assert told["filters"] == [{"name": "shape", "version": "1", "mode": "shadow"}]
    assert "rules" in told["filters_not_listed"]
    assert (told["filters_missing"], told["filters_hanging"], told["rules_broken"]) == ([], 0, [])


def test_health_in_detail_is_for_staff_alone(bob, client):
    problem(bob.get("/healthz"), 404, "not_found")
    assert client.get("/healthz").status_code == 401
