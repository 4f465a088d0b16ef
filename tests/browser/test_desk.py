"""A person as an expert: staff answer at the desk in the admin what somebody asks in the console."""

import pytest
from django.conf import settings
from playwright.sync_api import expect

from tests.browser.tab import Tab, in_browser
from tests.modes import once
from tests.people import PASSWORD

pytestmark = [*in_browser, once]

# Counsel, who are people, and two of them; what tests of this module need as rows.
ROWS = """
from django.contrib.auth.models import Permission
from integrations.models import Expert
from tests.people import make_user
skill = {"name": "advise", "input": {}, "output": {"type": "object", "properties": {
    "risk": {"enum": ["low", "high"], "description": "What it costs if it goes wrong."},
    "pages": {"type": "integer"}}, "required": ["risk"]}}
Expert.objects.create(slug="counsel", name="Counsel", adapter="human", skills=[skill], timeout=3600)
names = ["view_humandelegation", "change_humandelegation"]
for name in ("grace", "henry"):
    make_user(name, is_staff=True).user_permissions.set(Permission.objects.filter(codename__in=names))
"""


@pytest.fixture(scope="module")
def server(deployment):
    assert "Error" not in deployment.manage("shell", "-c", ROWS)
    return deployment.serve(EXTRA_APPS="tests.marked_app", FILTERS=",".join([*settings.FILTERS, "marked"]))


@pytest.fixture
def at_desk(open_tab):
    """Opens the desk for a member of staff."""

    def opened(name: str, width: int = 1280) -> Tab:
        tab = open_tab(width)
        tab.page.goto(f"{tab.url}/admin/dispatch/humandelegation/")
        tab.page.get_by_label("Username").fill(name)
        tab.page.get_by_label("Password").fill(PASSWORD)
        tab.page.get_by_role("button", name="Log in").click()
        return tab

    return opened


def ask(ada_at, live_ada, text):
    live_ada.say(ada_at.conversation, text, metadata={"expert": "counsel"})


def open_task(tab, text):
    """Once it is there."""
    link = tab.page.locator("#result_list").get_by_role("link", name=text)
    for _ in range(50):
        if link.count():
            break
        tab.page.reload()
    link.click()


def press(tab, name):
    tab.page.get_by_role("form", name="Your part").get_by_role("button", name=name, exact=True).click()


def test_ada_reads_in_the_console_what_grace_answers_at_the_desk(ada_at, live_ada, at_desk):
    ask(ada_at, live_ada, "May I sign the lease?")
    grace = at_desk("grace")
    open_task(grace, "May I sign the lease?")

    press(grace, "Take")
    grace.page.get_by_label("Answer", exact=True).fill("Not before page 4 is changed.")
    press(grace, "Answer")
    expect(grace.page.get_by_text("This field is required.")).to_be_visible()
    grace.page.get_by_label("Risk").select_option(label="high")
    press(grace, "Answer")

    expect(grace.page.get_by_text("Your answer was sent.")).to_be_visible()
    expect(ada_at.page.get_by_text("Not before page 4 is changed.", exact=True)).to_be_visible()


def test_enter_in_a_field_sends_nothing(ada_at, live_ada, at_desk):
    ask(ada_at, live_ada, "Is Enter safe?")
    grace = at_desk("grace")
    open_task(grace, "Is Enter safe?")
    press(grace, "Take")
    grace.page.get_by_label("Answer", exact=True).fill("half an ans")

    grace.page.get_by_label("Pages").press("Enter")
    press(grace, "Give it back")

    expect(grace.page.get_by_role("button", name="Take", exact=True)).to_be_visible()
    expect(grace.page.get_by_label("Answer", exact=True)).to_have_value("half an ans")
    assert [event["type"] for event in live_ada.events(ada_at.conversation)].count("delegation.completed") == 0


def test_task_survives_the_death_of_the_server(ada_at, live_ada, at_desk, server):
    ask(ada_at, live_ada, "Do you outlive a crash?")
    grace = at_desk("grace")
    open_task(grace, "Do you outlive a crash?")
    press(grace, "Take")
    expect(grace.page.get_by_role("button", name="Answer", exact=True)).to_be_visible()
    grace.page.get_by_label("Answer", exact=True).fill("Yes.")
    grace.page.get_by_label("Risk").select_option(label="low")

    server.kill()
    server.wait()
    press(grace, "Answer")

    expect(grace.page.get_by_text("Your answer was sent.")).to_be_visible()
    expect(ada_at.page.get_by_text("Yes.", exact=True)).to_be_visible()
