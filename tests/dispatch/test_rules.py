"""Staff's rules over REST: who manages them, what they do to the next message, and what may not be saved."""

from uuid import uuid4

import pytest
from django.contrib.auth.models import Permission
from django.db import connection
from django.test.utils import CaptureQueriesContext

from contexts.models import Message
from project import bus
from security import chain, screening
from security.material import Material, Stage
from security.models import Membership, Role
from security.screening_models import KeptFinding, Rule
from tests.problem import problem, refusal

RULES = "/api/v1/rules/"


@pytest.fixture(autouse=True)
def rules_alone(settings):
    settings.FILTERS = ["shape", "rules"]


@pytest.fixture
def post(ada, conversation):
    return lambda text, **body: ada.post(f"/api/v1/conversations/{conversation.id}/messages/", {"text": text, **body})


@pytest.fixture
def bob_as(bob):
    def become(role):
        Membership.objects.filter(user=bob.user).update(role=role)
        return bob

    return become


def new(person, **fields):
    return {
        "workspace": str(person.workspace.id),
        "name": "Zephyr",
        "expression": r"(?i)\bzephyr\b",
        "sample": "about Zephyr",
        "action": "block",
        "mode": "enforce",
        **fields,
    }


def test_an_admin_creates_reads_changes_and_deletes_a_rule(ada, bob_as):
    bob = bob_as(Role.ADMIN)

    made = bob.post(RULES, new(bob, message="Not here.", kinds=["text"]))
    path = f"{RULES}{made.json()['id']}/"
    changed = bob.patch(path, {"mode": "shadow"})

    assert made.status_code == 201
    assert made.json() | {"id": "", "created_at": "", "updated_at": ""} == {
        "id": "",
        "workspace": str(bob.workspace.id),
        "name": "Zephyr",
        "form": "pattern",
        "expression": r"(?i)\bzephyr\b",
        "reads": "all",
        "kinds": ["text"],
        "action": "block",
        "severity": "medium",
        "message": "Not here.",
        "mode": "enforce",
        "sample": "about Zephyr",
        "version": 1,
        "broken": False,
        "counts": dict.fromkeys(["enforced_day", "shadow_day", "enforced_week", "shadow_week", "wrong", "right"], 0),
        "created_by": str(bob.user.id),
        "created_at": "",
        "updated_at": "",
    }
    assert changed.json() | {"updated_at": ""} == made.json() | {"updated_at": "", "mode": "shadow", "version": 2}
    assert ada.get(path).json() == bob.get(path).json() == changed.json()
    listed = ada.get(RULES).json()["results"]
    assert listed == [{name: value for name, value in changed.json().items() if name != "expression"}]
    assert bob.delete(path).status_code == 204
    problem(ada.get(path), 404, "not_found")


@pytest.mark.parametrize("role", [Role.EDITOR, Role.VIEWER])
def test_other_members_manage_no_rules(ada, bob_as, role):
    bob, made = bob_as(role), ada.post(RULES, new(ada)).json()

    problem(bob.post(RULES, new(bob, name="Mine")), 403, "forbidden")
    problem(bob.get(f"{RULES}{made['id']}/"), 403, "forbidden")
    problem(bob.post(f"{RULES}try", new(bob)), 403, "forbidden")
    problem(bob.post(f"{RULES}try", {"rule": made["id"]}), 403, "forbidden")
    assert bob.get(RULES).json()["results"] == []


def test_a_rule_of_others_and_one_that_is_not_are_the_same(ada, eve):
    made = ada.post(RULES, new(ada)).json()

    for ask in (
        lambda id: eve.get(f"{RULES}{id}/"),
        lambda id: eve.patch(f"{RULES}{id}/", {"mode": "off"}),
        lambda id: eve.delete(f"{RULES}{id}/"),
        lambda id: eve.post(f"{RULES}try", {"rule": str(id)}),
    ):
        assert refusal(ask(made["id"])) == refusal(ask(uuid4()))
        problem(ask(made["id"]), 404, "not_found")
    assert refusal(eve.post(RULES, new(ada))) == refusal(eve.post(RULES, new(ada) | {"workspace": str(uuid4())}))


