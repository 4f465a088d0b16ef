"""The adapter for HTTP: what each kind of far side comes to, in the words of the contract."""

import asyncio
import base64
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from asgiref.sync import async_to_sync

from integrations import adapters
from integrations.contract import Failure, Given, Later, Progress, Question, Rejection, Result, SignIn, Task, Unwell
from integrations.outgoing import Unreachable
from project import logs
from tests import ports
from tests.experts_app.far_side import SECRET, FarSide
from tests.modes import once

pytestmark = once

OTHER = "whsec_" + base64.b64encode(b"an older secret of theirs").decode()


def adapter(url, *secrets):
    return adapters.REGISTRY["http"].make(Given("far", "Far", "", (), {"url": url}, secrets or (SECRET,), ours=True))


def task(do="answer", seconds=30.0, **more):
    input = {"text": "one two three", "do": do}
    ids = {"id": uuid4(), "conversation": uuid4(), "workspace": uuid4(), "asker": uuid4()}
    ends = datetime.now(UTC) + timedelta(seconds=seconds)
    usual = {"expert": "far", "skill": "count", "input": input, "deadline": ends, "attempt": 1, **ids}
    return Task(**{**usual, **more})


def said(updates):
    """All of them."""

    async def listen():
        return [update async for update in updates]

    return asyncio.run(listen())


def started(far: FarSide, do: str, **more):
    return said(adapter(far.url).start(task(do, **more)))


@pytest.mark.parametrize(
    ("do", "updates"),
    [
        ("answer", [Result({"words": 3}, "There are 3 words.")]),
        ("poll", [Later("far-1", 0.2)]),
        ("ask", None),
        ("sign_in", [SignIn("Sign in over there.")]),
        ("fail", [Failure("no_luck", "It did not work.")]),
        ("reject", [Rejection("Not this.")]),
        ("busy", [Failure("expert_busy", "It has no time now.", 1.0)]),
        ("refuse", [Failure("expert_refused", "It answered 400.")]),
        ("crash", [Failure("unreachable", "It could not be reached.", 1.0)]),
        ("lie", [Failure("bad_answer", "Its answer could not be read.")]),
        ("nonsense", [Failure("bad_answer", "Its answer could not be read.")]),
        ("redirect", [Failure("bad_answer", "Its answer could not be read.")]),
        ("bomb", [Failure("bad_answer", "Its answer could not be read.")]),
        ("oversize", [Failure("answer_too_large", "It answered more than is read.")]),
    ],
)
def test_what_a_far_side_answers_is_told_in_the_words_of_the_contract(far, do, updates):
    found = started(far, do)

    if do == "ask":
        assert isinstance(found[0], Question)
        assert found[0].prompt == "Which colour?"
    else:
        assert found == updates
    assert far.types() == ["delegation.start"]


@pytest.mark.parametrize("do", ["hang", "hang_after", "drip"])
def test_far_side_that_takes_too_long_is_left(far, do):
    found = started(far, do, seconds=1.0)

    assert found == [Failure("no_answer", "It did not answer in time.")]


def test_progress_and_what_follows_are_told_of_a_poll(far):
    asked = task("poll")
    way = adapter(far.url)
    said(way.start(asked))

    found = said(way.poll(asked))

    assert found == [Progress(0.5, "Half of it."), Later("", 0.2)]


def test_repeated_step_has_the_id_that_it_had_and_another_step_has_another(far):
    first = task("ask")
    way = adapter(far.url)

    for attempt, step in [(1, "start"), (2, "start"), (3, "resume"), (4, "resume")]:
        again = Task(**{**vars(first), "attempt": attempt, "turn": 1 if step == "resume" else 0})
        said(way.start(again) if step == "start" else way.resume(again, {"colour": "red"}))
    said(way.resume(Task(**{**vars(first), "turn": 2}), {"colour": "red"}))
    async_to_sync(way.cancel)(first)

    names = [id.partition(".")[2] for id in far.ids]
    assert names == ["start", "start", "resume.1", "resume.1", "resume.2", "cancel"]
    assert {id.partition(".")[0] for id in far.ids} == {str(first.id)}


def test_while_a_secret_is_replaced_the_far_side_may_know_either(far):
    far.secret = OTHER

    assert isinstance(said(adapter(far.url, SECRET, OTHER).start(task()))[0], Result)
    assert said(adapter(far.url, SECRET).start(task())) == [Failure("expert_refused", "It answered 401.")]


@pytest.mark.parametrize("secret", ["", "whsec_", "x", SECRET[6:], f"{SECRET[:30]}!{SECRET[30:]}", "whsec_c2hvcnQ="])
def test_nothing_is_sent_unsigned(far, secret):
    way = adapters.REGISTRY["http"].make(
        Given("far", "Far", "", (), {"url": far.url}, (secret,) if secret else (), ours=True)
    )

    found = said(way.start(task()))

    assert found[0].reason == "expert_broken"
    assert far.heard == []


def test_far_side_is_not_told_for_whom_it_works(far):
    asked = task()

    said(adapter(far.url).start(asked))

    assert str(asked.asker) not in str(far.heard)


def test_request_id_goes_with_the_call(far):
    with logs.bind(request_id="request-7"):
        started(far, "answer")

    assert far.headers[0]["x-request-id"] == "request-7"


def test_far_side_describes_itself(far):
    found = async_to_sync(adapter(far.url).describe)()

    assert (found.name, [skill.name for skill in found.skills]) == ("Far counter", ["count"])
    async_to_sync(adapter(far.url).health)()


def test_what_is_wrong_is_told_without_addresses_and_logged_with_them(far, settings, caplog):
    settings.OUTGOING_ALLOW = []

    [failure] = started(far, "answer")

    assert failure == Failure("address_refused", "Its address is not one that may be asked.")
    with pytest.raises(Unwell, match=r"^Its address is not one that may be asked\.$"):
        async_to_sync(adapter(far.url).health)()
    assert far.heard == []
    assert "127.0.0.1" in caplog.text


def test_expert_of_a_workspace_goes_to_public_addresses_alone(far):
    way = adapters.REGISTRY["http"].make(Given("far", "Far", "", (), {"url": far.url}, (SECRET,)))

    [failure] = said(way.start(task()))

    assert (failure.reason, far.heard) == ("address_refused", [])


@pytest.mark.parametrize(
    ("told", "seconds"),
    [
        *(("7", 7.0), ("", 1.0), ("soon", 1.0), ("9" * 400, 86400.0), ("Fri, 31 Dec 9999 23:59:59 GMT", 86400.0)),
        *(("Fri, 31 Dec 0001 23:59:59 +2300", 1.0), ("Fri, 31 Dec 99999999999999999999 23:59:59 GMT", 1.0)),
        ("Mon, 01 Jan 0001 00:00:00 +9999999999999999", 1.0),
    ],
)
def test_a_busy_far_side_is_given_a_day_at_most(far, told, seconds):
    far.pause = told

    [failure] = started(far, "busy")

    assert failure == Failure("expert_busy", "It has no time now.", seconds)


def test_cancel_that_nobody_hears_is_told(settings):
    with ports.held() as nobody:
        address = f"127.0.0.1:{ports.number(nobody)}"
        settings.OUTGOING_ALLOW = [address]

        with pytest.raises(Unreachable):
            async_to_sync(adapter(f"http://{address}/").cancel)(task())
