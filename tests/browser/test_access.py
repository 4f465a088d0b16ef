"""The console without a mouse, without a screen, and on a narrow one."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.tab import in_browser
from tests.modes import once
from tests.people import PASSWORD

NAMED_ROLES = {"button", "link", "textbox", "combobox", "checkbox", "region", "navigation", "complementary", "dialog"}

pytestmark = [*in_browser, once]


def test_the_whole_way_by_keyboard(tab):
    page, keyboard = tab.page, tab.page.keyboard
    page.goto(tab.url)
    expect(page.get_by_label("Username")).to_be_focused()
    keyboard.type("ada")
    keyboard.press("Tab")
    keyboard.type(PASSWORD)
    keyboard.press("Enter")
    expect(page.get_by_role("navigation", name="Conversations")).to_be_visible()

    reach(page, "create")
    keyboard.press("Enter")
    expect(tab.field).to_be_focused()
    keyboard.type("/echo typed")
    keyboard.press("Shift+Enter")
    keyboard.type("in two lines")
    keyboard.press("Enter")
    expect(tab.said.last).to_have_text("typed\nin two lines", use_inner_text=True)

    reach(page, "log-toggle")
    keyboard.press("Enter")
    expect(page.get_by_role("region", name=re.compile("^Events"))).to_be_focused()
    keyboard.press("Escape")
    expect(page.locator("#log-toggle")).to_be_focused()
    keyboard.press("Tab")
    keyboard.press("Enter")
    keyboard.press("Tab")
    keyboard.press("Enter")
    expect(page.get_by_label("Title")).to_be_focused()
    keyboard.type("By hand")
    keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("By hand")


def test_the_skip_link_leads_to_the_conversation(ada_at):
    ada_at.page.reload()
    expect(ada_at.field).to_be_visible()
    ada_at.page.locator("[data-skip]").focus()

    ada_at.page.keyboard.press("Enter")

    expect(ada_at.page.locator("#conversation")).to_be_focused()
    assert "#/c/" in ada_at.page.url


def test_a_screen_reader_hears_whole_answers_only(ada_at):
    ada_at.page.evaluate(
        """() => {
            window.heard = [];
            const place = document.getElementById("announcer");
            new MutationObserver(() => window.heard.push(place.textContent)).observe(place, {childList: true});
        }"""
    )

    ada_at.say("Hello")
    ada_at.hear_answers(1)
    ada_at.page.wait_for_function("window.heard.length")

    assert ada_at.page.evaluate("window.heard") == [f"Answer: {ada_at.said.last.inner_text()}"]


@pytest.mark.parametrize("width", [1280, 360])
def test_every_control_has_a_name_and_nothing_is_wider_than_the_window(open_tab, width):
    tab = open_tab(width)
    tab.page.goto(tab.url)
    expect(tab.page.get_by_label("Username")).to_be_visible()
    nameless(tab.page, "signed out")
    tab.sign_in("ada")
    expect(tab.page.get_by_role("button", name="New conversation")).to_be_visible()
    nameless(tab.page, "the list")
    tab.start()
    tab.say(f"/echo ```\n{'wide ' * 100}\n```\n{'w' * 300}")
    tab.hear_answers(1)
    nameless(tab.page, "a conversation")
    tab.page.get_by_role("button", name="Log").click()
    nameless(tab.page, "the log")
    tab.page.get_by_role("button", name="Close the log").click()
    tab.choose("Delete")
    nameless(tab.page, "a dialog")


def reach(page: Page, id: str) -> None:
    """Press Tab until the control has the focus, as somebody without a mouse would."""
    expect(page.locator(f"#{id}")).to_be_enabled()
    for _ in range(60):
        if page.evaluate("document.activeElement.id") == id:
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"{id} cannot be reached with Tab")


def nameless(page: Page, where: str) -> None:
    """Fail for controls and landmarks without a name, and for a page that scrolls sideways."""
    tree = page.context.new_cdp_session(page).send("Accessibility.getFullAXTree")["nodes"]
    seen = [node for node in tree if not node["ignored"] and node["role"]["value"] in NAMED_ROLES]
    assert seen, where
    assert [node for node in seen if not node.get("name", {}).get("value")] == [], where
    assert page.evaluate("document.scrollingElement.scrollWidth <= innerWidth"), where
