"""The console against a real server: what a person does, and sees."""

import re

from playwright.sync_api import expect

from tests.browser.tab import in_browser, squeezed
from tests.dispatch.wire import recite
from tests.modes import once

HOSTILE = '<img src=x onerror="document.title=1"><script>document.title=2</script> javascript:alert(1)'

pytestmark = [*in_browser, once]


def test_a_wrong_password_is_told_beside_the_form_and_the_right_one_opens_the_board(tab):
    tab.sign_in("ada", "not the password")
    expect(tab.page.get_by_role("alert").first).to_contain_text("wrong")
    expect(tab.page.get_by_role("alert").first).to_contain_text("Request")

    tab.sign_in("ada")

    expect(tab.page.get_by_role("navigation", name="Conversations")).to_be_visible()
    assert (
        tab.page.evaluate("Object.values(localStorage).concat(Object.values(sessionStorage)).join()").count("ey") == 0
    )


def test_an_answer_grows_before_the_eyes_and_ends_as_it_was_stored(ada_at, live_ada, prompter):
    ada_at.watch_the_answer()
    text = " ".join(f"word-{number}" for number in range(30))

    recite(live_ada, ada_at.conversation, text, prompter)
    for number in (2, 12, 22):
        prompter.allow(70)
        expect(ada_at.page.locator("[data-live] .body")).to_contain_text(f"word-{number}")
    prompter.allow(len(text))
    ada_at.hear_answers(1)

    final = ada_at.said.last.inner_text()
    assert len(ada_at.seen) > 2
    assert all(squeezed(final).startswith(squeezed(part)) for part in ada_at.seen)
    assert squeezed(final) == squeezed(live_ada.messages(ada_at.conversation)[-1]["text"])


def test_the_first_words_become_the_title(ada_at):
    ada_at.say("Plan the launch\nand more")

    expect(ada_at.page.get_by_role("heading", level=1)).to_have_text("Plan the launch")
    expect(ada_at.page.get_by_role("link", name=re.compile("Plan the launch")).first).to_be_visible()


def test_a_line_that_begins_with_a_slash_is_an_action(ada_at):
    ada_at.say("/echo heard")

    expect(ada_at.said.last).to_have_text("heard")
    expect(ada_at.page.locator(".turn.question .chip").first).to_have_text("Action")


def test_reload_keeps_the_sign_in_the_conversation_and_what_was_said(ada_at):
    ada_at.say("/echo one")
    ada_at.hear_answers(1)

    ada_at.page.reload()

    expect(ada_at.said).to_have_text(["/echo one", "one"])
    ada_at.say("/echo two")
    expect(ada_at.said).to_have_text(["/echo one", "one", "/echo two", "two"])


def test_signing_out_leaves_nothing_to_come_back_to(ada_at):
    ada_at.page.get_by_role("button", name="Sign out").click()
    expect(ada_at.page.get_by_label("Username")).to_be_visible()

    ada_at.page.reload()

    expect(ada_at.page.get_by_label("Username")).to_be_visible()
    assert ada_at.page.context.cookies() == []


def test_a_refused_message_says_why_and_can_be_edited(ada_at):
    ada_at.say("x" * 100_001)

    expect(ada_at.page.locator("#composer-problem")).to_contain_text("100000")
    expect(ada_at.page.locator("#composer-problem")).to_contain_text("Request")
    ada_at.page.get_by_role("button", name="Edit").click()
    expect(ada_at.field).to_have_value(re.compile("^x{100001}$"))
    expect(ada_at.page.locator(".turn")).to_have_count(0)


def test_what_people_write_is_text_and_only_web_addresses_become_links(ada_at):
    ada_at.say(f"/echo {HOSTILE} and (https://example.org/a_(b)). \U0001f600 ```")

    ada_at.hear_answers(1)
    expect(ada_at.said.last).to_contain_text(HOSTILE)
    links = ada_at.said.last.get_by_role("link")
    assert [link.get_attribute("href") for link in links.all()] == ["https://example.org/a_(b)"]
    assert "noopener" in str(links.first.get_attribute("rel"))
    expect(ada_at.page.locator(".turn img, .turn script")).to_have_count(0)


