"""Stopping, waiting, trying again: what a person sees and does while and after messages are answered."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.tab import in_browser
from tests.dispatch.wire import recite
from tests.modes import once

pytestmark = [*in_browser, once]

LONG = " ".join(str(number) for number in range(400))
SOME = 40  # of its characters: the answer is stopped before there are more
PONDERING = "80"  # seconds: longer than any of these tests takes to stop it


def test_the_stop_button_ends_the_answer_and_keeps_what_was_said(ada_at, live_ada, prompter):
    recite(live_ada, ada_at.conversation, LONG, prompter)
    prompter.allow(SOME)
    expect(ada_at.page.locator("[data-live] .body")).to_contain_text("0 1 2 3")

    ada_at.page.get_by_role("button", name="Stop", exact=True).click()

    expect(ada_at.page.locator(".turn.answer .chip")).to_have_text("Stopped before it was finished")
    expect(ada_at.said.last).to_contain_text("0 1 2 3")
    expect(ada_at.page.locator("[data-live]")).to_have_count(0)
    expect(ada_at.page.locator("#stop")).to_be_hidden()
    assert ada_at.said.last.inner_text() != LONG


def test_escape_in_the_composer_stops_the_answer_and_keeps_what_is_typed(ada_at, live_ada, prompter):
    recite(live_ada, ada_at.conversation, LONG, prompter)
    prompter.allow(SOME)
    expect(ada_at.page.locator("[data-live] .body")).to_contain_text("0 1 2 3")
    ada_at.field.fill("typed meanwhile")

    ada_at.field.press("Escape")

    expect(ada_at.page.locator(".turn.answer .chip")).to_have_text("Stopped before it was finished")
    expect(ada_at.field).to_have_value("typed meanwhile")
    expect(ada_at.field).to_be_focused()


def test_the_stop_button_is_reached_with_tab_and_gives_the_focus_back(ada_at, live_ada, prompter):
    recite(live_ada, ada_at.conversation, LONG, prompter)
    prompter.allow(SOME)
    expect(ada_at.page.locator("#stop")).to_be_visible()
    ada_at.field.focus()

    ada_at.page.keyboard.press("Tab")
    expect(ada_at.page.locator("#stop")).to_be_focused()
    ada_at.page.keyboard.press("Enter")

    expect(ada_at.page.locator("#stop")).to_be_hidden()
    expect(ada_at.field).to_be_focused()


def test_a_stop_says_so_until_the_run_has_ended(ada_at, live_ada):
    live_ada.say(ada_at.conversation, PONDERING, kind="test.stubborn")
    expect(ada_at.page.locator("[data-live] .body")).to_contain_text("Let me see")
    ada_at.watch("[data-live] .chip")

    ada_at.page.locator("#stop").click()

    expect(ada_at.page.locator("#stop")).to_have_text("Stopping...")
    expect(ada_at.page.locator(".turn.answer .chip")).to_have_text("Stopped before it was finished")
    expect(ada_at.said.last).to_have_text("Let me see.")
    assert ada_at.seen == ["Stopping..."]


def test_a_stop_pressed_while_the_server_is_away_is_heard_when_it_is_back(ada_at, live_ada, prompter):
    recite(live_ada, ada_at.conversation, LONG, prompter)
    prompter.allow(SOME)
    expect(ada_at.page.locator("[data-live] .body")).to_contain_text("0 1 2 3")
    ada_at.page.route("**/cancel", lambda route: route.abort())
    ada_at.page.locator("#stop").click()
    expect(ada_at.page.locator("#stop")).to_have_text("Stopping...")

    ada_at.page.unroute_all()

    expect(ada_at.page.locator(".turn.answer .chip")).to_have_text("Stopped before it was finished")


def test_a_waiting_message_says_how_many_are_ahead_and_can_be_stopped(ada_at, live_ada):
    live_ada.say(ada_at.conversation, PONDERING, kind="test.ponder")
    ada_at.say("/echo second")
    ada_at.say("/echo third")
    second, third = ada_at.page.locator(".turn.question").nth(1), ada_at.page.locator(".turn.question").nth(2)
    expect(second).to_contain_text("1 message ahead")
    expect(third).to_contain_text("2 messages ahead")

    second.get_by_role("button", name="Stop").click()

    expect(second).to_contain_text("Stopped before there was an answer")
    expect(third).to_contain_text("1 message ahead")
    ada_at.page.locator("#stop").click()
    expect(ada_at.said.last).to_have_text("third")


def test_a_stopped_message_is_answered_when_tried_again(ada_at, live_ada):
    live_ada.say(ada_at.conversation, PONDERING, kind="test.ponder")
    ada_at.say("/echo second")
    second = ada_at.page.locator(".turn.question").nth(1)
    second.get_by_role("button", name="Stop").click()
    expect(second).to_contain_text("Stopped before there was an answer")
    ada_at.page.locator("#stop").click()
    expect(ada_at.page.get_by_text("Stopped before it was finished")).to_be_visible()

    ada_at.page.reload()
    second.get_by_role("button", name="Try again").click()

    expect(ada_at.said.last).to_have_text("second")
    expect(second).not_to_contain_text("Stopped")


def test_a_failure_says_why_and_trying_again_makes_a_second_answer_to_the_same_message(ada_at, live_ada):
    live_ada.say(ada_at.conversation, "break", kind="test.raise")
    answers = ada_at.page.locator(".turn.answer")
    expect(answers.locator(".chip.failed")).to_have_text("Not answered: something broke while answering")

    ada_at.page.get_by_role("button", name="Try again").click()

    expect(answers).to_have_count(2)
    expect(answers.last.locator(".chip.failed")).to_have_text("Not answered: something broke while answering")
    expect(ada_at.page.locator(".turn.question")).to_have_count(1)
    expect(answers.first.get_by_role("button")).to_have_count(0)
    expect(answers.last.get_by_role("button", name="Try again")).to_be_visible()


def test_attempts_that_fail_for_a_moment_are_counted_before_the_eyes(ada_at, live_ada):
    chip = ".turn.question .chip.waiting"
    ada_at.watch(chip)

    live_ada.say(ada_at.conversation, "please", kind="test.flaky")

    expect(ada_at.page.get_by_role("button", name="Try again")).to_be_visible()
    expect(ada_at.page.locator(".turn.answer .chip.failed")).to_have_text(
        "Not answered: given up after several attempts"
    )
    assert {"Attempt 2 of 3", "Attempt 3 of 3"} <= {text.partition(",")[0] for text in ada_at.seen}
    assert any(re.fullmatch(r"Attempt 2 of 3, again in \d s", text) for text in ada_at.seen)


def test_the_order_of_answers_is_shown_and_changed(ada_at, live_ada, prompter):
    page = ada_at.page

    ada_at.choose("New messages: wait their turn")
    page.get_by_role("radio", name="Take over").check()
    ada_at.confirm("Save")

    expect(page.get_by_role("dialog")).to_be_hidden()
    page.get_by_label("Actions for this conversation").click()
    expect(page.locator("#policy")).to_have_text("New messages: take over")
    page.keyboard.press("Escape")
    recite(live_ada, ada_at.conversation, LONG, prompter)
    prompter.allow(SOME)
    expect(page.locator("[data-live] .body")).to_contain_text("0 1 2 3")
    expect(page.locator("#composer-now")).to_have_text("A new message stops the answer that is being written.")
    ada_at.say("/echo newest")
    expect(page.locator(".turn.answer .chip").first).to_have_text("Stopped: a later message took its place")
    expect(ada_at.said.last).to_have_text("newest")


def test_a_busy_conversation_gives_the_text_back_with_advice(ada_at, live_ada):
    live_ada.http.patch(f"/api/v1/conversations/{ada_at.conversation}/", json={"policy": "reject"})
    live_ada.say(ada_at.conversation, PONDERING, kind="test.ponder")
    expect(ada_at.page.locator("#stop")).to_be_visible()

    ada_at.say("/echo too early")

    expect(ada_at.page.locator("#composer-problem")).to_contain_text("takes one message at a time")
    expect(ada_at.field).to_have_value("/echo too early")
    expect(ada_at.page.locator(".turn.question")).to_have_count(1)
    ada_at.page.locator("#stop").click()
    expect(ada_at.page.locator("#composer-problem")).to_be_empty()
    ada_at.field.press("Enter")
    expect(ada_at.said.last).to_have_text("too early")


def test_a_full_queue_gives_the_text_back_with_advice(ada_at, live_ada):
    live_ada.say(ada_at.conversation, PONDERING, kind="test.ponder")
    for number in range(19):
        live_ada.say(ada_at.conversation, f"/echo {number}", kind="action")
    expect(ada_at.page.get_by_text("19 messages ahead")).to_be_visible()

    ada_at.say("/echo one too many")

    expect(ada_at.page.locator("#composer-problem")).to_contain_text("So many messages wait here")
    expect(ada_at.field).to_have_value("/echo one too many")


def test_answers_at_the_same_time_are_stopped_one_by_one(ada_at, live_ada, prompter):
    live_ada.http.patch(f"/api/v1/conversations/{ada_at.conversation}/", json={"policy": "parallel"})
    for _ in range(2):
        recite(live_ada, ada_at.conversation, LONG, prompter)
    prompter.allow(SOME)
    live = ada_at.page.locator("[data-live]")
    expect(live).to_have_count(2)
    expect(live.last.locator(".body")).to_contain_text("0 1 2 3")

    live.last.get_by_role("button", name="Stop").click()

    expect(live).to_have_count(1)
    expect(ada_at.page.get_by_text("Stopped before it was finished")).to_have_count(1)


def test_a_private_answer_is_marked_for_its_reader_and_only_told_of_to_others(open_tab, live_ada):
    ada, bob = open_tab(), open_tab()
    ada.sign_in("ada")
    id = ada.start()
    bob.sign_in("bob")
    expect(bob.page.get_by_role("navigation", name="Conversations")).to_be_visible()
    bob.page.goto(f"{bob.url}/#/c/{id}")
    expect(bob.field).to_be_visible()

    live_ada.say(id, "for me alone", kind="test.echo", metadata={"audience": "sender"})

    for _ in range(2):
        expect(ada.page.locator(".turn.answer .chip.private")).to_have_text("Only you see this")
        expect(bob.page.locator(".turn.question .chip.private")).to_have_text("Answered to ada only")
        expect(bob.page.locator(".turn.answer")).to_have_count(0)
        ada.page.reload()
        bob.page.reload()


@pytest.mark.parametrize("width", [1280, 360])
def test_a_viewer_sees_what_happens_and_gets_no_buttons(open_tab, live_ada, width):
    id = live_ada.conversation(title="Watched")
    workspace = live_ada.http.get("/api/v1/workspaces/").json()["results"][0]["id"]
    members = f"/api/v1/workspaces/{workspace}/members/"
    bobs = next(m for m in live_ada.http.get(members).json()["results"] if m["user"]["username"] == "bob")
    member = f"{members}{bobs['id']}/"
    live_ada.http.patch(member, json={"role": "viewer"})
    live_ada.say(id, PONDERING, kind="test.ponder")
    tab = open_tab(width)
    tab.sign_in("bob")
    expect(tab.page.get_by_role("navigation", name="Conversations")).to_be_visible()

    tab.page.goto(f"{tab.url}/#/c/{id}")

    expect(tab.page.locator("[data-live]")).to_be_visible()
    expect(tab.page.get_by_role("button", name="Stop")).to_have_count(0)
    live_ada.http.patch(member, json={"role": "editor"})
    expect(tab.page.locator("#stop")).to_be_visible()
    tab.page.locator("#stop").click()
    expect(tab.page.get_by_text("Stopped before it was finished")).to_be_visible()
