"""What a rule would have found: hits, cost and likely false alarms, over what the asker may read and nothing else."""

import json
import time
from datetime import timedelta

import pytest
from django.urls import reverse

from contexts.models import Message
from dispatch import whatif
from project.readers import Reader
from security import screening
from security.models import Membership, Role
from security.screening import Action, Finding
from security.screening_models import KeptFinding, Rule
from tests import admin_rows
from tests.problem import problem

TRY = "/api/v1/rules/try"


@screening.register("test_pin")
def pin(material):
    start = material.whole.find("4711")
    if start >= 0:
        yield Finding("pin", (start, start + 4), "high", action=Action.REDACT, mask="[pin]")


@screening.register("test_sleepy", deadline=10)
def sleepy(material):
    time.sleep(0.06)
    return ()


@pytest.fixture(autouse=True)
def own_filters(settings):
    settings.FILTERS = ["shape", "test_pin", "rules"]


@pytest.fixture
def bob(bob):
    """An admin, and no staff."""
    Membership.objects.filter(user=bob.user).update(role=Role.ADMIN)
    return bob


@pytest.fixture
def say(conversation, bob):
    """Messages, oldest first, by nobody's hand but the test's."""
    count = iter(range(100, 10_000))

    def said(text, **fields):
        message = admin_rows.message(conversation, next(count), text, fields.pop("author", bob.user))
        Message.objects.filter(id=message.id).update(**fields)
        return message

    return said


def tried(person, **body):
    answer = person.post(TRY, {"workspace": str(person.workspace.id), **body})
    assert answer.status_code == 200, answer.content
    return answer.json()


def test_hits_are_counted_by_role_and_nothing_is_changed(bob, say):
    say("good day")
    asked = say("what of Zephyr?")
    say("Zephyr is a wind.", role="assistant", author=None)
    before = list(Message.objects.order_by("id").values())

    told = tried(bob, expression="(?i)zephyr", action="block", mode="enforce")

    assert (told["looked_at"], told["complete"], told["read"], told["hits"]) == (3, True, 3, 2)
    assert (told["share"], told["by_role"]) == (0.6667, {"user": 1, "assistant": 1})
    assert 0 < told["ms_median"] <= told["ms_p99"]
    assert [example["evidence"] for example in told["examples"]] == ["Zephyr is a wind.", "what of Zephyr?"]
    assert told["examples"][1]["message"] == str(asked.id)
    assert list(Message.objects.order_by("id").values()) == before
    assert not Rule.objects.exists()
    assert not KeptFinding.objects.exists()


def test_a_change_is_tried_without_being_made(bob, say):
    say("the mistral")
    made = admin_rows.rule(bob.workspace)

    told = tried(bob, rule=str(made.id), expression="mistral")

    assert told["hits"] == 1
    made.refresh_from_db()
    assert (made.expression, made.version) == ("(?i)zephyr", 1)


def test_it_reads_the_newest_of_its_kinds_and_directions(bob, say):
    say("zephyr, the oldest")
    say("zephyr", role="assistant", author=None)
    say("zephyr", kind="action")
    say("zephyr")

    told = tried(bob, expression="zephyr", messages=3, reads="messages", kinds=["text"])

    assert (told["looked_at"], told["read"], told["hits"]) == (3, 1, 1)


def test_likely_false_are_hits_where_nothing_else_speaks_against_message_or_author(bob, ada, say):
    rule = admin_rows.rule(bob.workspace)
    innocent = say("zephyr, innocently")
    suspect = say("zephyr of a suspect", author=ada.user)
    admin_rows.finding(say("nothing much", author=ada.user))
    called = {word: say(f"zephyr called {word}", author=ada.user) for word in ("wrong", "right")}
    for word, message in called.items():
        admin_rows.finding(message, rule, verdict=word)
    doubtless = say("zephyr called right", author=bob.user)
    admin_rows.finding(doubtless, rule, verdict="right")

    told = tried(bob, rule=str(rule.id))

    doubted = {example["message"] for example in told["examples"] if example["likely_false"]}
    assert doubted == {str(innocent.id), str(called["wrong"].id)}
    assert (told["hits"], told["likely_false"], told["called_wrong"]) == (5, 2, 1)
    assert str(suspect.id) not in doubted


