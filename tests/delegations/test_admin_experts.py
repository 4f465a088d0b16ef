"""Experts in the admin: registered with errors beside the fields, looked after, and deleted with what they leave."""

from datetime import timedelta

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Permission
from django.urls import reverse
from django.utils import timezone

from dispatch.delegation_models import Delegation
from integrations import vault
from integrations.models import Expert
from security.models import Session
from tests import admin_rows
from tests.delegations.consulted import carry, expert, post
from tests.experts_app import far_away

LIST = "admin:integrations_expert_changelist"
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
URL = "https://far.example/"
TEXT = {"type": "object", "properties": {"text": {"type": "string"}, "size": {"type": "integer"}}, "required": ["text"]}


@pytest.fixture
def staff(client, db):
    client.force_login(admin_rows.staff("sara"))
    return client


def form(**fields):
    return {
        "slug": "words",
        "name": "Words",
        "workspace": "",
        "enabled": "on",
        "description": "",
        "skills": "[]",
        "adapter": "planned",
        "settings": "{}",
        "new_secret": "",
        "concurrency": "",
        "timeout": "60",
        "retries": "2",
        "fallback": "",
        **fields,
    }


def far_form(**fields):
    return form(adapter="far", settings=f'{{"url": "{URL}"}}', **fields)


def added(client, **fields):
    return client.post(reverse("admin:integrations_expert_add"), form(**fields))


def changed(client, one, fields):
    return client.post(page(one), fields)


def page(one, to="change"):
    return reverse(f"admin:integrations_expert_{to}", args=[one.id])


def text(response):
    return response.content.decode()


def act(client, action, *chosen):
    asked = {"action": action, "_selected_action": [str(one.id) for one in chosen]}
    return client.post(reverse(LIST), asked, follow=True)


def agree(client, one, digest):
    asked = {"action": "accept", "_selected_action": [str(one.id)], "seen": f"{one.id}:{digest}"}
    return client.post(reverse(LIST), asked, follow=True)


def far(**fields):
    far_away.side(URL, "count")
    told = {"slug": "far", "name": "Far", "adapter": "far", "settings": {"url": URL}}
    return Expert.objects.create(**{**told, **fields})


def test_staff_register_an_expert(staff):
    lab = admin_rows.workspace(admin_rows.person("bob"))

    response = staff.post(
        reverse("admin:integrations_expert_add"),
        far_form(workspace=str(lab.id), skills='[{"name": "count"}]', new_secret=SECRET, concurrency="3"),
    )

    made = Expert.objects.get(slug="words")
    assert response.status_code == 302
    assert (made.workspace, made.adapter, made.settings, made.concurrency) == (lab, "far", {"url": URL}, 3)
    assert (vault.unseal(made.secret), made.skills) == (SECRET, [{"name": "count"}])


def test_the_empty_form_says_which_adapters_there_are_and_what_they_take(staff):
    said = text(staff.get(reverse("admin:integrations_expert_add")))

    assert "planned: Announced, not there yet" in said
    assert "python: expert (The name under which code registered it.)" in said
    assert "Says of itself now" not in said


@pytest.mark.parametrize(
    ("fields", "field", "said"),
    [
        ({"skills": "[{count}]"}, "skills", "This is no JSON"),
        ({"skills": '[{"name": "a"}, {"name": "a"}]'}, "skills", "1/name: a is named twice"),
        ({"skills": '[{"name": "a", "input": {"type": "x"}}]'}, "skills", "0/input: The schema cannot be used"),
        ({"adapter": "os.system"}, "adapter", "Select a valid choice"),
        ({"adapter": "far", "settings": "{}"}, "settings", "url: "),
        ({"adapter": "python", "settings": '{"expert": "gone"}'}, "settings", "No code registers"),
        ({"adapter": "planned", "new_secret": SECRET}, "new_secret", "have no secret"),
        ({"slug": "taken"}, "slug", "There is an expert of that slug"),
        ({"timeout": "0"}, "timeout", "a number from 1 to 2592000"),
        ({"retries": "99"}, "retries", "a number from 0 to 10"),
    ],
)
def test_what_is_wrong_is_said_beside_the_field(staff, fields, field, said):
    Expert.objects.create(slug="taken", name="Taken")

    response = added(staff, **fields)

    errors = response.context["adminform"].form.errors
    assert said in " ".join(errors[field])
    assert SECRET not in text(response)
    assert not Expert.objects.filter(slug="words").exists()


def test_an_empty_secret_leaves_the_present_one_and_a_new_one_takes_its_place(staff):
    one = far(secret=vault.seal(SECRET))
    new = "a-secret-of-twenty-letters"

    changed(staff, one, far_form(slug="far", name="Further"))
    kept = Expert.objects.get(id=one.id)
    changed(staff, one, far_form(slug="far", new_secret=new))
    replaced = Expert.objects.get(id=one.id)

    assert (kept.name, vault.unseal(kept.secret)) == ("Further", SECRET)
    assert (vault.unseal(replaced.secret), vault.unseal(replaced.secret_before)) == (new, SECRET)
    pages = text(staff.get(page(one))) + text(staff.get(page(one, "history"))) + text(staff.get(reverse(LIST)))
    kept_by_django = str(list(LogEntry.objects.values()))
    assert not any(secret in pages + kept_by_django for secret in (SECRET, new, replaced.secret))
    assert "New secret" in kept_by_django


def test_another_address_makes_an_expert_unknown_again(staff):
    one = far(health="changed", pinned="x")

    changed(staff, one, form(slug="far", adapter="far", settings='{"url": "https://other.example/"}'))

    assert (Expert.objects.get(id=one.id).health, Expert.objects.get(id=one.id).pinned) == ("unknown", "")