def test_a_team_mate_sees_the_conversation_come_and_grow(open_tab):
    bob, ada = open_tab(), open_tab()
    bob.sign_in("bob")
    expect(bob.page.get_by_role("navigation", name="Conversations")).to_be_visible()
    ada.sign_in("ada")
    id = ada.start()
    bob.page.locator(f"a[href='#/c/{id}']").click()
    expect(bob.field).to_be_visible()

    ada.say("/echo for both of us")

    expect(bob.said).to_have_text(["/echo for both of us", "for both of us"])
    expect(bob.page.locator(".turn.question .name")).to_have_text("ada")


def test_eve_sees_nothing_of_adas(open_tab):
    ada, eve = open_tab(), open_tab()
    ada.sign_in("ada")
    id = ada.start()
    ada.say("/echo secret")
    ada.hear_answers(1)
    eve.sign_in("eve")
    expect(eve.page.get_by_role("button", name="Sign out")).to_be_visible()

    eve.page.goto(f"{eve.url}/#/c/{id}")

    expect(eve.page.get_by_role("heading", level=1)).to_be_visible()
    assert "secret" not in eve.page.content()
    assert id not in eve.page.content()


def test_a_conversation_that_is_not_there_leaves_no_other_one_marked_as_open(ada_at):
    ada_at.say("/echo here")
    ada_at.hear_answers(1)

    ada_at.page.goto(f"{ada_at.url}/#/c/00000000-0000-7000-8000-000000000000")

    expect(ada_at.page.get_by_role("heading", level=1)).to_have_text("This conversation is not here")
    expect(ada_at.page.locator("[aria-current]")).to_have_count(0)
    expect(ada_at.page).to_have_title("Switchboard")


def test_a_role_that_changes_changes_the_page_and_a_removal_empties_it(open_tab, live_ada):
    conversation = live_ada.conversation(title="Roles")
    live_ada.say(conversation, "/echo members only", kind="action")
    workspace = live_ada.http.get("/api/v1/workspaces/").json()["results"][0]["id"]
    members = f"/api/v1/workspaces/{workspace}/members/"
    bobs = next(m for m in live_ada.http.get(members).json()["results"] if m["user"]["username"] == "bob")
    bob = open_tab()
    bob.sign_in("bob")
    bob.page.goto(f"{bob.url}/#/c/{conversation}")
    expect(bob.field).to_be_visible()

    live_ada.http.patch(f"{members}{bobs['id']}/", json={"role": "viewer"})
    expect(bob.page.get_by_text("You can read here.")).to_be_visible()
    expect(bob.field).to_be_hidden()
    expect(bob.page.get_by_role("button", name="New conversation")).to_be_hidden()

    live_ada.http.delete(f"{members}{bobs['id']}/")
    expect(bob.page.locator("#welcome h1")).to_be_visible()
    expect(bob.page.get_by_text("members only")).to_have_count(0)
    live_ada.http.post(members, json={"username": "bob", "role": "editor"})


def test_the_log_shows_every_event_in_order_and_grows(ada_at):
    ada_at.say("/echo one")
    ada_at.hear_answers(1)

    ada_at.page.get_by_role("button", name="Log").click()
    log = ada_at.page.get_by_role("complementary", name="Event log")
    stored_rows = log.locator("li[data-seq]")
    expect(stored_rows).to_have_count(6)  # the first message names the conversation, which the context shows
    ada_at.say("/echo two")

    expect(stored_rows).to_have_count(11)
    assert [row.get_attribute("data-seq") for row in stored_rows.all()] == [str(seq) for seq in range(1, 12)]
    stored_rows.first.locator("summary").click()
    expect(stored_rows.first).to_contain_text('"type": "message.received"')


def test_rename_archive_restore_and_delete(ada_at):
    page = ada_at.page
    id = ada_at.conversation
    in_list = page.locator(f"a[href='#/c/{id}']")

    ada_at.choose("Rename")
    page.get_by_label("Title").fill("Lamps")
    ada_at.confirm("Rename")
    expect(in_list).to_contain_text("Lamps")

    ada_at.choose("Archive")
    ada_at.confirm("Archive")
    expect(in_list).to_have_count(0)
    expect(page.get_by_text("This conversation is archived")).to_be_visible()

    ada_at.choose("Restore")
    ada_at.confirm("Restore")
    expect(in_list).to_have_count(1)
    expect(ada_at.field).to_be_visible()

    ada_at.choose("Delete")
    ada_at.confirm("Delete")
    expect(in_list).to_have_count(0)
    expect(page).to_have_url(f"{ada_at.url}/#/")


