"""The browser's own EventSource, opened with a ticket: it comes back by itself, through a restart of the server."""

from playwright.sync_api import Page

from tests.browser.tab import Tab, in_browser
from tests.deployment import Server
from tests.dispatch import wire
from tests.dispatch.transcript import Transcript
from tests.live import FINAL, LivePerson
from tests.modes import once
from tests.speaking_app.prompter import Prompter

pytestmark = [*in_browser, once]

TYPES = ["message.received", "message.delta", "message.completed", "run.queued", "run.started", *FINAL]
LISTEN = """({path, ticket, types}) => {
    window.heard = [];
    window.source = new EventSource(`${path}?ticket=${ticket}`);
    for (const type of [...types, "stream.ready", "stream.reset", "stream.end"])
        source.addEventListener(type, (event) => heard.push({...JSON.parse(event.data), kept: event.lastEventId}));
}"""
CLOSED = 2


def listen(page: Page, person: LivePerson, path: str) -> None:
    """Open an EventSource in the page, as one that may not send a header."""
    ticket = person.http.post("/api/v1/auth/ticket", json={"target": path}).json()["ticket"]
    page.evaluate(LISTEN, {"path": path, "ticket": ticket, "types": TYPES})
    hear(page, "stream.ready")


def heard(page: Page) -> Transcript:
    """What the page has put together by now."""
    transcript = Transcript()
    transcript.take_all(page.evaluate("heard"))
    return transcript


def hear(page: Page, type: str) -> None:
    page.wait_for_function("(type) => heard.some((event) => event.type === type)", arg=type)


def test_native_event_source_goes_on_after_a_restart_in_mid_answer(
    tab: Tab, live_ada: LivePerson, server: Server, prompter: Prompter
) -> None:
    conversation, text = live_ada.conversation(), "caf\u00e9 \U0001f415 " * 20
    tab.page.goto(tab.url)
    listen(tab.page, live_ada, wire.path(conversation))
    wire.recite(live_ada, conversation, text, prompter)
    prompter.allow(30)
    hear(tab.page, "message.delta")

    server.restart()
    prompter.allow(len(text))
    hear(tab.page, "run.completed")

    events = tab.page.evaluate("heard")
    resumed = [event["data"]["resumed"] for event in events if event["type"] == "stream.ready"]
    assert resumed == [False] + [True] * (len(resumed) - 1)
    assert len(resumed) > 1  # more than once where it came back while the server still drained
    assert "stream.reset" not in {event["type"] for event in events}
    assert heard(tab.page).events == [{**event, "kept": event["id"]} for event in live_ada.events(conversation)]
    assert wire.completed(events) == text
    assert tab.page.evaluate("source.readyState") != CLOSED


def test_native_event_source_of_a_run_closes_itself_once_the_run_is_over(tab: Tab, live_ada: LivePerson) -> None:
    conversation = live_ada.conversation()
    run = live_ada.say(conversation, "Hello").json()["run"]
    tab.page.goto(tab.url)

    listen(tab.page, live_ada, f"/api/v1/runs/{run}/events/")
    tab.page.wait_for_function("() => source.readyState === EventSource.CLOSED")

    own = [event for event in live_ada.settled(conversation, 1) if event["run"] == run]
    assert heard(tab.page).events == [{**event, "kept": event["id"]} for event in own]
    assert tab.page.evaluate("heard.at(-1).data") == {"reason": "finished"}