def test_skills_are_shown_in_words(staff):
    skills = [{"name": "count", "description": admin_rows.XSS, "input": TEXT, "output": {"type": ["array", "null"]}}]

    said = text(staff.get(page(far(skills=skills))))

    assert "takes text (string), size (integer, optional); gives array or null" in said
    assert "<script>alert" not in said


def test_the_list_shows_how_experts_are_and_how_much_they_do(staff, settings):
    far(health="failing", health_detail="Its disk is full.", uses=10, failure_rate=0.25)
    Expert.objects.create(slug="some-day", name="Some day", enabled=False)

    said = " ".join(text(staff.get(reverse(LIST))).split())

    assert "Its disk is full." in said
    assert "25 %" in said
    assert "planned" in said
    assert "disabled" in said


@pytest.mark.parametrize(("action", "enabled"), [("enable", True), ("disable", False)])
def test_selected_experts_are_switched(staff, action, enabled):
    one, other = far(enabled=not enabled), far(slug="other", enabled=not enabled)

    response = act(staff, action, one)

    assert f"{action.capitalize()}d 1 expert" in text(response)
    assert [Expert.objects.get(id=each.id).enabled for each in (one, other)] == [enabled, not enabled]


def test_selected_experts_are_asked_at_once(staff):
    response = act(staff, "check_now", far(), Expert.objects.create(slug="some-day", name="Some day"))

    assert "far: healthy." in text(response)
    assert Expert.objects.get(slug="some-day").health == "unknown"


def test_what_an_expert_says_of_itself_is_shown_and_accepted(staff):
    one = far(skills=[{"name": "count", "description": "", "input": {}, "output": {}}])
    act(staff, "check_now", one)
    far_away.side(URL, "guess")
    act(staff, "check_now", one)

    said = text(staff.get(page(one)))
    asked = text(act(staff, "accept", one))
    digest = (Expert.objects.get(id=one.id).described or {})["digest"]
    unchanged = [skill["name"] for skill in Expert.objects.get(id=one.id).skills]
    accepted = agree(staff, one, digest)

    assert "<em>new</em> <strong>guess</strong>" in said
    assert "<em>gone</em> <strong>count</strong>" in said
    assert unchanged == ["count"]
    assert "<em>new</em> <strong>guess</strong>" in asked
    assert f'name="seen" value="{one.id}:{digest}"' in asked
    assert "Accepted: far" in text(accepted)
    assert [skill["name"] for skill in Expert.objects.get(id=one.id).skills] == ["guess"]
    assert "waits to be accepted" in text(act(staff, "accept", one))


def test_what_has_changed_since_the_page_was_shown_is_not_accepted(staff):
    one = far()
    act(staff, "check_now", one)
    far_away.side(URL, "guess")
    act(staff, "check_now", one)
    seen = (Expert.objects.get(id=one.id).described or {})["digest"]
    far_away.side(URL, "upload_everything")
    act(staff, "check_now", one)

    refused = agree(staff, one, seen)

    assert "Look at what it says of itself now" in text(refused)
    assert [skill["name"] for skill in Expert.objects.get(id=one.id).skills] == ["count"]


def test_a_drawn_secret_is_shown_once_on_a_page_that_nobody_keeps(staff):
    one, planned = far(secret=vault.seal(SECRET)), Expert.objects.create(slug="some-day", name="Some day")

    response = act(staff, "rotate_secret", one, planned)

    new = vault.unseal(Expert.objects.get(id=one.id).secret)
    assert new in text(response)
    assert "no-store" in response["Cache-Control"]
    assert "which has no secret" in text(response)
    assert new not in text(staff.get(reverse(LIST)))
    assert new not in str(staff.cookies)


def test_drawing_a_secret_takes_a_password_given_just_now(staff):
    one = far(secret=vault.seal(SECRET))
    Session.objects.update(authenticated_at=timezone.now() - timedelta(hours=1))

    response = act(staff, "rotate_secret", one)

    assert "Give your password once more" in text(response)
    assert vault.unseal(Expert.objects.get(id=one.id).secret) == SECRET


def test_who_may_only_look_changes_nothing(client, db):
    helper = admin_rows.person("helper", is_staff=True)
    helper.user_permissions.set(Permission.objects.filter(codename="view_expert"))
    client.force_login(helper)
    one = far(secret=vault.seal(SECRET))

    refused = [changed(client, one, form()), added(client), client.post(page(one, "delete"), {"post": "yes"})]
    for action in ("disable", "rotate_secret", "accept", "check_now"):
        act(client, action, one)

    assert [response.status_code for response in refused] == [403, 403, 403]
    assert client.get(page(one)).status_code == 200
    assert vars(Expert.objects.get(id=one.id)) | {"_state": 0} == vars(one) | {"_state": 0}


@pytest.mark.django_db(transaction=True)
def test_a_deleted_expert_leaves_its_tasks_ended_and_named(ada, conversation, client):
    client.force_login(ada.user)
    one = expert("counter")
    run = post(ada, conversation, expert="counter")
    carry(run)

    asked = text(client.get(page(one, "delete")))
    client.post(page(one, "delete"), {"post": "yes"})

    left = Delegation.objects.get(run=run)
    assert "1 open delegation: ended as failed at once" in asked
    assert (left.state, left.reason, left.slug, left.expert) == ("failed", "expert_removed", "counter", None)
    assert carry(run).state == "failed"
