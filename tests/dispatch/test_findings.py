"""Findings: who reads them, what is said of them, and what they become."""

import json
import re
from datetime import timedelta
from io import StringIO
from typing import Any
from uuid import uuid4

import pytest
from django.contrib.auth.models import Permission
from django.core.management import CommandError, call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from contexts.models import Message
from dispatch import evaluation
from project.ids import first_at
from security import jobs, screening
from security.models import Membership, Role
from security.screening import Action, Finding
from security.screening_models import KeptFinding
from tests import admin_rows
from tests.problem import problem, refusal

FINDINGS = "/api/v1/findings/"


@pytest.fixture
def bob(bob):
    """An admin, and no staff."""
    Membership.objects.filter(user=bob.user).update(role=Role.ADMIN)
    return bob


@pytest.fixture
def found(conversation, bob):
    """A finding about a message that says zephyr."""
    count = iter(range(100, 10_000))

    def make(text="what of zephyr?", message=None, **fields):
        said = admin_rows.message(conversation, next(count), text, bob.user)
        Message.objects.filter(id=said.id).update(**(message or {}))
        span = {"start": 8, "end": 14, "evidence": "of zephyr"}
        return admin_rows.finding(said, admin_rows.rule(None, f"Rule {said.seq}"), **{**span, **fields})

    return make


def listed(person, **query):
    answer = person.client.get(FINDINGS, query)
    assert answer.status_code == 200, answer.content
    return answer.json()["results"]


def test_an_admin_reads_the_findings_of_the_workspace_newest_first(bob, eve, found):
    first, second = found(), found(mode="shadow")

    rows = listed(bob, workspace=str(bob.workspace.id))

    assert [row["id"] for row in rows] == [str(second.id), str(first.id)]
    assert rows[1] == {
        "id": str(first.id),
        "workspace": str(bob.workspace.id),
        "conversation": str(first.conversation),
        "message": str(first.message),
        "run": None,
        "author": str(bob.user.id),
        "stage": "intake",
        "filter": "rules",
        "version": "1",
        "rule": "Rule 100",
        "rule_id": str(first.rule_row),
        "path": "/text",
        "span": [8, 14],
        "severity": "high",
        "score": 1.0,
        "action": "flag",
        "mode": "enforce",
        "evidence": "of zephyr",
        "verdict": "",
        "verdict_by": None,
        "verdict_at": None,
        "created_at": rows[1]["created_at"],
    }
    assert [row["id"] for row in listed(bob, mode="shadow")] == [str(second.id)]
    assert [row["id"] for row in listed(bob, message=str(first.message))] == [str(first.id)]
    assert listed(eve) == listed(eve, workspace=str(bob.workspace.id)) == []
    problem(bob.get(f"{FINDINGS}?message=17"), 422, "invalid_filter")
    for name in ("action", "mode", "severity", "verdict"):
        assert name in problem(bob.get(f"{FINDINGS}?{name}=explode"), 422, "invalid_filter")["detail"]
    assert listed(bob, filter="one that is gone") == []


def test_other_members_read_no_findings_and_judge_none(bob, found):
    finding = found()
    Membership.objects.filter(user=bob.user).update(role=Role.EDITOR)

    assert listed(bob) == []
    problem(bob.post(f"{FINDINGS}{finding.id}/verdict", {"verdict": "wrong"}), 403, "forbidden")


def test_evidence_is_for_who_may_read_the_text(bob, ada, found):
    hidden = unreadable(ada, found, rule_row=None)
    blocked = found()
    KeptFinding.objects.filter(id=blocked.id).update(message=None)

    evidence = {row["id"]: row["evidence"] for row in listed(bob)}
    of_staff = {row["id"]: row["evidence"] for row in listed(ada)}

    assert {name for name, finding in hidden.items() if evidence[str(finding.id)]} == set()
    assert evidence[str(blocked.id)] == "of zephyr"
    assert {name for name, finding in hidden.items() if of_staff[str(finding.id)]} == {"to ada", "held", "kept back"}


def unreadable(ada, found, **fields):
    """Findings in texts that bob may not read."""
    hidden = {
        "to ada": found(message={"visible_to": str(ada.user.id)}, **fields),
        "held": found(message={"status": "quarantined"}, **fields),
        "deleted": found(message={"status": "deleted"}, **fields),
        "gone": found(**fields),
        "kept back": found(stage="answer", **fields),
    }
    Message.objects.filter(id=hidden["gone"].message).delete()
    KeptFinding.objects.filter(id=hidden["kept back"].id).update(message=None)
    return hidden


