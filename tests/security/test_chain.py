"""A filter that breaks in any way refuses, soon, and is counted; one that only watches changes nothing."""

import time
from typing import Any
from uuid import uuid4

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


asked: list[str] = []


@screening.register("test_asked")
def notes(material):
    asked.append(material.whole)
    return []


@screening.register("test_closed_crash")
def closed_crash(material):
    raise ZeroDivisionError


@screening.register("test_refused_in_shadow")
def refusing(material):
    raise screening.MessageBlocked("No.")


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


HANGING = [("test_sleeping", "sleep", "hung"), ("test_spinning", "spin", "spent")]


@pytest.mark.parametrize(("name", "text", "how"), HANGING)
def test_a_filter_that_hangs_refuses_and_the_next_message_is_read(post, settings, hanging, name, text, how):
    settings.FILTERS = [name]
    before = failures(name, how)

    problem(post(text=text), 503, "screening_unavailable")

    assert chain.hung() == 1
    assert failures(name, how) == before + 1
    assert post(text="fine").status_code == 202


def test_a_long_text_that_takes_too_long_is_too_much(post, settings, hanging):
    settings.FILTERS = ["test_spinning"]

    problem(post(text="spin " * 5000), 413, "too_much_to_screen")

    assert post(text="fine " * 5000).status_code == 202


def test_when_too_many_hang_on_texts_of_a_workspace_its_texts_are_read_no_more(post, eve, settings, hanging, caplog):
    settings.FILTERS, settings.SCREENING_SECONDS = ["test_sleeping"], 0.001
    before = failures("all", "too_many_hang")
    while chain.hung() < chain.MOST_HUNG_OF_ONE:  # one that was given up before the filter began hangs nowhere
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
    while chain.hung() < chain.MOST_HUNG:
        with pytest.raises(screening.ScreeningFailed):
            screening.screen(Material("sleep", workspace=uuid4()))

    with pytest.raises(screening.ScreeningFailed):
        screening.screen(Material("fine", workspace=uuid4()))

    assert chain.hung() == chain.MOST_HUNG


WELL_MADE: dict[str, Any] = {"rule": "garbage", "span": (0, 1), "severity": "low"}
GARBAGE: dict[str, dict[str, Any]] = {
    "no span": {"span": None},
    "span of text": {"span": ("a", "b")},
    "half a span": {"span": (1,)},
    "span of floats": {"span": (0.0, 1.0)},
    "score of text": {"score": "hi"},
    "no number": {"score": float("nan")},
    "sure beyond measure": {"score": 2.0},
    "no rule": {"rule": None},
    "mask of numbers": {"mask": 5},
    "unknown action": {"action": "explode"},
    "unknown mode": {"mode": "sometimes"},
}


@screening.register("test_ill_made")
def ill_made(material):
    yield Finding(**WELL_MADE | GARBAGE.get(material.whole, {}))


@pytest.mark.parametrize("name", ["test_garbage", "test_beyond"])
def test_garbage_refuses(post, settings, name):
    settings.FILTERS = [name]

    problem(post(text="Hello"), 503, "screening_unavailable")


@pytest.mark.parametrize("kind", GARBAGE)
def test_a_finding_that_is_ill_made_refuses_and_is_counted(post, settings, kind):
    settings.FILTERS = ["test_ill_made"]
    before = failures("test_ill_made", "garbage")

    problem(post(text=kind), 503, "screening_unavailable")

    assert failures("test_ill_made", "garbage") == before + 1
    assert post(text="well made").status_code == 202


@pytest.mark.parametrize("name", ["test_open", "test_garbage", "test_closed_crash"])
def test_a_filter_that_breaks_in_shadow_refuses_nothing(post, settings, name):
    settings.FILTERS, settings.FILTER_MODES = [name, "test_never"], {name: "shadow"}

    assert post(text="Hello").status_code == 202
    problem(post(text="never this"), 422, "message_blocked")


def test_what_a_filter_in_shadow_would_refuse_is_a_finding(post, settings):
    settings.FILTERS, settings.FILTER_MODES = ["test_refused_in_shadow"], {"test_refused_in_shadow": "shadow"}

    assert post(text="Hello").status_code == 202

    assert [(found.rule, found.action, found.mode) for found in KeptFinding.objects.all()] == [
        ("refused", "block", "shadow")
    ]


def test_strings_of_data_have_a_bound_together(post, settings):
    settings.DATA_LIMIT = 1000
    parts = [{"type": "data", "data": {"list": ["x" * 100] * 20}}]

    refused = post(text="x" * settings.MESSAGE_LIMIT, parts=parts)

    assert "1000" in problem(refused, 413, "message_too_long")["detail"]
    assert post(text="fine", parts=parts).status_code == 202


def test_what_is_left_behind_begins_no_further_filter(post, settings, hanging):
    settings.FILTERS = ["test_sleeping", "test_asked"]

    problem(post(text="sleep"), 503, "screening_unavailable")
    released.open = True
    until = time.monotonic() + 10
    while chain.hung() and time.monotonic() < until:
        time.sleep(0.01)

    assert (chain.hung(), asked) == (0, [])


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
