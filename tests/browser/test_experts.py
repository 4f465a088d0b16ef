"""Experts in the console: whom a message goes to, what they do meanwhile, what they ask, what they found."""

import json
import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Locator, Page, Route, expect

from tests.browser.tab import Tab, in_browser
from tests.browser.test_access import nameless
from tests.browser.test_known import viewer
from tests.deployment import Deployment, Server
from tests.live import LivePerson
from tests.modes import once

pytestmark = [*in_browser, once]

# A row for each expert of the test apps; one that is planned, with two skills; one that is switched off.
ROWS = """
from integrations import python_experts
from integrations.models import Expert
from tests.experts_app import experts
from tests.telling_app import experts

def make(slug, name, skills, **fields):
    Expert.objects.create(slug=slug, name=name, description=f"{name} is an expert.", skills=skills, **fields)

for slug in python_experts.REGISTRY:
    its = python_experts.REGISTRY[slug].definition
    fields = {"adapter": "python", "settings": {"expert": slug}, "retries": 0}
    if not Expert.objects.filter(slug=slug).exists():
        make(slug, its.name, [skill.as_json() for skill in its.skills], **fields)
make("translator", "Translator", [{"name": "translate"}, {"name": "polish"}], adapter="planned")
make("retired", "Retired", [{"name": "rest"}], adapter="python", settings={"expert": "counter"}, enabled=False)
"""

# 2,100 events of a task that asks something: they say that it works.
TALK = """
from django.db import transaction
from dispatch.delegation_models import Delegation
from project import log

one = Delegation.objects.get(conversation="{conversation}")
whose = {{"delegation": str(one.id), "expert": one.slug, "name": one.name, "skill": one.skill}}
with transaction.atomic():
    log.lock(one.conversation.stream)
    steps = [{{**whose, "progress": 0.1, "text": "Thinking."}}] * 2100
    log.append_all(one.conversation.stream, "delegation.working", steps, log.About(one.workspace, one.run_id))
"""


@pytest.fixture(scope="module")
def server(deployment: Deployment) -> Server:
    deployment.manage("shell", "--verbosity=0", "-c", ROWS)
    return deployment.serve(EXTRA_APPS="tests.experts_app,tests.telling_app")


def ask(tab: Tab, expert: str, text: str) -> Locator:
    """Say something to an expert. Returns its task in the transcript."""
    chooser(tab.page).select_option(label=expert)
    tab.say(text)
    return tab.page.locator(".delegation").last


def chooser(page: Page) -> Locator:
    return page.get_by_role("combobox", name="To", exact=True)


def test_the_chosen_expert_answers_under_its_name(ada_at):
    chooser(ada_at.page).select_option(label="Word counter")
    expect(ada_at.page.locator("#expert-says")).to_have_text("Word counter is an expert. Counts words.")

    ada_at.say("Count these four words")

    answer = ada_at.page.locator(".turn.answer")
    expect(answer.locator(".name")).to_have_text("Word counter")
    expect(answer.locator(".chip")).to_have_text("Expert")
    expect(answer.locator(".body")).to_have_text("There are 4 words.")
    expect(ada_at.page.locator(".turn.question .chip")).to_have_text(["To Word counter"])
    expect(ada_at.page.locator(".delegation .chip")).to_have_text("Done")
    expect(chooser(ada_at.page)).to_have_value("")
    ada_at.page.get_by_role("button", name="Show the result of Word counter").click()
    expect(answer).to_be_focused()


def test_planned_experts_are_marked_and_those_switched_off_are_not_offered(ada_at):
    planned = chooser(ada_at.page).get_by_role("option", name="Translator: polish")

    expect(planned).to_be_disabled()
    expect(chooser(ada_at.page).locator("optgroup[label='Translator (planned, not there yet)']")).to_have_count(1)
    expect(chooser(ada_at.page)).not_to_contain_text("Retired")


def test_a_question_is_put_and_answered_in_the_conversation(ada_at):
    task = ask(ada_at, "Asker", "Ask me")
    colour = task.get_by_role("textbox", name="Colour")
    expect(colour).to_be_focused()
    expect(task).to_contain_text("Which colour?")
    expect(ada_at.page.locator(".turn.question")).to_contain_text("Waits for Asker")

    colour.press("Enter")
    expect(task.locator(".field-fault")).to_have_text("This is needed.")
    expect(colour).to_have_attribute("aria-invalid", "true")
    colour.fill("blue")
    colour.press("Enter")

    expect(ada_at.said.last).to_have_text("It is blue.")
    expect(task.locator("form")).to_have_count(0)
    expect(task).to_contain_text("It asked: Which colour? ada answered.")
    expect(ada_at.page.locator(".turn.question")).not_to_contain_text("Waits for")


