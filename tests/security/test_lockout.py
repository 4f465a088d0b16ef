"""Guessing passwords: bounded for each source, each account and both, and no stranger keeps an owner out."""

from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import call_command
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from rest_framework.test import APIClient

from security.jobs import purge_failed_sign_ins
from security.models import FailedSignIn, Limit, Session, User
from tests.people import PASSWORD, make_people
from tests.problem import problem, refusal
from tests.threads import at_once

SIGN_IN, LOGIN = "/api/v1/auth/token", "/admin/login/"
HOME, ABROAD = "192.0.2.1", "203.0.113.9"
WRONG = "guess"
QUARTER = timedelta(minutes=15)


@pytest.fixture(autouse=True)
def few(settings):
    """Passwords are slow to check: three are tried, not ten."""
    settings.LIMITS = settings.LIMITS | {"lockout": (3, QUARTER)}
    return settings.LIMITS


def guess(username="ada", password=WRONG, source=ABROAD, **headers):
    body = {"username": username, "password": password}
    return APIClient().post(SIGN_IN, body, REMOTE_ADDR=source, headers=headers)


def statuses(times, **options):
    return [guess(**options).status_code for _ in range(times)]


def knock(username="ada", password=WRONG, source=ABROAD):
    return Client().post(LOGIN, {"username": username, "password": password}, REMOTE_ADDR=source)


@pytest.mark.usefixtures("people")
def test_after_some_wrong_passwords_the_right_one_is_not_taken_either():
    assert statuses(3) == [401, 401, 401]

    locked = guess(password=PASSWORD)

    problem(locked, 429, "rate_limited")
    assert 890 <= int(locked["Retry-After"]) <= 900
    assert locked["RateLimit-Policy"] == '"lockout";q=3;w=900'


@pytest.mark.usefixtures("people")
def test_a_stranger_locks_nobody_else_out():
    statuses(5)

    assert guess(password=PASSWORD, source=HOME).status_code == 200


@pytest.mark.usefixtures("people")
def test_a_lockout_tells_nothing_of_whether_there_is_such_an_account():
    User.objects.filter(username="bob").update(is_active=False)
    for username in ("ada", "bob", "nobody"):
        statuses(3, username=username)
    Limit.objects.update(ends_at=timezone.now() + QUARTER)

    known, inactive, unknown = (guess(username) for username in ("ada", "bob", "nobody"))

    problem(known, 429, "rate_limited")
    assert refusal(known) == refusal(inactive) == refusal(unknown)


@pytest.mark.usefixtures("people")
def test_a_lockout_ends_with_its_window():
    statuses(4)

    Limit.objects.update(ends_at=timezone.now())

    assert guess(password=PASSWORD).status_code == 200


@pytest.mark.usefixtures("people")
def test_a_success_forgives():
    for _ in range(3):
        assert statuses(2) == [401, 401]
        assert guess(password=PASSWORD).status_code == 200
    assert not FailedSignIn.objects.exists()


@pytest.mark.usefixtures("people")
def test_the_log_says_how_many_failures_a_success_forgave(caplog):
    caplog.set_level("INFO")
    guess(), guess(source=HOME)

    guess(password=PASSWORD), guess(password=PASSWORD)

    told = [record.args[0] for record in caplog.records if "failed login attempts" in record.msg]
    assert told == [1, 0]


@pytest.mark.usefixtures("people")
def test_forged_addresses_and_browsers_move_nothing():
    tried = [guess(**{"X-Forwarded-For": f"198.51.100.{n}", "User-Agent": f"Browser {n}"}) for n in range(5)]

    assert [answer.status_code for answer in tried] == [401, 401, 401, 429, 429]


@pytest.mark.usefixtures("people")
def test_behind_a_proxy_the_lockout_is_of_whom_the_proxy_saw(settings):
    settings.TRUSTED_PROXIES = 1

    tried = [guess(**{"X-Forwarded-For": f"198.51.100.{n}, {ABROAD}"}).status_code for n in range(4)]

    assert tried == [401, 401, 401, 429]
    assert guess(password=PASSWORD, **{"X-Forwarded-For": HOME}).status_code == 200


@pytest.mark.usefixtures("people")
def test_addresses_of_one_ipv6_network_are_one_source():
    tried = [guess(source=f"2001:db8:0:1::{n}").status_code for n in range(4)]

    assert tried == [401, 401, 401, 429]
    assert guess(password=PASSWORD, source="2001:db8:0:2::1").status_code == 200


@pytest.mark.usefixtures("people")
def test_a_source_that_tries_many_names_is_refused(settings):
    settings.LIMITS = settings.LIMITS | {"sign_in": (3, QUARTER)}

    assert [guess(f"name-{n}").status_code for n in range(4)] == [401, 401, 401, 429]
    assert guess(password=PASSWORD).status_code == 429
    assert guess(password=PASSWORD, source=HOME).status_code == 200


