"""What somebody else changes of a user while staff have the user's form: it stands, whatever the form writes."""

from contextlib import contextmanager

import pytest
from django.db.models.signals import pre_save
from django.urls import reverse

from security import sessions
from security.models import User
from security.sessions import Device
from tests import admin_rows
from tests.security.admin.test_people import NEW_PASSWORD, no_inlines


@contextmanager
def meanwhile(**changed):
    """Somebody else commits a change of a user whose row was read and is about to be saved."""

    def change(sender, instance, **_):
        User.objects.filter(pk=instance.pk).update(**changed)

    pre_save.connect(change, sender=User)
    try:
        yield
    finally:
        pre_save.disconnect(change, sender=User)


def test_who_was_deactivated_while_staff_set_their_password_stays_so(browser, bob):
    fields = {"password1": NEW_PASSWORD, "password2": NEW_PASSWORD, "usable_password": "true"}

    with meanwhile(is_active=False):
        browser.post(reverse("admin:auth_user_password_change", args=[bob.id]), fields)

    bob.refresh_from_db()
    assert bob.check_password(NEW_PASSWORD)
    assert not bob.is_active


def test_who_was_deactivated_while_staff_took_their_password_stays_so(browser, bob):
    phone = sessions.begin(bob, Device("phone"))

    with meanwhile(is_active=False):
        fields = {"usable_password": "false", "unset-password": "1"}
        browser.post(reverse("admin:auth_user_password_change", args=[bob.id]), fields)

    bob.refresh_from_db()
    phone.refresh_from_db()
    assert (bob.has_usable_password(), bob.is_active, phone.end_reason) == (False, False, "password_changed")


@pytest.mark.parametrize("changed", [{"email": "bob@example.org"}, {"last_name": "Builder"}])
@pytest.mark.parametrize("else_changed", [{"password": "set meanwhile"}, {"is_active": False}])
def test_what_else_is_changed_while_staff_change_a_user_stands(browser, ada, bob, changed, else_changed):
    admin_rows.member(admin_rows.workspace(ada), bob)
    fields = {"username": "bob", "is_active": "on", **changed, **no_inlines("memberships")}

    with meanwhile(**else_changed):
        browser.post(reverse("admin:security_user_change", args=[bob.id]), fields)

    wanted = {**changed, **else_changed}
    assert User.objects.filter(id=bob.id).values(*wanted).get() == wanted


def test_a_user_saved_without_a_change_is_as_before(browser, bob):
    before = User.objects.filter(id=bob.id).values().get()
    fields = {"username": "bob", "is_active": "on", "email": bob.email, **no_inlines("memberships")}

    page = browser.post(reverse("admin:security_user_change", args=[bob.id]), fields)

    assert page.status_code == 302
    assert User.objects.filter(id=bob.id).values().get() == before
