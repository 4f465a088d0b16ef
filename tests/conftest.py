"""Fixtures. Tests that touch the database in this process use `ada`, `bob`, `eve`; tests of a live server `server`."""

import gc
import os
from collections import Counter
from collections.abc import Iterator
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import hypothesis
import pytest
from django.conf import settings as configured
from django.test import TransactionTestCase

from contexts import conversations
from contexts.models import Conversation
from project import cachelink, pools
from security import screening
from tests import databases, emptying
from tests.databases import FOLDER
from tests.demo.fronted import FRONTED, fronted
from tests.deployment import Deployment, Server, deployed
from tests.live import LivePerson
from tests.modes import ENDLESS_TRANSACTIONS, PRODUCTION
from tests.outage.scale import FULL
from tests.people import People, Person, make_people
from tests.speaking_app.prompter import Prompter

hypothesis.settings.register_profile(
    "shared-machine", deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow]
)
hypothesis.settings.load_profile("shared-machine")


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Function]) -> None:
    """Files that start processes first, of each folder in turn: they wait a lot, and some for long. Those with rows of
    this process, which pytest-django begins with, never wait: at the end they fill the processors to the last second.
    """
    busy = {item.path for item in items if item.get_closest_marker("django_db") or "db" in item.fixturenames}
    folders: Counter[Path] = Counter()
    turns: dict[Path, int] = {}
    for path in sorted({item.path for item in items}):
        folders[path.parent] += 1
        turns[path] = folders[path.parent]
    items.sort(key=lambda item: (item.path in busy, turns[item.path], item.path))


def pytest_collection_finish() -> None:
    """What was collected stays: to look through it for garbage takes longer than a filter may for a text."""
    gc.freeze()


@pytest.fixture(scope="session", autouse=True)
def static_files_when_asked_for() -> None:
    """Each client of a test loads the middleware, which would look for all static files: a third of a usual test."""
    configured.WHITENOISE_AUTOREFRESH = True


@pytest.fixture(scope="session", autouse=True)
def quickly_emptied() -> None:
    TransactionTestCase._fixture_teardown = emptying.empty  # type: ignore[attr-defined]


@pytest.fixture(scope="session", autouse=True)
def cheap_passwords() -> None:
    if not FULL:
        configured.PASSWORD_HASHERS = ["tests.hashing.Cheap", *configured.PASSWORD_HASHERS]


@pytest.fixture(scope="session")
def django_db_keepdb() -> bool:
    """It is a copy that was made for this process, and ends with the servers of the run."""
    return True


@pytest.fixture(scope="session")
def django_db_modify_db_settings(django_db_modify_db_settings_parallel_suffix: None) -> None:
    """SQLite tests use a file, as the product does: an in-memory database has one connection."""
    name = f"test_{os.environ.get('PYTEST_XDIST_WORKER', '')}"
    databases.copy(databases.MIGRATED, name)
    database = configured.DATABASES["default"]
    database.setdefault("TEST", {})["NAME"] = name if PRODUCTION else str(FOLDER / name / databases.FILE)
    if PRODUCTION:
        database["OPTIONS"]["options"] += ENDLESS_TRANSACTIONS


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None) -> Iterator[None]:
    """Our pools' threads keep connections."""
    yield
    cachelink.close()
    pools.close()


@pytest.fixture
def patient(settings: Any) -> Iterator[None]:
    """Three times as long to read a text: what is shown is that the work has a bound, not how fast a machine is."""
    usual = {one.name: one.deadline for one in screening.FILTERS.values()}
    settings.SCREENING_SECONDS *= 3
    for name, seconds in usual.items():
        screening.FILTERS.replace(name, deadline=3 * seconds)
    yield
    for name, seconds in usual.items():
        screening.FILTERS.replace(name, deadline=seconds)


@pytest.fixture
def people(db: None) -> Iterator[dict[str, Person]]:
    yield People(make_people())
    cachelink.close()  # its watch reads the database, which is closed to it after the test


@pytest.fixture
def ada(people: dict[str, Person]) -> Person:
    return people["ada"]


@pytest.fixture
def bob(people: dict[str, Person]) -> Person:
    return people["bob"]


@pytest.fixture
def eve(people: dict[str, Person]) -> Person:
    return people["eve"]


@pytest.fixture
def conversation(ada: Person) -> Conversation:
    return conversations.create(ada.user, ada.workspace.id, {"title": "Plans"})


@pytest.fixture(scope="module")
def deployment(request: Any) -> Iterator[Deployment]:
    """An installation of this test module's own, with ada, bob and eve. Nothing runs yet."""
    with deployed(request.module.__name__.rpartition(".")[2]) as made:
        yield made


@pytest.fixture(scope="module")
def server(deployment: Deployment) -> Iterator[Server]:
    with fronted(deployment) if FRONTED else nullcontext(deployment.serve()) as made:
        yield made


@pytest.fixture
def prompter(tmp_path: Path) -> Prompter:
    return Prompter(tmp_path)


@pytest.fixture(scope="module")
def live_ada(server: Server) -> LivePerson:
    return server.person("ada")


@pytest.fixture(scope="module")
def live_bob(server: Server) -> LivePerson:
    return server.person("bob")


@pytest.fixture(scope="module")
def live_eve(server: Server) -> LivePerson:
    return server.person("eve")