@pytest.mark.usefixtures("people")
def test_many_sources_that_try_one_account_keep_out_all_but_where_it_is_at_home(settings):
    settings.LIMITS = settings.LIMITS | {"account": (4, QUARTER)}
    guess(password=PASSWORD, source=HOME)

    tried = [guess(source=f"198.51.{n}.1").status_code for n in range(5)]

    assert tried == [401, 401, 401, 429, 429]
    assert guess(password=PASSWORD, source="198.51.77.1").status_code == 429
    assert guess(password=PASSWORD, source="192.0.2.200").status_code == 200  # the same network as HOME
    assert guess("bob", PASSWORD, source="198.51.77.1").status_code == 200


@pytest.mark.usefixtures("people")
def test_the_admins_sign_in_counts_and_is_refused_alike():
    assert [knock().status_code for _ in range(3)] == [200, 200, 200]

    locked = knock(password=PASSWORD)

    assert (locked.status_code, locked["RateLimit-Policy"]) == (429, '"lockout";q=3;w=900')
    assert "Try again in" in locked.content.decode()
    assert guess(password=PASSWORD).status_code == 429
    assert not Session.objects.filter(kind="admin").exists()
    assert knock(password=PASSWORD, source=HOME).status_code == 302


@pytest.mark.usefixtures("people")
def test_a_success_at_the_admin_forgives():
    knock(), knock()

    knock(password=PASSWORD)

    assert statuses(3) == [401, 401, 401]


@pytest.mark.usefixtures("people")
def test_unknown_wrong_and_inactive_are_one_page_of_the_admin():
    User.objects.filter(username="bob").update(is_active=False, is_staff=True)

    pages = [knock(*given) for given in (("nobody", "guess"), ("ada", "guess"), ("bob", PASSWORD))]

    assert [page.status_code for page in pages] == [200, 200, 200]
    assert len({str(page.context["form"].errors) for page in pages}) == 1


@pytest.mark.usefixtures("people")
def test_a_record_is_kept_of_each_source_and_account_and_of_nothing_more():
    for number in range(3):
        guess(**{"User-Agent": f"Browser {number}"})
    knock("bob")

    kept = FailedSignIn.objects.order_by("id").values_list("username", "ip_address", "failures_since_start")
    assert list(kept) == [("ada", ABROAD, 3), ("bob", ABROAD, 1)]
    assert list(FailedSignIn.objects.values_list("get_data", "post_data", "user_agent").distinct()) == [("", "", "")]


@pytest.mark.usefixtures("people")
def test_the_record_is_kept_for_a_day():
    guess("bob")
    FailedSignIn.objects.update(attempt_time=timezone.now() - timedelta(hours=25))
    guess("ada")

    assert purge_failed_sign_ins() == "1 removed"
    assert FailedSignIn.objects.get().username == "ada"


@pytest.mark.usefixtures("people")
def test_staff_let_a_source_try_again(client):
    client.force_login(User.objects.get(username="ada"))
    statuses(4), statuses(4, username="bob")
    chosen = FailedSignIn.objects.get(username="ada").pk

    fields = {"action": "let_in", "_selected_action": [chosen]}
    page = client.post(reverse("admin:security_failedsignin_changelist"), fields, follow=True)

    assert "1 source may try again." in page.content.decode()
    assert guess(password=PASSWORD).status_code == 200
    assert guess("bob", PASSWORD).status_code == 429


@pytest.mark.usefixtures("people")
def test_axes_command_lets_a_source_try_again():
    statuses(4), statuses(4, username="bob")

    call_command("axes_reset_username", "ada", stdout=StringIO())

    assert guess(password=PASSWORD).status_code == 200
    assert guess("bob", PASSWORD).status_code == 429


@pytest.mark.django_db(transaction=True)
def test_of_guesses_at_the_same_moment_no_more_are_looked_at_than_one_after_the_other():
    make_people()

    answers = at_once([guess] * 12)

    assert sorted(answer.status_code for answer in answers) == [401] * 3 + [429] * 9
    assert FailedSignIn.objects.get().failures_since_start == 3


@pytest.mark.usefixtures("people")
@pytest.mark.parametrize("hasher", ["BusyHasher", "Renewing"])
def test_no_session_begins_on_a_password_that_was_changed_while_it_was_looked_at(settings, hasher):
    settings.PASSWORD_HASHERS = [f"tests.security.busy_hasher.{hasher}"]
    User.objects.update(password="busy$" + PASSWORD)
    before = Session.objects.count()

    problem(guess(password=PASSWORD), 401, "wrong_credentials")

    assert Session.objects.count() == before
    assert User.objects.get(username="ada").password == "set meanwhile"