def test_rules_of_the_installation_are_for_staff_with_the_permission(ada, bob_as, eve):
    made = ada.post(RULES, new(ada, workspace=None))
    path = f"{RULES}{made.json()['id']}/"
    eve.user.is_staff = True
    eve.user.save()

    assert made.status_code == 201
    problem(bob_as(Role.OWNER).get(path), 404, "not_found")
    problem(bob_as(Role.OWNER).post(RULES, {**new(ada), "workspace": None}), 403, "forbidden")
    assert eve.get(path).status_code == 200
    for refused in (
        eve.patch(path, {"mode": "off"}),
        eve.delete(path),
        eve.post(f"{RULES}try", {"rule": path[-37:-1]}),
    ):
        problem(refused, 403, "forbidden")
    eve.user.user_permissions.set(Permission.objects.filter(codename__in=["change_rule", "delete_rule"]))
    assert eve.patch(path, {"mode": "off"}).status_code == 200
    assert eve.delete(path).status_code == 204


@pytest.mark.parametrize(
    ("fields", "pointer", "said"),
    [
        ({"expression": "zephyr("}, "/expression", "at character 7: missing )"),
        ({"expression": "(?=a)"}, "/expression", "RE2 syntax"),
        ({"expression": "x*"}, "/expression", "found in everything"),
        ({"expression": r"\w+"}, "/expression", "found in everything"),
        ({"expression": "[a-z]"}, "/expression", "found in everything"),
        ({"expression": r"\b"}, "/sample", "does not find"),
        ({"expression": "x" * 1001}, "/expression", "at most 1000"),
        ({"form": "words", "expression": " \n \n"}, "/expression", "1 to 2000 words"),
        ({"form": "words", "expression": "a\n" * 2001}, "/expression", "there are 2001"),
        ({"form": "words", "expression": ("b" * 100 + "\n") * 500}, "/expression", "50000 characters"),
        ({"form": "words", "expression": "zephyr\n" + "b" * 101}, "/expression", "Line 2 has 101 characters"),
        ({"form": "words", "expression": "zephyr\n" + "b " * 21}, "/expression", "more than 20"),
        ({"form": "words", "expression": "mistral"}, "/sample", "does not find this text"),
        ({"sample": "about mistral"}, "/sample", "does not find this text"),
        ({"sample": " "}, "/sample", ""),
        ({"kinds": ["fax"]}, "/kinds/0", "There is no kind fax"),
        ({"kinds": [{"a": 1}]}, "/kinds/0", "There is no kind"),
        ({"kinds": "text"}, "/kinds", "a list of at most 50"),
        ({"message": "x" * 201}, "/message", "200"),
        ({"action": "allow"}, "/action", ""),
        ({"severity": "dire"}, "/severity", ""),
        ({"mode": "on"}, "/mode", ""),
        ({"name": "taken"}, "/name", "a rule of that name"),
    ],
)
def test_what_could_not_work_is_not_saved(ada, fields, pointer, said):
    ada.post(RULES, new(ada, name="taken"))

    body = problem(ada.post(RULES, new(ada, **fields)), 422, "invalid")

    assert [error["pointer"] for error in body["errors"]] == [pointer]
    assert said in body["errors"][0]["detail"]
    assert Rule.objects.count() == 1


def test_a_change_is_tested_against_the_sample_that_is_there(ada):
    path = f"{RULES}{ada.post(RULES, new(ada)).json()['id']}/"

    body = problem(ada.patch(path, {"expression": "mistral"}), 422, "invalid")

    assert body["errors"][0]["pointer"] == "/sample"
    assert ada.patch(path, {"expression": "mistral", "sample": "mistral blows"}).json()["version"] == 2


