"""Fixtures: a browser for each test module, a new profile for each tab, but for ada's usual one.

The browser ends with its module: Playwright keeps an event loop in its thread, in which Django refuses queries.
"""

from collections.abc import Callable, Iterator

import pytest
from django.conf import settings
from playwright.sync_api import Browser, BrowserContext, expect, sync_playwright

from tests.browser.tab import CHROMIUM, MILLISECONDS, Tab
from tests.deployment import Deployment, Server

# Parts of the browser's own window, which each new profile has: those of its address bar take more processor time to
# start than the console's page.
UNWANTED = [
    "WebUIOmniboxPopup",
    "WebUIOmniboxAimPopup",
    "PreloadTopChromeWebUI",
    "Translate",
    "OptimizationHints",
    "MediaRouter",
]
ARGUMENTS = [
    "--no-sandbox",
    "--disable-features=" + ",".join(UNWANTED),
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
]


@pytest.fixture(scope="module")
def server(deployment: Deployment) -> Server:
    """With handlers that take their time, or fail, and a filter that does what a text says. Each tab is a sign-in, and
    none may end those before it.
    """
    filters = ",".join([*settings.FILTERS, "marked"])
    apps = "tests.speaking_app,tests.handlers_app,tests.marked_app"
    return deployment.serve(EXTRA_APPS=apps, FILTERS=filters)


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    expect.set_options(timeout=MILLISECONDS)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS, timeout=MILLISECONDS)
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def adas_profile(chromium: Browser) -> Iterator[BrowserContext]:
    """In which ada stays signed in, and what was loaded once is kept: half of the processor's time of a usual test."""
    context = chromium.new_context(viewport={"width": 1280, "height": 800})
    yield context
    context.close()


@pytest.fixture
def open_tab(chromium: Browser, server: Server) -> Iterator[Callable[..., Tab]]:
    """Opens tabs, each in a profile of its own unless told in which. No script error, no CSP violation, whatever
    happens in them.
    """
    tabs: list[Tab] = []
    profiles: list[BrowserContext] = []

    def opened(width: int = 1280, profile: BrowserContext | None = None) -> Tab:
        if profile is None:
            profile = chromium.new_context(viewport={"width": width, "height": 800})
            profiles.append(profile)
        page = profile.new_page()
        page.set_default_timeout(MILLISECONDS)
        tab = Tab(page, server.url)
        page.on("console", tab.hear)
        page.on("pageerror", lambda error: tab.complaints.append(f"uncaught: {error}"))
        tabs.append(tab)
        return tab

    yield opened
    for tab in tabs:
        tab.page.close()
    for profile in profiles:
        profile.close()
    assert [defect for tab in tabs for defect in tab.defects] == []


@pytest.fixture
def tab(open_tab: Callable[..., Tab]) -> Tab:
    return open_tab()


@pytest.fixture
def ada_at(open_tab: Callable[..., Tab], adas_profile: BrowserContext) -> Tab:
    """Ada, signed in, in a new conversation."""
    tab = open_tab(profile=adas_profile)
    tab.enter("ada")
    tab.start()
    return tab