def test_what_the_asker_may_not_read_is_neither_shown_nor_counted(bob, ada, say, settings):
    say("zephyr to ada", visible_to=str(ada.user.id))
    say("zephyr to staff", visible_to="staff")
    say("zephyr held back", status="quarantined")
    say("zephyr deleted", status="deleted")
    mine = say("zephyr to bob", visible_to=str(bob.user.id))

    told = tried(bob, expression="zephyr")

    assert (told["looked_at"], told["hits"]) == (1, 1)
    assert [example["message"] for example in told["examples"]] == [str(mine.id)]
    assert tried(ada, expression="zephyr")["hits"] == 4


def test_what_is_masked_is_not_found_out_a_letter_at_a_time(bob, ada, conversation):
    ada.post(f"/api/v1/conversations/{conversation.id}/messages/", {"text": "zephyr has 4711"})

    assert tried(bob, expression="47")["hits"] == 0


def test_evidence_is_masked_where_a_filter_would_mask_it_now(bob, say):
    say("zephyr has 4711")

    assert [example["evidence"] for example in tried(bob, expression="zephyr")["examples"]] == ["zephyr has [pin]"]


def test_messages_of_another_workspace_are_not_met(bob, eve, say):
    elsewhere = admin_rows.conversation(eve.workspace)
    admin_rows.message(elsewhere, 1, "zephyr", eve.user)

    assert tried(bob, expression="zephyr")["looked_at"] == 0


def test_a_rule_of_the_installation_is_tried_on_all(ada, eve, say):
    say("zephyr")
    admin_rows.message(admin_rows.conversation(eve.workspace), 1, "zephyr", eve.user)

    assert tried(ada, expression="zephyr", workspace=None)["hits"] == 2


def test_what_is_over_the_time_is_not_looked_at_and_it_says_so(bob, say, settings):
    for number in range(3):
        say(f"zephyr {number}")
    rule = Rule(workspace=bob.workspace, expression="zephyr", severity="low", action="flag")

    trial = whatif.tried(Reader(str(bob.user.id)), rule, 10, seconds=-1)

    assert (trial.looked_at, trial.complete, trial.hits) == (0, False, 0)


def test_examples_take_their_time_from_the_same_time(bob, say, settings):
    settings.FILTERS = ["shape", "test_sleepy", "rules"]
    for number in range(5):
        say(f"zephyr {number}")
    rule = Rule(workspace=bob.workspace, expression="zephyr", severity="low", action="flag")

    trial = whatif.tried(Reader(str(bob.user.id)), rule, 10, seconds=0.1)

    assert not trial.complete
    assert len(trial.examples) == trial.hits < 3


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({}, "/expression"),
        ({"expression": "zephyr("}, "/expression"),
        ({"expression": ".*"}, "/expression"),
        ({"expression": "zephyr", "kinds": ["fax"]}, "/kinds/0"),
        ({"expression": "zephyr", "messages": 10_001}, "/messages"),
        ({"expression": "zephyr", "messages": 0}, "/messages"),
        ({"rule": "17"}, "/rule"),
    ],
)
def test_what_cannot_be_tried_is_refused(bob, body, pointer):
    refused = problem(bob.post(TRY, {"workspace": str(bob.workspace.id), **body}), 422, "invalid")

    assert [error["pointer"] for error in refused["errors"]] == [pointer]


def test_trials_are_limited(bob, settings):
    settings.LIMITS = {**settings.LIMITS, "tries": (1, timedelta(minutes=1))}
    tried(bob, expression="zephyr")

    problem(bob.post(TRY, {"workspace": str(bob.workspace.id), "expression": "zephyr"}), 429, "rate_limited")


@pytest.fixture
def browser(client, ada):
    client.force_login(ada.user)
    return client


def form(**fields):
    return {
        "name": "Zephyr",
        "workspace": "",
        "mode": "shadow",
        "form": "pattern",
        "expression": "(?i)zephyr",
        "sample": "about <b>Zephyr</b>",
        "reads": "all",
        "kinds": "",
        "action": "flag",
        "severity": "low",
        "message": "",
        **fields,
    }


