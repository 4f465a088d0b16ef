"""Wake-ups within a process."""

from uuid import uuid4

import pytest

from project import bus


@pytest.fixture
def id():
    """Of nothing else: listeners stay for the life of the process."""
    return uuid4()


def test_a_ring_reaches_everybody_who_listens_to_its_topic(id):
    heard: list[tuple[str, str]] = []
    bus.on("expert", lambda rung: heard.append(("first", rung)))
    bus.on("expert", lambda rung: heard.append(("second", rung)))

    bus.ring("expert", id)

    assert heard == [("first", str(id)), ("second", str(id))]


def test_a_ring_reaches_nobody_of_another_topic(id):
    heard: list[str] = []
    bus.on("rule", heard.append)

    bus.ring("integration", id)

    assert heard == []


def test_a_topic_that_does_not_exist_is_a_mistake():
    with pytest.raises(ValueError, match="'weather' is not a topic; topics are cache, conversation"):
        bus.on("weather", print)


def test_rings_and_notes_are_carried_to_other_processes_until_detached(id):
    carried: list[tuple[str, str, bus.Note | None]] = []
    detach = bus.attach(lambda topic, id, note: carried.append((topic, id, note)))
    bus.ring("expert", id)
    bus.send({"conversation": str(id)})
    detach()
    bus.ring("expert", id)

    assert carried == [("expert", str(id), None), ("", "", {"conversation": str(id)})]


def test_what_came_from_another_process_is_not_sent_back(id):
    carried: list[str] = []
    heard: list[str] = []
    bus.on("cache", heard.append)
    detach = bus.attach(lambda topic, id, note: carried.append(id))

    bus.heard("cache", str(id))
    detach()

    assert (heard, carried) == ([str(id)], [])


def test_a_note_reaches_everybody_who_listens_to_notes(id):
    heard: list[bus.Note] = []
    bus.on_note(heard.append)

    bus.send({"conversation": str(id), "text": "Hel"})

    assert heard == [{"conversation": str(id), "text": "Hel"}]