def test_an_ordinary_visit_leaves_the_browsers_console_empty(ada_at):
    ada_at.say("Hello")
    ada_at.hear_answers(1)
    ada_at.page.reload()
    ada_at.hear_answers(1)
    ada_at.page.get_by_role("button", name="Log").click()

    assert ada_at.complaints == []


def test_a_source_leads_to_the_message_it_quotes(ada_at):
    ada_at.say("The launch is on Friday and Grace signs the release.")
    ada_at.hear_answers(1)
    ada_at.say("Who signs the release?")

    ada_at.page.get_by_role("button", name="Source 1").click()

    expect(ada_at.page.locator(".turn").first).to_be_focused()


def test_older_messages_come_on_request_and_the_place_stays(ada_at, live_ada, tmp_path):
    """Ten messages wait for the first answer, so the oldest page ends between questions and their answers."""
    go_on = tmp_path / "go-on"
    live_ada.say(ada_at.conversation, str(go_on), kind="test.held")
    for number in range(1, 10):
        live_ada.say(ada_at.conversation, f"number {number}", kind="test.echo")
    go_on.touch()
    for number in range(10, 30):
        live_ada.settled(ada_at.conversation, number)
        live_ada.say(ada_at.conversation, f"number {number}", kind="test.echo")
    live_ada.settled(ada_at.conversation, 30)
    ada_at.page.reload()
    expect(ada_at.page.locator(".turn")).to_have_count(50)
    expect(ada_at.page.locator(".turn").last).to_be_in_viewport()
    oldest = ada_at.page.locator(f"#{ada_at.page.locator('.turn').first.get_attribute('id')}")
    expect(oldest).to_contain_text("held")

    ada_at.page.get_by_role("button", name="Show earlier messages").click()

    expect(ada_at.page.locator(".turn")).to_have_count(60)
    expect(oldest).to_be_in_viewport()
    expect(ada_at.said.first).to_have_text(str(go_on))


def test_a_blocked_message_says_why_below_and_keeps_its_text(ada_at):
    ada_at.say("please BLOCK ME now")

    expect(ada_at.page.locator("#composer-problem")).to_contain_text("Not in this house.")
    expect(ada_at.field).to_have_value("please BLOCK ME now")
    expect(ada_at.field).to_be_focused()
    expect(ada_at.page.locator(".turn")).to_have_count(0)
    ada_at.say("/echo better")
    expect(ada_at.said).to_have_text(["/echo better", "better"])
    expect(ada_at.page.locator("#composer-problem")).to_be_empty()


def test_a_held_message_is_its_authors_until_it_is_released_to_its_place(open_tab, live_ada):
    bob, ada = open_tab(), open_tab(420)
    ada.sign_in("ada")
    id = ada.start()
    bob.sign_in("bob")
    bob.page.goto(f"{bob.url}/#/c/{id}")
    bob.say("My dog is Rex. HOLD ME")
    held = bob.page.locator(".turn.question").first
    expect(held.locator(".chip")).to_have_text(["Held for review", "Only you and staff see this"])
    expect(bob.page.get_by_role("heading", level=1)).to_have_text("New conversation")
    bob.say("HOLD ME, too")
    bob.say("/echo later")
    bob.hear_answers(1)

    second, first = live_ada.http.get("/api/v1/review/").json()["results"]
    live_ada.http.post(f"/api/v1/review/{second['id']}/reject").raise_for_status()
    live_ada.http.post(f"/api/v1/review/{first['id']}/release").raise_for_status()

    bob.hear_answers(2)
    expect(ada.page.locator(".turn.answer:not([data-live])")).to_have_count(2)
    for tab in (bob, ada):
        expect(tab.said.first).to_have_text("My dog is Rex. HOLD ME")
        expect(tab.page.locator(".turn.question").nth(1).locator(".chip").first).to_have_text(
            "Not released: a reviewer refused it"
        )
        expect(tab.said.last).to_have_text("later")
