"""A page of a real browser, and how a person uses the console in it."""

import re
import shutil
from dataclasses import dataclass, field

import pytest
from playwright.sync_api import ConsoleMessage, Locator, Page, expect

from tests import live
from tests.people import PASSWORD

# The first needs a quarter less of the processor.
PROGRAMS = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")
CHROMIUM = next(filter(None, map(shutil.which, PROGRAMS)), None)
MILLISECONDS = 1000 * live.PATIENCE

in_browser = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine: the console is not tested"),
]


@dataclass
class Tab:
    """A page, and what its console complained about."""

    page: Page
    url: str
    complaints: list[str] = field(default_factory=list)

    def hear(self, message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"}:
            self.complaints.append(message.text)

    @property
    def defects(self) -> list[str]:
        """Without requests that failed: some tests make them fail."""
        return [text for text in self.complaints if "Failed to load resource" not in text and "WebSocket" not in text]

    def enter(self, username: str) -> None:
        """The console, by the sign-in that this profile has, or by a new one."""
        self.page.goto(self.url)
        asked = self.page.get_by_label("Username")
        entered = self.page.get_by_role("button", name="New conversation")
        expect(asked.or_(entered).filter(visible=True)).to_be_visible()
        if asked.is_visible():
            self._identify(username, PASSWORD)

    def sign_in(self, username: str, password: str = PASSWORD) -> None:
        self.page.goto(self.url)
        self._identify(username, password)

    def _identify(self, username: str, password: str) -> None:
        self.page.get_by_label("Username").fill(username)
        self.page.get_by_label("Password").fill(password)
        self.page.get_by_role("button", name="Sign in").click()

    def start(self) -> str:
        """Begin a conversation. Returns its id."""
        before = self.page.url
        self.page.get_by_role("button", name="New conversation").click()
        self.page.wait_for_url(lambda url: "#/c/" in url and url != before)
        expect(self.field).to_be_visible()
        return self.conversation

    def say(self, text: str) -> None:
        self.field.fill(text)
        self.field.press("Enter")

    def hear_answers(self, count: int) -> None:
        """Wait until so many answers are complete."""
        expect(self.page.locator(".turn.answer:not([data-live])")).to_have_count(count)

    def watch_the_answer(self) -> None:
        """Note in `seen` every text that an unfinished answer shows from now on."""
        self.watch("[data-live] .body")

    def watch(self, selector: str) -> None:
        """Note in `seen` every text that the first such element shows from now on."""
        self.page.evaluate(
            """(selector) => {
                window.seen = [];
                const look = () => {
                    const text = document.querySelector(selector)?.innerText;
                    if (text && text !== window.seen.at(-1)) window.seen.push(text);
                };
                const all = {subtree: true, childList: true, characterData: true};
                new MutationObserver(look).observe(document.body, all);
            }""",
            selector,
        )

    @property
    def seen(self) -> list[str]:
        texts: list[str] = self.page.evaluate("window.seen")
        return texts

    @property
    def conversation(self) -> str:
        """The id of the open one."""
        return self.page.url.rpartition("/")[2]

    @property
    def field(self) -> Locator:
        return self.page.get_by_role("textbox", name=re.compile("^Message in "))

    @property
    def said(self) -> Locator:
        return self.page.locator(".turn .body")

    def choose(self, action: str) -> None:
        """Pick an action for the open conversation."""
        self.page.get_by_label("Actions for this conversation").click()
        self.page.locator("#menu").get_by_role("button", name=action).click()

    def confirm(self, action: str) -> None:
        self.page.get_by_role("dialog").get_by_role("button", name=action).click()


def squeezed(text: str) -> str:
    """As one line: how a page wraps a text is not what it says."""
    return " ".join(text.split())
