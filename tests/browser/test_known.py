"""What the assistant knows, beside the conversation: looked at, pinned, corrected and forgotten by people."""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from playwright.sync_api import Locator, Route, expect

from tests.browser.tab import Tab, in_browser
from tests.browser.test_access import nameless
from tests.live import LivePerson
from tests.modes import once

pytestmark = [*in_browser, once]

MAIL = "grace@example.com"


def panel(tab: Tab) -> Locator:
    return tab.page.get_by_role("complementary", name="What the assistant knows")


def look(tab: Tab) -> Locator:
    """Open the panel, and wait until it is read."""
    tab.page.get_by_role("button", name="Known").click()
    expect(panel(tab).get_by_role("heading", name="Recognised")).to_be_visible()
    return panel(tab)


@contextmanager
def viewer(owner: LivePerson, username: str) -> Iterator[None]:
    """An editor may only read meanwhile."""
    workspace = owner.http.get("/api/v1/workspaces/").json()["results"][0]["id"]
    members = f"/api/v1/workspaces/{workspace}/members/"
    [id] = [one["id"] for one in owner._pages(members) if one["user"]["username"] == username]
    owner.http.patch(f"{members}{id}/", json={"role": "viewer"}).raise_for_status()
    yield
    owner.http.patch(f"{members}{id}/", json={"role": "editor"}).raise_for_status()


@contextmanager
def held(tab: Tab, method: str) -> Iterator[Callable[[], None]]:
    """Requests about entities wait until they are let go."""
    waiting: list[Route] = []

    def wait(route: Route) -> None:
        if route.request.method == method:
            waiting.append(route)
        else:
            route.continue_()

    def let_go() -> None:
        for route in waiting:
            route.continue_()

    tab.page.route("**/entities/**", wait)
    yield let_go
    tab.page.unroute("**/entities/**")


@pytest.fixture
def told(ada_at: Tab) -> Tab:
    """Ada, in a conversation that names an address."""
    ada_at.say(f"Write to {MAIL} please")
    ada_at.hear_answers(1)
    return ada_at


def test_the_panel_shows_what_there_is_and_says_where_there_is_nothing(ada_at):
    known = look(ada_at)

    expect(known.get_by_text("Nothing has been said yet.")).to_be_visible()
    expect(known.get_by_text("Nothing is pinned.")).to_be_visible()
    expect(known.get_by_text("Nothing was recognised yet")).to_be_visible()
    expect(known.get_by_label("Tokens in use")).to_be_visible()


def test_what_is_said_and_recognised_appears_without_a_reload(ada_at):
    known = look(ada_at)

    ada_at.say(f"Write to {MAIL} please")

    expect(known.get_by_text(MAIL, exact=True)).to_be_visible()
    expect(known.get_by_text("It reads all 2 messages word by word.")).to_be_visible()


def test_a_note_is_pinned_and_unpinned(ada_at):
    known = look(ada_at)

    known.get_by_label("Add a note").fill("Speak plainly")
    known.get_by_role("button", name="Pin the note").click()

    expect(known.get_by_role("list", name="Pinned")).to_contain_text("Speak plainly")
    expect(known.get_by_label("Add a note")).to_have_value("")
    known.get_by_role("button", name="Unpin: Speak plainly").click()
    expect(known.get_by_text("Nothing is pinned.")).to_be_visible()
    expect(known.get_by_role("heading", name="Pinned")).to_be_focused()


def test_a_message_is_pinned_where_it_stands_and_shown_from_its_pin(told):
    known = look(told)

    told.page.locator(".turn.question").hover()
    told.page.locator(".turn.question").get_by_role("button", name=re.compile("^Pin message")).click()

    pinned = known.get_by_role("list", name="Pinned")
    expect(pinned).to_contain_text(f"Write to {MAIL} please")
    pinned.get_by_role("button", name=re.compile("^Show the message")).click()
    expect(told.page.locator(".turn.question")).to_be_focused()


def test_an_entity_is_corrected_in_its_row(told):
    known = look(told)

    known.get_by_role("button", name=f"Correct {MAIL}").click()
    field = known.get_by_role("textbox", name=f"Correct {MAIL}")
    expect(field).to_be_focused()
    field.fill("ada@example.com")
    field.press("Enter")

    expect(known.get_by_text("ada@example.com", exact=True)).to_be_visible()
    expect(known.get_by_text(MAIL, exact=True)).to_have_count(0)
    expect(known.get_by_role("button", name="Correct ada@example.com")).to_be_focused()