def test_the_next_message_meets_a_rule_and_its_changes(ada, post):
    path = f"{RULES}{ada.post(RULES, new(ada, message='Say it elsewhere.')).json()['id']}/"

    refused = problem(post("what of Zephyr?"), 422, "message_blocked")
    ada.patch(path, {"mode": "shadow"})
    in_shadow = post("what of Zephyr?")
    ada.patch(path, {"expression": "mistral", "sample": "mistral", "mode": "enforce"})
    other = post("what of Zephyr?")

    assert refused["detail"] == "Say it elsewhere."
    assert (in_shadow.status_code, other.status_code) == (202, 202)
    problem(post("the mistral"), 422, "message_blocked")
    found = KeptFinding.objects.order_by("id").values_list("mode", "action", "rule", "rule_row", "evidence")
    assert [str(row[3]) for row in found] == [path.split("/")[-2]] * 3
    assert found[1][:3] == ("shadow", "block", "Zephyr")
    assert found[1][4] == "what of Zephyr?"
    ada.delete(path)
    assert post("the mistral").status_code == 202


def test_a_rule_of_another_workspace_reads_nothing_here(eve, post):
    assert eve.post(RULES, new(eve)).status_code == 201

    assert post("what of Zephyr?").status_code == 202
    assert not KeptFinding.objects.exists()


def test_a_rule_of_the_installation_reads_everywhere(ada, post):
    ada.post(RULES, new(ada, workspace=None))

    problem(post("what of Zephyr?"), 422, "message_blocked")


@pytest.mark.parametrize(
    ("words", "text", "found"),
    [
        ("zephyr", "Das ZEPHYR-Projekt", True),
        ("zephyr", "zephyrs", False),
        ("straße", "in der STRASSE", True),
        ("red  herring\nzephyr", "a Red\nherring!", True),
        ("red herring", "a red, herring", False),
        ("c++", "in C++ it is", True),
        ("机密", "这是机密文件", True),
        ("a\na b c d", "a b c e", True),
    ],
)
def test_a_list_finds_whole_words_in_any_case(ada, post, words, text, found):
    sample = words.splitlines()[0]
    assert ada.post(RULES, new(ada, form="words", expression=words, sample=sample)).status_code == 201

    assert post(text).status_code == (422 if found else 202)


def test_a_redaction_masks_every_place_and_keeps_what_was_sent(ada, post):
    ada.post(RULES, new(ada, form="words", expression="zephyr\nproject zephyr", action="redact"))

    post("zephyr, ask Project Zephyr", metadata={"about": "zephyr"})

    message = Message.objects.get(role="user")
    assert (message.text, message.metadata) == ("[removed], ask [removed]", {"about": "[removed]"})
    assert message.original
    assert message.original["text"] == "zephyr, ask Project Zephyr"


@pytest.mark.parametrize(
    ("fields", "status"),
    [
        ({"reads": "messages"}, 422),
        ({"reads": "answers"}, 202),
        ({"kinds": ["text"]}, 422),
        ({"kinds": ["action"]}, 202),
    ],
)
def test_a_rule_is_for_its_kinds_and_directions(ada, post, fields, status):
    ada.post(RULES, new(ada, **fields))

    assert post("what of Zephyr?").status_code == status


def test_a_rule_for_answers_reads_answers(ada):
    ada.post(RULES, new(ada, reads="answers", message="We do not say that."))

    verdict = screening.screen(Material("Zephyr is a wind.", workspace=ada.workspace.id, stage=Stage.ANSWER))

    assert (verdict.action, verdict.public) == ("block", "We do not say that.")


def test_half_a_character_hides_nothing_and_breaks_nothing(ada):
    ada.post(RULES, new(ada))

    verdict = screening.screen(Material("\ud800 zephyr", workspace=ada.workspace.id, stage=Stage.ANSWER))

    assert [(finding.action, finding.span) for finding in verdict.findings] == [("block", (2, 8))]


@pytest.mark.parametrize(
    "broken",
    [
        {"expression": "zephyr("},
        {"expression": ""},
        {"form": "poem"},
        {"kinds": "text"},
        {"action": "explode"},
        {"severity": "dire"},
        {"mode": "sometimes"},
        {"reads": "minds"},
    ],
)
def test_a_row_written_past_the_doors_refuses_nothing_and_does_not_pass_silently(ada, post, broken):
    id = ada.post(RULES, new(ada)).json()["id"]
    Rule.objects.filter(id=id).update(**broken, version=2)

    assert post("what of Zephyr?").status_code == 202

    found = KeptFinding.objects.get()
    assert (found.rule, found.action, found.severity, str(found.rule_row)) == ("Zephyr (broken)", "flag", "high", id)
    assert ada.get(f"{RULES}{id}/").json()["broken"] is True
    assert ada.get("/healthz").json()["rules_broken"] == [id]
    assert ada.patch(f"{RULES}{id}/", {"mode": "off"}).status_code == 200