def test_staff_try_what_stands_in_the_form(browser, say):
    message = say("<script>zephyr</script>")

    page = browser.post(reverse("admin:security_rule_try"), {**form(), "messages": "100"}).content.decode()

    assert "finds 1" in page
    assert "&lt;script&gt;zephyr" in page
    assert "about &lt;b&gt;<mark>Zephyr</mark>&lt;/b&gt;" in page
    assert reverse("admin:contexts_message_change", args=[message.id]) in page
    assert not Rule.objects.exists()


def test_staff_are_told_what_keeps_it_from_being_tried(browser):
    page = browser.post(reverse("admin:security_rule_try"), form(expression="zephyr(")).content.decode()

    assert "at character 7: missing )" in page


def test_staff_are_told_when_they_tried_too_often(browser, settings):
    settings.LIMITS = {**settings.LIMITS, "tries": (1, timedelta(minutes=1))}
    for _ in range(2):
        page = browser.post(reverse("admin:security_rule_try"), form())

    assert (page.status_code, "At most 1 times in 60 seconds" in page.content.decode()) == (200, True)


def test_the_form_of_a_rule_offers_it_to_who_may_change_rules(browser, ada, client):
    rule = admin_rows.rule(ada.workspace)
    address = f"{reverse('admin:security_rule_try')}?rule={rule.id}"
    page = reverse("admin:security_rule_change", args=[rule.id])
    assert address in browser.get(page).content.decode()
    viewer = admin_rows.person("viewer", is_staff=True)
    admin_rows.grant(viewer, "view_rule")

    client.force_login(viewer)

    assert address not in client.get(page).content.decode()
    assert client.post(address, form()).status_code == 403


def test_staff_save_a_rule_whose_sample_is_found(browser, ada):
    refused = browser.post(reverse("admin:security_rule_add"), form(expression="mistral")).content.decode()
    saved = browser.post(reverse("admin:security_rule_add"), form(form="words", expression="zephyr\nmistral"))

    assert "The rule does not find this text" in refused
    rule = Rule.objects.get()
    assert (saved.status_code, rule.created_by, rule.version) == (302, ada.user, 1)
    path = reverse("admin:security_rule_change", args=[rule.id])
    browser.post(path, form(form="words", expression="zephyr\nmistral", mode="enforce", kinds="text\naction"))
    rule.refresh_from_db()
    assert (rule.mode, rule.kinds, rule.version) == ("enforce", ["text", "action"], 2)


def test_an_empty_rule_is_told_once_that_it_is(browser):
    page = browser.post(reverse("admin:security_rule_add"), form(expression="")).content.decode()

    assert "This field is required." in page
    assert "The pattern is empty" not in page


def test_a_broken_rule_is_shown_as_such_and_switched_off_but_not_on(browser, ada):
    rule = admin_rows.rule(ada.workspace, expression="zephyr(")
    address = reverse("admin:security_rule_changelist")

    page = browser.get(address).content.decode()
    on = browser.post(address, {"action": "enforce", "_selected_action": [str(rule.id)]}, follow=True)
    browser.post(address, {"action": "switch_off", "_selected_action": [str(rule.id)]})

    assert ">broken<" in "".join(page.split())
    assert "at character 7: missing )" in on.content.decode()
    rule.refresh_from_db()
    assert (rule.mode, rule.version) == ("off", 2)


def test_the_list_counts_what_each_rule_found(browser, ada, say):
    rule = admin_rows.rule(ada.workspace)
    for mode, verdict in (("enforce", ""), ("shadow", "wrong"), ("shadow", "right")):
        admin_rows.finding(say("zephyr"), rule, mode=mode, verdict=verdict)

    page = browser.get(reverse("admin:security_rule_changelist")).content.decode()
    counts = ada.get(f"/api/v1/rules/{rule.id}/").json()["counts"]

    assert "1 enforced, 2 shadow" in page
    assert "1 of 2" in page
    assert counts == json.loads(
        '{"enforced_day": 1, "shadow_day": 2, "enforced_week": 1, "shadow_week": 2, "wrong": 1, "right": 1}'
    )