def test_a_correction_that_is_saved_leaves_another_one_open(ada_at):
    other = "hopper@example.com"
    ada_at.say(f"Write to {MAIL} and {other} please")
    ada_at.hear_answers(1)
    known = look(ada_at)
    known.get_by_role("button", name=f"Correct {MAIL}").click()
    known.get_by_role("textbox", name=f"Correct {MAIL}").fill("ada@example.com")

    with held(ada_at, "PATCH") as let_go:
        known.get_by_role("button", name="Save").click()
        known.get_by_role("button", name=f"Correct {other}").click()
        known.get_by_role("textbox", name=f"Correct {other}").fill("typed")
        let_go()

    expect(known.get_by_text("ada@example.com", exact=True)).to_be_visible()
    expect(known.get_by_role("textbox", name=f"Correct {other}")).to_have_value("typed")


def test_escape_leaves_the_correction_first_and_the_panel_next(told):
    known = look(told)
    known.get_by_role("button", name=f"Correct {MAIL}").click()

    told.page.keyboard.press("Escape")
    expect(known.get_by_role("button", name=f"Correct {MAIL}")).to_be_focused()
    told.page.keyboard.press("Escape")

    expect(known).to_be_hidden()
    expect(told.page.get_by_role("button", name="Known")).to_be_focused()


def test_an_entity_is_pinned_and_the_button_keeps_the_focus(told):
    pin = look(told).get_by_role("button", name=f"Pin {MAIL}")

    pin.press("Enter")

    expect(pin).to_have_attribute("aria-pressed", "true")
    expect(pin).to_be_focused()


def test_what_is_forgotten_is_gone_and_stays_so(told):
    known = look(told)

    known.get_by_role("button", name=f"Forget {MAIL}").click()
    told.confirm("Forget")
    expect(known.get_by_text(MAIL, exact=True)).to_have_count(0)
    told.say(f"Again: {MAIL}")
    told.hear_answers(2)

    expect(known.get_by_text("It reads all 4 messages word by word.")).to_be_visible()
    expect(known.get_by_text(MAIL, exact=True)).to_have_count(0)


def test_what_is_refused_is_told_in_the_panel(ada_at):
    known = look(ada_at)
    for number in range(20):
        note = known.get_by_label("Add a note")
        note.fill(f"Note {number}")
        known.get_by_role("button", name="Pin the note").click()
        expect(note).to_have_value("")

    known.get_by_label("Add a note").fill("One too many")
    known.get_by_role("button", name="Pin the note").click()

    expect(known.get_by_role("alert")).to_contain_text("at most 20")
    expect(known.get_by_label("Add a note")).to_have_value("One too many")


def test_one_panel_is_open_at_a_time(ada_at):
    known = look(ada_at)

    ada_at.page.get_by_role("button", name="Log", exact=True).click()

    expect(known).to_be_hidden()
    expect(ada_at.page.get_by_role("complementary", name="Event log")).to_be_visible()


def test_what_one_pins_another_sees(open_tab):
    ada, bob = open_tab(), open_tab()
    ada.sign_in("ada")
    id = ada.start()
    bob.sign_in("bob")
    bob.page.locator(f"a[href='#/c/{id}']").click()
    expect(bob.field).to_be_visible()
    shared = look(bob)

    known = look(ada)
    known.get_by_label("Add a note").fill("For all of us")
    known.get_by_role("button", name="Pin the note").click()

    expect(shared.get_by_role("list", name="Pinned")).to_contain_text("For all of us")


def test_who_only_reads_has_no_buttons(open_tab, live_ada):
    ada, bob = open_tab(), open_tab()
    ada.sign_in("ada")
    id = ada.start()
    ada.say(f"Write to {MAIL} please")
    ada.hear_answers(1)
    bob.sign_in("bob")
    bob.page.locator(f"a[href='#/c/{id}']").click()
    known = look(bob)
    expect(known.get_by_role("button", name=f"Forget {MAIL}")).to_be_visible()

    with viewer(live_ada, "bob"):
        expect(known.get_by_role("button", name=f"Forget {MAIL}")).to_have_count(0)
        expect(known.get_by_text(MAIL, exact=True)).to_be_visible()
        expect(known.get_by_label("Add a note")).to_be_hidden()
        expect(bob.page.get_by_role("button", name=re.compile("^Pin message"))).to_have_count(0)


def test_on_a_phone_the_panel_is_a_sheet_with_names_for_everything(open_tab):
    phone = open_tab(390)
    phone.sign_in("ada")
    phone.start()
    phone.say(f"Write to {MAIL} please")
    phone.hear_answers(1)

    known = look(phone)

    box = known.bounding_box()
    assert box is not None
    assert box["width"] == 390
    nameless(phone.page, "the panel")
    known.get_by_role("button", name="Close what the assistant knows").click()
    expect(phone.page.get_by_role("button", name="Known")).to_be_focused()
