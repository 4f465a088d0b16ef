"""Secrets of experts: sealed at rest, exchanged without a failed call, and shown once."""

import base64
import logging
import secrets
from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from integrations import experts, jobs, roster, vault
from integrations.models import Expert
from integrations.roster import RotatedMeanwhile
from security.models import Session
from tests.experts_app import far_away
from tests.problem import problem

URL = "https://far.example/"
FIRST = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"


@pytest.fixture
def far(ada):
    far_away.side(URL, "count")
    fields = {"name": "Far", "adapter": "far", "settings": {"url": URL}, "secret": vault.seal(FIRST)}
    return Expert.objects.create(workspace=ada.workspace, slug="far", **fields)


def given(expert):
    """The secrets that its adapter gets."""
    experts.way_to(Expert.objects.get(id=expert.id))
    return far_away.SIDES[URL].secrets[-1]


def rotate(person, expert):
    return person.post(f"/api/v1/experts/{expert.id}/rotate-secret/")


def test_a_new_secret_is_shown_once_and_the_one_before_is_taken_for_a_day(ada, far):
    answer = rotate(ada, far)

    new = answer.json()["secret"]
    assert answer["Cache-Control"] == "no-store"
    assert len(base64.b64decode(new.removeprefix("whsec_"))) == 32
    assert given(far) == (new, FIRST)
    Expert.objects.update(secret_until=timezone.now())
    assert given(far) == (new,)


def test_a_second_rotation_ends_the_first_secret_at_once(ada, far):
    middle, last = (rotate(ada, far).json()["secret"] for _ in range(2))

    assert given(far) == (last, middle)


def test_the_job_drops_old_secrets_whose_day_is_over(ada, far):
    rotate(ada, far)
    assert jobs.drop_old_secrets() == "0 removed"

    Expert.objects.filter(id=far.id).update(secret_until=timezone.now() - timedelta(seconds=1))

    assert jobs.drop_old_secrets() == "1 removed"
    far.refresh_from_db()
    assert (far.secret_before, far.secret_until) == ("", None)


def test_a_secret_that_is_set_by_hand_replaces_the_present_one_and_none_takes_all_away(ada, far):
    second = "another-secret-of-a-far-side"
    path = f"/api/v1/experts/{far.id}/"

    ada.patch(path, {"secret": second})
    both = given(far)
    gone = ada.patch(path, {"secret": ""}).json()

    assert both == (second, FIRST)
    assert (given(far), gone["has_secret"], gone["secret_until"]) == ((), False, None)


def test_rotation_takes_a_password_given_just_now_and_an_adapter_with_a_secret(ada, far):
    planned = Expert.objects.create(workspace=ada.workspace, slug="planned", name="Planned")
    problem(rotate(ada, planned), 409, "expert_without_secret")

    Session.objects.filter(id=ada.session.id).update(authenticated_at=timezone.now() - timedelta(hours=1))

    problem(rotate(ada, far), 403, "fresh_authentication_required")
    assert given(far) == (FIRST,)


def test_of_two_who_rotate_at_once_one_is_told(far):
    first, second = (Expert.objects.get(id=far.id) for _ in range(2))
    new = roster.rotate(first, None)

    with pytest.raises(RotatedMeanwhile):
        roster.rotate(second, None)

    assert given(far) == (new, FIRST)


def test_secrets_are_in_no_log_and_in_no_representation(ada, far, caplog):
    with caplog.at_level(logging.DEBUG):
        new = rotate(ada, far).json()["secret"]
        ada.patch(f"/api/v1/experts/{far.id}/", {"secret": FIRST})

    row = Expert.objects.get(id=far.id)
    written = " ".join(str(vars(record)) for record in caplog.records) + repr(row) + str(vars(row))
    assert new not in written
    assert FIRST not in written
    assert FIRST not in repr(far_away.FarAdapter) + repr(experts.given(row))


def test_reseal_puts_all_secrets_under_the_present_key(ada, far, settings):
    new = rotate(ada, far).json()["secret"]
    old, settings.VAULT_KEY = settings.VAULT_KEY, secrets.token_urlsafe(48)
    settings.PREVIOUS_VAULT_KEYS = [old]
    assert given(far) == (new, FIRST)

    call_command("reseal")
    settings.PREVIOUS_VAULT_KEYS = []

    assert given(far) == (new, FIRST)


def test_reseal_names_what_no_key_opens_and_does_the_rest(ada, far, settings):
    settings.VAULT_KEY = secrets.token_urlsafe(48)
    other = Expert.objects.create(workspace=ada.workspace, slug="b", name="B", secret=vault.seal("x" * 20))

    with pytest.raises(CommandError, match="No key opens those of far: add the key"):
        call_command("reseal")

    assert vault.unseal(Expert.objects.get(id=other.id).secret) == "x" * 20


def test_an_expert_whose_secret_no_key_opens_is_failing_and_says_what_helps(far, settings):
    settings.VAULT_KEY = secrets.token_urlsafe(48)

    jobs.check_experts()

    assert "PREVIOUS_VAULT_KEYS" in Expert.objects.get(id=far.id).health_detail
