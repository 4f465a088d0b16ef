"""A filter that breaks in any way refuses, soon, and is counted; one that only watches changes nothing."""

import time
from uuid import UUID

import pytest

from contexts.models import Message
from project import metrics
from security import chain, screening
from security.material import Material
from security.screening import Action, Finding
from security.screening_models import KeptFinding
from tests.problem import problem

HOUR = 3600


@screening.register("test_sleeping")
def sleeping(material):
    if "sleep" in material.whole:
        released.acquire(timeout=HOUR)
    return []


@screening.register("test_spinning", deadline=0.02)
def spinning(material):
    while "spin" in material.whole and not stop:
        pass
    return []


@screening.register("test_busy")
def busy(material):
    until = time.thread_time() + 0.04
    while time.thread_time() < until:
        pass
    return []


@screening.register("test_spinning_open", deadline=0.02, fail_open=True)
def spinning_open(material):
    return spinning(material)


@screening.register("test_waiting")
def waiting(material):
    time.sleep(0.12)
    return []


@screening.register("test_garbage")
def garbage(material):
    return ["nothing that filters say"]


@screening.register("test_beyond")
def beyond(material):
    yield Finding("beyond", (0, len(material.whole) + 1), "low")


@screening.register("test_open", fail_open=True)
def open_crash(material):
    raise ZeroDivisionError


@screening.register("test_secret")
def secret(material):
    start = material.whole.find("hunter2")
    if start >= 0:
        yield Finding("secret", (start, start + 7), "high", action=Action.REDACT, mask="[secret]")


@screening.register("test_never")
def never(material):
    if "never" in material.whole:
        yield Finding("never", (0, 5), "high", action=Action.BLOCK, public="Not here.")


class Gate:
    """What hangs in it goes on once a test is over."""

    def __init__(self):
        self.open = False

    def acquire(self, timeout):
        while not self.open:
            time.sleep(0.01)


released = Gate()
stop: list[bool] = []


@pytest.fixture
def hanging(settings):
    settings.SCREENING_SECONDS = 0.05
    yield
    released.open = True
    stop.append(True)
    until = time.monotonic() + 10
    while chain.hung() and time.monotonic() < until:
        time.sleep(0.01)
    released.open = False
    stop.clear()


@pytest.fixture
def post(ada, conversation):
    return lambda **body: ada.post(f"/api/v1/conversations/{conversation.id}/messages/", body)


def failures(name, kind):
    return metrics.screening_failures.labels(name, kind)._value.get()


@pytest.mark.parametrize(("name", "text"), [("test_sleeping", "sleep"), ("test_spinning", "spin")])
def test_a_filter_that_hangs_refuses_and_the_next_message_is_read(post, settings, hanging, name, text):
    settings.FILTERS = [name]
    before = failures(name, "hung")

    problem(post(text=text), 503, "screening_unavailable")

    assert chain.hung() == 1
    assert failures(name, "hung") == before + 1
    assert post(text="fine").status_code == 202


def test_when_too_many_hang_on_texts_of_a_workspace_its_texts_are_read_no_more(post, eve, settings, hanging, caplog):
    settings.FILTERS, settings.SCREENING_SECONDS = ["test_sleeping"], 0.001
    before = failures("all", "too_many_hang")
    for _ in range(chain.MOST_HUNG_OF_ONE):
        problem(post(text="sleep"), 503, "screening_unavailable")

    problem(post(text="fine"), 503, "screening_unavailable")

    assert chain.hung() == chain.MOST_HUNG_OF_ONE
    assert failures("all", "too_many_hang") == before + 1
    assert "restart this process" in caplog.text
    settings.SCREENING_SECONDS = 0.25
    own = eve.post("/api/v1/workspaces/", {"name": "Elsewhere"}).json()["id"]
    assert eve.post("/api/v1/conversations/", {"workspace": own, "title": "fine"}).status_code == 201


def test_when_too_many_hang_in_all_no_more_are_asked(settings, hanging):
    settings.FILTERS, settings.SCREENING_SECONDS = ["test_sleeping"], 0.001
    for number in range(chain.MOST_HUNG):
        with pytest.raises(screening.ScreeningFailed):
            screening.screen(Material("sleep", workspace=UUID(int=number)))

    with pytest.raises(screening.ScreeningFailed):
        screening.screen(Material("fine", workspace=UUID(int=chain.MOST_HUNG)))

    assert chain.hung() == chain.MOST_HUNG


@pytest.mark.parametrize("name", ["test_garbage", "test_beyond"])
def test_garbage_refuses(post, settings, name):
    settings.FILTERS = [name]

    problem(post(text="Hello"), 503, "screening_unavailable")


def test_what_a_filter_that_fails_open_breaks_on_is_read_by_the_others(post, settings):
    settings.FILTERS = ["test_open", "test_never"]

    assert post(text="Hello").status_code == 202
    problem(post(text="never this"), 422, "message_blocked")


def test_one_that_fails_open_and_hangs_leaves_its_time_to_the_others(post, settings, hanging):
    settings.FILTERS, settings.SCREENING_SECONDS = ["test_spinning_open", "test_busy"], 0.25

    assert post(text="spin").status_code == 202


def test_waiting_takes_no_processor_time_from_those_that_come_after_a_crash(post, settings):
    settings.FILTERS, settings.SCREENING_SECONDS = ["test_waiting", "test_open", "test_busy"], 0.1

    assert post(text="Hello").status_code == 202


def test_a_shadow_filter_is_kept_and_changes_nothing(post, settings):
    settings.FILTERS, settings.FILTER_MODES = ["test_never"], {"test_never": "shadow"}

    assert post(text="never this").status_code == 202

    assert [(found.mode, found.action) for found in KeptFinding.objects.all()] == [("shadow", "block")]


def test_a_filter_that_is_off_is_not_asked(post, settings):
    settings.FILTERS, settings.FILTER_MODES = ["test_garbage"], {"test_garbage": "off"}

    assert post(text="Hello").status_code == 202


def test_what_is_redacted_is_stored_as_sent_and_shown_masked(post, settings):
    settings.FILTERS = ["test_secret"]

    post(text="it is hunter2!", parts=[{"type": "data", "data": {"pw": ["x"]}}], metadata={"note": "fine"})

    message = Message.objects.get(role="user")
    assert message.text == "it is [secret]!"
    assert message.original
    assert message.original["text"] == "it is hunter2!"
    [found] = KeptFinding.objects.filter(message=message.id)
    assert (found.path, found.start, found.end, found.evidence) == (
        "/text",
        6,
        13,
        "it is [secret]!\npw\nx\nnote\nfine",
    )


@pytest.mark.parametrize(
    "body",
    [
        {"parts": [{"type": "text", "text": "hunter2"}]},
        {"parts": [{"type": "data", "data": {"a": [1, {"b": "hunter2"}]}}]},
        {"parts": [{"type": "data", "data": {"hunter2": 1}}]},
        {"text": "x", "metadata": {"note": "hunter2"}},
    ],
)
def test_every_string_of_a_message_is_read_and_redacted(post, settings, body):
    settings.FILTERS = ["test_secret"]

    assert post(**body).status_code == 202

    message = Message.objects.get(role="user")
    assert "hunter2" not in str([message.text, message.parts, message.metadata])
    assert "[secret]" in str([message.text, message.parts, message.metadata])


def test_what_is_blocked_leaves_findings_alone(post, settings):
    settings.FILTERS = ["test_never"]

    body = problem(post(text="never this"), 422, "message_blocked")

    assert body["detail"] == "Not here."
    assert not Message.objects.exists()
    assert KeptFinding.objects.get().message is None