def test_rules_tell_nothing_of_texts_that_one_may_not_read(bob, ada, found):
    rule = admin_rows.rule(ada.workspace, "Code")
    hidden = unreadable(ada, found, rule_row=rule.id, verdict="right")
    KeptFinding.objects.update(workspace=ada.workspace.id)
    read = found(rule_row=rule.id)

    counts = {person: person.get(f"/api/v1/rules/{rule.id}/").json()["counts"] for person in (bob, ada)}
    listed_counts = bob.get("/api/v1/rules/").json()["results"][0]["counts"]

    assert [row["id"] for row in listed(bob)] == [str(read.id)]
    assert len(listed(ada)) == 6
    assert (counts[bob]["enforced_day"], counts[bob]["right"]) == (1, 0)
    assert listed_counts == counts[bob]
    assert (counts[ada]["enforced_day"], counts[ada]["right"]) == (6, 5)
    for finding in hidden.values():
        problem(bob.post(f"{FINDINGS}{finding.id}/verdict", {"verdict": "wrong"}), 404, "not_found")


@screening.register("test_code")
def code(material):
    start = material.whole.find("4711")
    if start >= 0:
        yield Finding("code", (start, start + 4), "high", action=Action.REDACT, mask="[code]")


def test_rules_tell_nothing_of_what_is_masked(bob, ada, conversation, settings):
    settings.FILTERS = ["shape", "test_code", "rules"]
    for name, expression in (("Guess", "47"), ("Words", "code"), ("Across", "is 47")):
        rule = {"name": name, "expression": expression, "sample": expression, "mode": "shadow"}
        bob.post("/api/v1/rules/", {"workspace": str(bob.workspace.id), **rule})

    run = ada.post(f"/api/v1/conversations/{conversation.id}/messages/", {"text": "the code is 4711"}).json()["run"]

    assert [row["rule"] for row in listed(bob)] == ["Words", "code"]
    counts = {row["name"]: row["counts"]["shadow_day"] for row in bob.get("/api/v1/rules/").json()["results"]}
    assert counts == {"Guess": 0, "Words": 1, "Across": 0}
    assert {row["rule"] for row in listed(ada)} == {"Guess", "Words", "Across", "code"}
    of_run = {who: [one["rule"] for one in who.get(f"/api/v1/runs/{run}/").json()["findings"]] for who in (ada, bob)}
    assert of_run == {ada: ["code", "Guess", "Words", "Across"], bob: ["code"]}


def test_a_reviewer_is_told_of_no_rule_that_met_what_is_masked(bob, ada, conversation, settings):
    settings.FILTERS = ["shape", "test_code", "rules"]
    for name, expression, action in (("Guess", "47", "flag"), ("Words", "code", "quarantine")):
        rule = {"name": name, "expression": expression, "sample": expression, "mode": "enforce", "action": action}
        bob.post("/api/v1/rules/", {"workspace": str(bob.workspace.id), **rule})

    ada.post(f"/api/v1/conversations/{conversation.id}/messages/", {"text": "the code is 4711"})

    told = {who: who.get("/api/v1/review/").json()["results"][0] for who in (ada, bob)}
    assert [one["rule"] for one in told[bob]["evidence"]] == ["Words", "code"]
    assert {one["rule"] for one in told[ada]["evidence"]} == {"Words", "code", "Guess"}
    assert ada.get(f"/api/v1/review/{told[ada]['id']}/").json() == told[ada]
    assert bob.get(f"/api/v1/review/{told[bob]['id']}/").json() == told[bob]


def test_the_last_verdict_counts_and_may_be_taken_back(bob, ada, found):
    path = f"{FINDINGS}{found().id}/verdict"

    first = bob.post(path, {"verdict": "right"}).json()
    last = ada.post(path, {"verdict": "wrong"}).json()
    back = bob.post(path, {"verdict": ""}).json()

    assert (first["verdict"], first["verdict_by"]) == ("right", str(bob.user.id))
    assert (last["verdict"], last["verdict_by"]) == ("wrong", str(ada.user.id))
    assert last["verdict_at"] > first["verdict_at"]
    assert (back["verdict"], back["verdict_by"], back["verdict_at"]) == ("", None, None)
    problem(bob.post(path, {"verdict": "perhaps"}), 422, "invalid")


def test_a_foreign_finding_is_as_unknown(eve, found):
    foreign = eve.post(f"{FINDINGS}{found().id}/verdict", {"verdict": "right"})

    problem(foreign, 404, "not_found")
    assert refusal(foreign) == refusal(eve.post(f"{FINDINGS}{uuid4()}/verdict", {"verdict": "right"}))


def exported(**options):
    out = StringIO()
    call_command("exportverdicts", stdout=out, **options)
    return [json.loads(line) for line in out.getvalue().splitlines()]