def test_a_question_takes_no_focus_from_who_is_writing(ada_at):
    chooser(ada_at.page).select_option(label="Asker")
    ada_at.field.fill("Ask me")
    ada_at.page.evaluate(
        """() => {
            const text = document.getElementById("text");
            document.getElementById("composer").addEventListener("submit", () => queueMicrotask(() => {
                text.value = "the next one";
                text.dispatchEvent(new Event("input"));
            }));
        }"""
    )

    ada_at.page.get_by_role("button", name="Send", exact=True).click()

    expect(ada_at.page.locator(".delegation form")).to_be_visible()
    expect(ada_at.page.locator("#announcer")).to_have_text("Asker asks: Which colour?")
    expect(ada_at.field).to_be_focused()
    expect(ada_at.field).to_have_value("the next one")


def test_a_form_is_made_of_the_schema_and_faults_stand_at_their_fields(ada_at):
    task = ask(ada_at, "Surveyor", "Send it")
    task.get_by_role("textbox", name="Your name").fill("Al")
    task.get_by_role("group", name="Size").get_by_label("large").check()
    task.get_by_role("spinbutton", name="Count").fill("2")
    task.get_by_role("textbox", name="Tags").fill("[")

    task.get_by_role("button", name="Answer").click()
    expect(task.locator("[data-field=tags] .field-fault")).to_have_text("This is not written as JSON.")
    task.get_by_role("textbox", name="Tags").fill('["new"]')
    task.get_by_role("button", name="Answer").click()
    expect(task.locator("[data-field=name] .field-fault")).not_to_be_empty()
    expect(task.get_by_role("textbox", name="Your name")).to_be_focused()
    task.get_by_role("textbox", name="Your name").fill("Alan")
    task.get_by_role("group", name="Fragile").get_by_label("No").check()
    task.get_by_role("button", name="Answer").click()

    shown = ada_at.page.locator(".turn.answer .code")
    expect(shown).to_be_visible()
    expected = {"name": "Alan", "size": "large", "fragile": False, "count": 2, "tags": ["new"]}
    assert json.loads(shown.inner_text()) == expected


def test_what_the_conversation_knows_is_filled_in(ada_at, live_ada):
    known = {"metadata": {"sender": "Alan Turing"}}
    live_ada.http.patch(f"/api/v1/conversations/{ada_at.conversation}/", json=known).raise_for_status()

    task = ask(ada_at, "Surveyor", "Send it")

    expect(task.get_by_role("textbox", name="Your name")).to_have_value("Alan Turing")
    expect(task.get_by_role("spinbutton", name="Count")).to_have_value("")


def test_a_sign_in_elsewhere_is_told_and_confirmed(ada_at):
    task = ask(ada_at, "Stranger", "Hello")
    expect(task.get_by_role("link", name="https://example.org/")).to_be_visible()

    task.get_by_role("button", name="Done").click()

    expect(ada_at.said.last).to_have_text("Now we know each other.")


def test_a_task_is_canceled_and_nobody_waits_any_more(ada_at):
    task = ask(ada_at, "Sleeper", "Sleep well")
    expect(task).to_contain_text("Still asleep.")

    task.get_by_role("button", name="Cancel the task of Sleeper").click()

    expect(task.locator(".chip")).to_have_text("Canceled")
    expect(task).to_contain_text("ada stopped it.")
    expect(ada_at.page.get_by_text("Waits for Sleeper")).to_have_count(0)
    expect(ada_at.page.get_by_role("button", name=re.compile("^Cancel"))).to_have_count(0)
    unanswered = "Not answered: the task of the expert was stopped"
    expect(ada_at.page.locator(".turn.answer .chip.plain")).to_have_text(unanswered)
    expect(ada_at.page.locator("[data-lamp=failed]")).to_have_count(0)


def test_what_fails_says_why(ada_at):
    task = ask(ada_at, "Broken", "Break")

    expect(task.locator(".chip")).to_have_text("Failed")
    expect(task.locator(".task-line")).to_have_text("Something broke in it.")
    expect(ada_at.page.locator(".turn.answer .chip.failed")).to_have_text("Not answered: nothing came from the expert")


def test_a_reload_in_the_middle_shows_the_same_and_goes_on(ada_at):
    ask(ada_at, "Word counter", "one two")
    ada_at.hear_answers(1)
    asleep = ask(ada_at, "Sleeper", "Sleep well")
    expect(asleep).to_contain_text("Still asleep.")
    task = ask(ada_at, "Asker", "Ask me")
    expect(task.get_by_role("textbox", name="Colour")).to_be_visible()
    chips = ada_at.page.locator(".turn .chip")
    before = chips.all_inner_texts()

    ada_at.page.reload()

    expect(chips).to_have_text(before)
    expect(ada_at.page.locator(".delegation[data-state=working]")).to_contain_text("Still asleep.")
    task.get_by_role("textbox", name="Colour").fill("green")
    task.get_by_role("button", name="Answer").click()
    expect(ada_at.said.last).to_have_text("It is green.")
    ada_at.page.get_by_role("button", name="Cancel the task of Sleeper").click()
    expect(ada_at.page.locator(".delegation .chip")).to_have_text(["Done", "Canceled", "Done"])


