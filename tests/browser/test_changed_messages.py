"""A message that is edited or deleted elsewhere changes on the screen, in its place."""

from playwright.sync_api import expect

from tests.browser.tab import in_browser
from tests.modes import once

pytestmark = [*in_browser, once]


def mine(live_ada, conversation):
    return next(row["id"] for row in live_ada.messages(conversation) if row["role"] == "user")


def test_an_edit_is_shown_as_one(ada_at, live_ada):
    ada_at.say("/echo heard")
    ada_at.hear_answers(1)
    question = mine(live_ada, ada_at.conversation)

    live_ada.http.patch(f"/api/v1/messages/{question}/", json={"text": "/echo something else"}).raise_for_status()

    turn = ada_at.page.locator(f"#turn-{question}")
    expect(turn.locator(".body")).to_have_text("/echo something else")
    expect(turn.locator(".chip", has_text="Edited")).to_be_visible()


def test_of_a_deleted_message_its_place_is_left(ada_at, live_ada):
    ada_at.say("/echo heard")
    ada_at.hear_answers(1)
    question = mine(live_ada, ada_at.conversation)

    live_ada.http.delete(f"/api/v1/messages/{question}/").raise_for_status()

    turn = ada_at.page.locator(f"#turn-{question}")
    expect(turn.locator(".body")).to_have_text("This message was deleted")
    expect(turn.get_by_role("button", name="Try again")).to_have_count(0)
    expect(ada_at.said.last).to_have_text("heard")
    ada_at.page.reload()
    expect(turn.locator(".body")).to_have_text("This message was deleted")
