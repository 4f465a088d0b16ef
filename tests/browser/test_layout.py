"""What lies where in the console: nothing covers what a person is to read."""

from playwright.sync_api import FloatRect, Locator, expect

from tests.browser.tab import in_browser
from tests.modes import once

pytestmark = [*in_browser, once]


def place(shown: Locator) -> FloatRect:
    box = shown.bounding_box()
    assert box is not None
    return box


def test_the_way_to_the_latest_message_covers_neither_a_refusal_nor_what_is_written(ada_at):
    ada_at.say("A long story.\n" * 100)
    ada_at.hear_answers(1)
    ada_at.say("Line\nby line\nby line:\nplease BLOCK ME")
    refusal = ada_at.page.get_by_text("Not in this house.")
    expect(refusal).to_be_visible()

    ada_at.page.get_by_role("region", name="Messages").evaluate("(scroller) => scroller.scrollTo(0, 0)")

    latest = ada_at.page.get_by_role("button", name="Latest")
    expect(latest).to_be_visible()
    assert place(latest)["y"] + place(latest)["height"] <= place(refusal)["y"]