def test_what_is_open_and_new_is_shown_after_however_much_was_told(ada_at, deployment):
    task = ask(ada_at, "Asker", "Ask me")
    expect(task.locator("form")).to_be_visible()
    assert deployment.manage("shell", "--verbosity=0", "-c", TALK.format(conversation=ada_at.conversation)) == ""
    ask(ada_at, "Word counter", "one two")
    ada_at.hear_answers(1)

    ada_at.page.reload()

    expect(ada_at.page.locator(".delegation .chip")).to_have_text(["Asks a question", "Done"])
    expect(ada_at.page.get_by_role("textbox", name="Colour")).to_be_visible()


def test_two_see_the_same_and_one_answer_wins(open_tab, live_ada):
    ada, bob = open_tab(), open_tab()
    ada.sign_in("ada")
    id = ada.start()
    bob.sign_in("bob")
    bob.page.locator(f"a[href='#/c/{id}']").click()
    expect(bob.field).to_be_visible()
    task = ask(ada, "Asker", "Ask us")
    theirs = bob.page.locator(".delegation")
    ada.page.route("**/input", lambda route: answered_first(route, live_ada))
    expect(theirs.get_by_role("textbox", name="Colour")).to_be_visible()
    expect(bob.field).to_be_focused()

    task.get_by_role("textbox", name="Colour").fill("red")
    task.get_by_role("button", name="Answer").click()

    for tab in (ada, bob):
        expect(tab.said.last).to_have_text("It is black.")
        expect(tab.page.locator(".delegation")).to_contain_text("ada answered.")
        expect(tab.page.locator(".delegation form")).to_have_count(0)


def answered_first(route: Route, person: LivePerson) -> None:
    """Somebody else answers before this request comes to the server."""
    path = route.request.url.partition("/api/v1/")[2]
    person.http.post(f"/api/v1/{path}", json={"answer": {"colour": "black"}}).raise_for_status()
    route.continue_()


def test_who_only_reads_sees_the_question_without_a_form(open_tab, live_ada):
    ada, bob = open_tab(), open_tab()
    ada.sign_in("ada")
    id = ada.start()
    task = ask(ada, "Asker", "Ask me")
    expect(task.locator("form")).to_be_visible()
    bob.sign_in("bob")
    bob.page.locator(f"a[href='#/c/{id}']").click()
    theirs = bob.page.locator(".delegation")
    expect(theirs.locator("form")).to_be_visible()

    with viewer(live_ada, "bob"):
        expect(theirs).to_contain_text("Somebody who may write here has to answer.")
        expect(theirs.get_by_role("button")).to_have_count(0)


def test_findings_are_a_table_in_which_nothing_is_markup(ada_at):
    ask(ada_at, "Reviewer: review", "x = eval(y)")

    rows = ada_at.page.get_by_role("table", name="Findings: 2").locator("tbody tr")
    expect(rows).to_have_count(2)
    expect(rows.first.get_by_role("cell")).to_have_text(
        ["high", "a.py:3S307", "eval <img src=x onerror='window.harmed = true'>Parse it."]
    )
    answer = ada_at.page.locator(".turn.answer")
    expect(answer.locator(".said > .body")).to_have_text("It is read.")
    expect(answer.locator(".remark")).to_have_text("It only looks.")
    answer.get_by_text("As text").click()
    expect(answer.get_by_text("All of it.")).to_be_visible()
    assert ada_at.page.evaluate("window.harmed") is None
    ask(ada_at, "Reviewer: praise", "x = 1")
    expect(ada_at.page.locator(".turn.answer").last).to_contain_text("Nothing was found.")


def test_what_was_found_elsewhere_is_quoted_with_a_way_to_it(ada_at, live_ada):
    other = live_ada.conversation(title="Harvest")
    there = live_ada.say(other, "The apples are red.").json()["message"]
    hit = {"message": there, "conversation": other, "title": "Harvest", "quote": "The apples are <b>red</b>."}
    ask(ada_at, "Finder", json.dumps({**hit, "author": "ada", "created_at": "2026-11-20T10:00:00Z", "score": 1.5}))
    quoted = ada_at.page.locator(".hits li")
    expect(quoted.locator("blockquote")).to_have_text("The apples are <b>red</b>.")

    quoted.get_by_role("link", name="Harvest").click()

    expect(ada_at.page.get_by_role("heading", name="Harvest")).to_be_visible()
    expect(ada_at.page.locator(f"#turn-{there}")).to_be_focused()


def test_the_log_names_what_experts_do(ada_at):
    ada_at.page.get_by_role("button", name="Log", exact=True).click()

    ask(ada_at, "Word counter", "one two three")

    for type in ("delegation.submitted", "run.waiting", "delegation.completed"):
        expect(ada_at.page.locator("#events").get_by_text(type).first).to_be_visible()


def test_on_a_phone_all_of_it_has_a_name_and_fits(open_tab: Callable[..., Tab]):
    phone = open_tab(390)
    phone.sign_in("ada")
    phone.start()
    task = ask(phone, "Surveyor", "x" * 300)
    expect(task.locator("form")).to_be_visible()

    nameless(phone.page, "the conversation")
    assert phone.page.evaluate("document.getElementById('scroller').scrollWidth") <= 390
    assert phone.page.evaluate("document.documentElement.scrollWidth") <= 390