def test_each_change_is_rung_once_it_holds(ada, django_capture_on_commit_callbacks):
    heard: list[str] = []
    bus.on("rule", heard.append)

    with django_capture_on_commit_callbacks(execute=True):
        path = f"{RULES}{ada.post(RULES, new(ada)).json()['id']}/"
        ada.patch(path, {"mode": "off"})
        ada.delete(path)
        ada.post(RULES, new(ada, workspace=None))

    assert heard == [str(ada.workspace.id)] * 3 + ["installation"]


def test_rules_cost_one_statement_a_message(ada, post):
    def statements():
        with CaptureQueriesContext(connection) as queries:
            post("good day")
        return [query["sql"] for query in queries if "security_rule" in query["sql"]]

    for number in range(3):
        ada.post(RULES, new(ada, name=f"Rule {number}"))
    statements()

    assert len(statements()) == 1


LONG = {"pattern": "x" * 99_000, "border": "x " * 49_000, "places": "zephyr " * 1100}


@pytest.mark.parametrize(
    ("fields", "text"),
    [
        ({"expression": "x*y|x", "sample": "x", "action": "redact"}, LONG["pattern"]),
        ({"expression": r"[x ]*y|\b", "sample": "ay", "action": "flag"}, LONG["border"]),
        ({"form": "words", "expression": "zephyr", "action": "redact"}, LONG["places"]),
    ],
)
def test_a_rule_that_finds_without_end_refuses_the_text_and_leaves_nothing_behind(ada, post, patient, fields, text):
    ada.post(RULES, new(ada, **fields))

    body = problem(post(text), 422, "message_blocked")

    assert "Send less at once" in body["detail"]
    assert chain.hung() == 0
    assert [(row.rule, row.action) for row in KeptFinding.objects.all()] == [("Zephyr (unfinished)", "block")]


def test_what_a_rule_in_shadow_spends_refuses_nothing_and_leaves_no_other_unread(ada, post):
    endless = {"name": "Endless", "expression": "x*y|x", "sample": "x", "action": "redact", "mode": "shadow"}
    ada.post(RULES, new(ada, **endless))

    passed = post(LONG["pattern"])
    ada.post(RULES, new(ada))

    assert passed.status_code == 202
    problem(post(LONG["pattern"] + " zephyr"), 422, "message_blocked")
    found = KeptFinding.objects.order_by("id").values_list("rule", "mode")
    assert list(found)[:1] == [("Endless (unfinished)", "shadow")]
    assert ("Zephyr", "enforce") in found


def test_the_lists_of_a_workspace_have_a_bound_together(ada):
    listed = "\n".join(["zephyr", *(f"{number:050}" for number in range(900))])
    codes = [
        ada.post(RULES, new(ada, name=str(number), form="words", expression=listed)).status_code for number in range(4)
    ]

    body = problem(ada.post(RULES, new(ada, form="words", expression=listed)), 422, "invalid")

    assert codes == [201] * 4
    assert body["errors"][0]["detail"] == "Other lists have 183624 characters; with this one at most 200000 are taken."
    assert ada.post(RULES, new(ada, form="words", expression="zephyr")).status_code == 201


def test_a_retry_makes_one_rule(ada):
    answers = [ada.post(RULES, new(ada), **{"Idempotency-Key": "once"}) for _ in range(2)]

    assert [answer.status_code for answer in answers] == [201, 201]
    assert answers[1]["Idempotency-Replayed"] == "true"
    assert Rule.objects.count() == 1


def test_a_workspace_has_a_hundred_rules_and_no_more(ada):
    workspace = ada.workspace
    Rule.objects.bulk_create(
        Rule(workspace=workspace, name=str(number), expression="x", severity="low") for number in range(100)
    )

    body = problem(ada.post(RULES, new(ada)), 422, "invalid")

    assert "There are 100 rules already" in body["errors"][0]["detail"]