def test_judged_findings_become_evaluation_rows(ada, found):
    original = {"text": "what of zephyr and 4711?", "parts": [], "metadata": {}}
    found("what of zephyr and [pin]?", {"original": original}, verdict="right")
    found("in zephyr's data", verdict="wrong", filter="injection")
    found(verdict="right", path="/parts/0/data/a", start=0, end=6, message={"parts": PARTS})
    found("nobody judged this")
    found("deleted", {"status": "deleted"}, verdict="right")
    KeptFinding.objects.filter(id=found(verdict="right").id).update(message=None)

    rows = exported()

    assert rows == [
        row("what of zephyr and 4711?", 1, "Rule 100", [8, 14]),
        row("in zephyr's data", 0, "Rule 101") | {"family": "injection"},
        row("zephyr too", 1, "Rule 102", [0, 6]),
        row("of zephyr", 1, "Rule 105"),
    ]
    assert [json.loads(line) for line in ada.get(f"{FINDINGS}export").content.splitlines()] == rows
    assert exported(since=str(timezone.localdate() + timedelta(days=1))) == []
    with pytest.raises(CommandError, match="2026-11-29"):
        exported(since="yesterday")


def test_a_page_reads_message_by_message_and_no_further_than_it_is_long(found, monkeypatch):
    findings = [found(verdict="right") for _ in range(4)]
    monkeypatch.setattr(evaluation, "MOST_BYTES", 1)

    with CaptureQueriesContext(connection) as read:
        page = evaluation.page(None)

    read_whole = "".join(query["sql"] for query in read).replace("-", "")
    assert (len(page.lines.splitlines()), page.next) == (1, findings[0].id)
    assert findings[0].message.hex in read_whole
    assert findings[3].message.hex not in read_whole


def test_what_was_blocked_in_a_deleted_conversation_is_gone_with_it(ada, bob, conversation, found):
    finding = found(verdict="right")
    KeptFinding.objects.filter(id=finding.id).update(message=None)
    before = [listed(person)[0]["evidence"] for person in (ada, bob)]

    assert ada.delete(f"/api/v1/conversations/{conversation.id}/").status_code == 204

    assert before == ["of zephyr", "of zephyr"]
    assert [listed(person)[0]["evidence"] for person in (ada, bob)] == [None, None]
    assert exported() == []


PARTS = [{"type": "data", "data": {"a": "zephyr too"}}]


def row(text, label, rule, *spans):
    told = {"text": text, "label": label, "source": "verdicts", "family": "rules", "rule": rule}
    return {**told, "spans": [[rule, *span] for span in spans]}


def test_texts_as_they_were_sent_are_for_staff_with_the_permission(bob, eve, found):
    found(verdict="right")
    eve.user.is_staff = True
    eve.user.save()

    problem(bob.get(f"{FINDINGS}export"), 404, "not_found")
    problem(eve.get(f"{FINDINGS}export"), 403, "forbidden")
    eve.user.user_permissions.set(Permission.objects.filter(codename="change_keptfinding"))
    assert eve.get(f"{FINDINGS}export").status_code == 200
    problem(eve.get(f"{FINDINGS}export?after=17"), 422, "invalid_filter")


def test_findings_nobody_judged_go_after_their_time(settings, found):
    settings.FINDINGS_DAYS = 90
    ages = {"fresh": 89, "old": 91, "judged": 91}
    kept: dict[str, Any] = {}
    for name, days in ages.items():
        id = first_at(timezone.now() - timedelta(days=days))
        kept[name] = found(id=id.__class__(int=id.int + len(kept)), verdict="right" if name == "judged" else "").id

    assert jobs.purge_findings() == "1 removed"

    assert set(KeptFinding.objects.values_list("id", flat=True)) == {kept["fresh"], kept["judged"]}


def test_staff_judge_in_the_admin(client, ada, found):
    client.force_login(ada.user)
    one, other = found(), found(filter="shape")
    address = reverse("admin:security_keptfinding_changelist")

    client.post(address, {"action": "call_right", "_selected_action": [str(one.id), str(other.id)]})
    client.post(address, {"action": "call_wrong", "_selected_action": [str(other.id)]})

    assert dict(KeptFinding.objects.values_list("id", "verdict")) == {one.id: "right", other.id: "wrong"}
    assert KeptFinding.objects.get(id=one.id).verdict_by == ada.user
    for query, shown in (({"verdict": "wrong"}, [other]), ({"filter": "rules"}, [one]), ({"verdict": "none"}, [])):
        assert list(client.get(address, query).context["cl"].result_list) == shown
    lines = client.get(reverse("admin:security_keptfinding_export")).content.splitlines()
    assert [json.loads(line)["label"] for line in lines] == [1, 0]


def test_staff_download_what_one_file_does_not_hold(client, ada, found, monkeypatch):
    for verdict in ("right", "wrong"):
        found(verdict=verdict)
    monkeypatch.setattr(evaluation, "MOST_BYTES", 1)
    client.force_login(ada.user)
    address = reverse("admin:security_keptfinding_export")

    first = client.get(address)
    rest = re.search(r'href="([^"]*after=[^"]*)"', client.get(reverse("admin:index")).content.decode())

    assert rest
    second = client.get(rest[1])
    assert [json.loads(page.content)["label"] for page in (first, second)] == [1, 0]
    assert client.get(f"{address}?after=17").status_code == 404
