"""The account page: my devices, my keys, my password, against a real server."""

import re

import httpx
import pytest
from playwright.sync_api import Locator, expect

from tests.browser.tab import Tab, in_browser
from tests.browser.test_access import nameless
from tests.deployment import Deployment, Server
from tests.live import PATIENCE
from tests.modes import once
from tests.people import PASSWORD

NEW_PASSWORD = "staple battery horse correct"

pytestmark = [*in_browser, once]


def enter(tab: Tab, username: str, password: str = PASSWORD) -> None:
    """Sign in, and open the account page as a person would."""
    tab.sign_in(username, password)
    tab.page.get_by_role("link", name="your account").click()
    expect(tab.page.get_by_role("heading", level=1)).to_have_text(f"Account of {username}")


def devices(tab: Tab) -> Locator:
    return tab.page.get_by_role("list", name="Devices").get_by_role("listitem")


def keys(tab: Tab) -> Locator:
    return tab.page.get_by_role("list", name="API keys").get_by_role("listitem")


def make_key(tab: Tab, name: str) -> None:
    tab.page.get_by_text("New key", exact=True).click()
    tab.page.get_by_label("Name", exact=True).fill(name)
    tab.page.get_by_role("button", name="Create key").click()


def shown_key(tab: Tab) -> str:
    field = tab.page.get_by_label("The new key")
    expect(field).to_have_value(re.compile(".{20,}"))
    return field.input_value()


def status(server: Server, key: str) -> int:
    headers = {"Authorization": f"Bearer {key}"}
    return httpx.get(f"{server.url}/api/v1/conversations/", headers=headers, timeout=PATIENCE).status_code


def grow_stale(deployment: Deployment, username: str) -> None:
    """As if the password had been given an hour ago."""
    code = (
        "from datetime import timedelta; from django.utils import timezone; from security.models import Session; "
        f"Session.objects.filter(user__username='{username}')"
        ".update(authenticated_at=timezone.now() - timedelta(hours=1))"
    )
    assert "Error" not in deployment.manage("shell", "-c", code)


def test_a_device_that_is_signed_out_from_another_is_out_at_once(open_tab):
    phone, laptop = open_tab(), open_tab()
    phone.sign_in("bob")
    expect(phone.page.get_by_role("button", name="Sign out", exact=True)).to_be_visible()
    enter(laptop, "bob")
    own = devices(laptop).filter(has_text="This device")
    expect(own).to_have_count(1)
    expect(own.get_by_role("button")).to_have_count(0)
    other = devices(laptop).filter(has_text=re.compile("^Chrome on Linux")).filter(has_not_text="This device").first
    before = devices(laptop).count()

    other.get_by_role("button", name="Sign out of Chrome on Linux").click()
    laptop.confirm("Sign out")

    expect(devices(laptop)).to_have_count(before - 1)
    expect(laptop.page.get_by_role("heading", name="Devices")).to_be_focused()
    expect(phone.page.get_by_label("Username")).to_be_visible()


def test_signed_out_everywhere_is_signed_out_here_too(open_tab):
    phone, laptop = open_tab(), open_tab()
    phone.sign_in("bob")
    expect(phone.page.get_by_role("button", name="Sign out", exact=True)).to_be_visible()
    enter(laptop, "bob")

    laptop.page.get_by_role("button", name="Sign out everywhere").click()
    laptop.confirm("Sign out everywhere")

    expect(laptop.page.get_by_label("Username")).to_be_visible()
    expect(phone.page.get_by_label("Username")).to_be_visible()


def test_a_key_is_shown_once_works_and_is_revoked(tab, server):
    enter(tab, "ada")
    make_key(tab, "Nightly export")
    key = shown_key(tab)
    expect(keys(tab)).to_have_count(1)
    expect(keys(tab)).to_contain_text("Never used")
    assert status(server, key) == 200

    tab.page.reload()
    expect(keys(tab)).to_contain_text("Nightly export")
    assert key not in tab.page.content()

    keys(tab).get_by_role("button", name="Revoke Nightly export").click()
    tab.confirm("Revoke")
    expect(tab.page.get_by_text("You have no keys.")).to_be_visible()
    assert status(server, key) == 401


def test_a_key_takes_a_password_given_lately(tab, deployment):
    enter(tab, "ada")
    grow_stale(deployment, "ada")
    make_key(tab, "Late")
    dialog = tab.page.get_by_role("dialog")
    dialog.get_by_label("Password", exact=True).fill("not the password")
    tab.confirm("Go on")
    expect(dialog.get_by_role("alert")).to_contain_text("wrong")

    dialog.get_by_label("Password", exact=True).fill(PASSWORD)
    tab.confirm("Go on")

    assert shown_key(tab)
    expect(keys(tab)).to_contain_text("Late")


def test_a_password_is_changed_and_other_devices_are_out(open_tab):
    phone, laptop = open_tab(), open_tab()
    phone.sign_in("eve")
    expect(phone.page.get_by_role("button", name="Sign out", exact=True)).to_be_visible()
    enter(laptop, "eve")
    page = laptop.page
    problem = page.get_by_role("region", name="Password").get_by_role("alert")
    for present, new, again, told in (
        (PASSWORD, NEW_PASSWORD, "another", "differ"),
        ("not the password", NEW_PASSWORD, NEW_PASSWORD, "wrong"),
        (PASSWORD, "password", "password", "common"),
    ):
        change_password(laptop, present, new, again)
        expect(problem).to_contain_text(told)

    change_password(laptop, PASSWORD, NEW_PASSWORD, NEW_PASSWORD)

    expect(page.get_by_text("Your password is changed")).to_be_visible()
    expect(devices(laptop)).to_have_count(1)
    expect(phone.page.get_by_label("Username")).to_be_visible()
    phone.sign_in("eve", NEW_PASSWORD)
    expect(phone.page.get_by_role("button", name="Sign out", exact=True)).to_be_visible()


def change_password(tab: Tab, present: str, new: str, again: str) -> None:
    tab.page.get_by_label("Present password").fill(present)
    tab.page.get_by_label("New password", exact=True).fill(new)
    tab.page.get_by_label("New password, once more").fill(again)
    tab.page.get_by_role("button", name="Change password").click()


@pytest.mark.parametrize("width", [1280, 360])
def test_every_control_of_the_page_has_a_name_and_nothing_is_wider_than_the_window(open_tab, width):
    tab = open_tab(width)
    enter(tab, "bob")
    expect(devices(tab).first).to_be_visible()
    nameless(tab.page, "the account page")
    tab.page.get_by_text("New key", exact=True).click()
    nameless(tab.page, "the form of a key")
    tab.page.get_by_role("button", name="Sign out everywhere").click()
    nameless(tab.page, "a dialog")


def test_the_page_is_left_by_its_own_link_and_by_a_conversation(ada_at):
    conversation = ada_at.conversation
    ada_at.page.get_by_role("link", name="your account").click()
    expect(ada_at.page.get_by_role("heading", level=1)).to_have_text("Account of ada")
    expect(ada_at.field).to_have_count(0)

    ada_at.page.locator(f"a[href='#/c/{conversation}']").click()

    expect(ada_at.field).to_be_visible()
    expect(ada_at.page.get_by_role("heading", name="Devices")).to_have_count(0)
