"""The console acknowledges what it is sent: however much happens, it stays up to date."""

import pytest
from playwright.sync_api import expect

from tests.browser.tab import in_browser
from tests.dispatch.logs_of import rename_often
from tests.modes import once

pytestmark = [*in_browser, once]


@pytest.fixture(scope="module")
def server(deployment):
    """It waits for an acknowledgement longer than any test."""
    return deployment.serve(ACK_SECONDS="600")


def test_console_is_up_to_date_after_more_events_than_a_window_holds(ada_at, deployment, live_ada):
    for _ in range(2):
        rename_often(deployment, live_ada, 300)

        expect(ada_at.page.locator("#conversations").get_by_text("299", exact=True).last).to_be_visible()

    expect(ada_at.page.locator("#conversations").get_by_text("299", exact=True)).to_have_count(2)
