"""What may be written into a log: declared types, in the logs that they belong to, with the data that they have."""

import os
import subprocess
import sys

import pytest
from django.db import transaction

from project import eventtypes, log, shapes
from project.envelopes import ENVELOPE
from project.eventtypes import BadEvent
from project.models import Event

DATA = shapes.closed({"count": shapes.number("How many."), "name": shapes.text("Whose.")})


@pytest.fixture(autouse=True)
def staff_log(db):
    log.open_stream("staff")


@pytest.fixture
def counted():
    eventtypes.declare("test.counted", "Only in a test.", DATA, ("staff",))
    yield
    eventtypes.REGISTRY.remove("test.counted")


def append(type, data, stream="staff"):
    with transaction.atomic():
        log.append(stream, type, data)


@pytest.mark.parametrize("checked", [True, False])
def test_type_that_nobody_declared_is_refused(settings, checked):
    settings.CHECK_EVENTS = checked

    with pytest.raises(BadEvent, match=r"nobody declared 'test\.unknown'.*cache\.degraded"):
        append("test.unknown", {})

    assert log.head("staff").seq == 0


def test_frame_that_is_not_stored_is_refused():
    with pytest.raises(BadEvent, match=r"message\.delta"):
        append("message.delta", {})


def test_type_of_another_log_is_refused(counted, conversation):
    with pytest.raises(BadEvent, match="the log of a staff"):
        append("test.counted", {"count": 1, "name": "x"}, conversation.stream)


@pytest.mark.parametrize(
    ("data", "pointer"),
    [
        ({"count": -1, "name": "x"}, "/data/count"),
        ({"count": True, "name": "x"}, "/data/count"),
        ({"count": 1}, "/data/name"),
        ({"count": 1, "name": None}, "/data/name"),
        ({"count": 1, "name": "x", "more": 1}, "/data/more"),
    ],
)
def test_data_that_does_not_fit_is_refused_and_not_written(counted, data, pointer):
    with pytest.raises(BadEvent, match=f"'pointer': '{pointer}'"):
        append("test.counted", data)

    assert not Event.objects.exists()
    assert log.head("staff").seq == 0


def test_data_is_not_looked_at_where_the_setting_is_off(counted, settings):
    settings.CHECK_EVENTS = False

    append("test.counted", {"more": 1})

    assert Event.objects.get().data == {"more": 1}


@pytest.mark.parametrize(("environment", "checked"), [("development", "True"), ("production", "False")])
def test_data_is_checked_in_development_and_not_in_production(environment, checked):
    given = {name: value for name, value in os.environ.items() if name != "CHECK_EVENTS"}

    told = subprocess.run(
        [sys.executable, "-c", "from project import settings; print(settings.CHECK_EVENTS)"],
        env=given | {"ENVIRONMENT": environment},
        capture_output=True,
        text=True,
        check=True,
    )

    assert told.stdout.strip() == checked


def test_type_is_declared_once_and_for_logs_that_there_are(counted):
    with pytest.raises(ValueError, match="registered already"):
        eventtypes.declare("test.counted", "Again.", DATA, ("staff",))
    with pytest.raises(ValueError, match="conversation, workspace, staff"):
        eventtypes.declare("test.elsewhere", "Nowhere.", DATA, ("room",))


def test_every_object_is_closed_and_every_field_is_described():
    shown = {type.name: type.schema.document for type in eventtypes.REGISTRY.values()} | {"envelope": ENVELOPE}

    assert [fault for name, shape in shown.items() for fault in faults(name, shape)] == []


def faults(place, shape):
    """Fields without words, and objects that take more than they name. Who chooses their own fields names none."""
    if "properties" in shape:
        for name, field in shape["properties"].items():
            yield from faults(f"{place}.{name}", field)
            if not field.get("description"):
                yield f"{place}.{name} is not described"
        if shape.get("additionalProperties") is not False:
            yield f"{place} is open"
    if "items" in shape and shape["items"].get("type") != "object":
        yield from faults(f"{place}[]", shape["items"])
