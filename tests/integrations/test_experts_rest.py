"""Experts over REST: who sees them, who manages them, and what may be said of them."""

from uuid import uuid4

import pytest
from django.contrib.auth.models import Permission

from integrations import vault
from integrations.models import Expert
from security.models import Membership, Role
from tests.delegations.consulted import expert
from tests.experts_app import far_away  # noqa: F401 - registers its adapter
from tests.problem import problem, refusal
from tests.programs import Program

EXPERTS = "/api/v1/experts/"
TEXT = {"type": "object", "properties": {"text": {"type": "string"}}, "required": ["text"]}
COUNT = {"name": "count", "description": "Counts words.", "input": TEXT, "output": {}}
SECRET = "whsec_" + "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"


HTTP = {"adapter": "http", "settings": {"url": "https://a.example/"}}


def new(person, **fields):
    return {"workspace": str(person.workspace.id), "slug": "words", "name": "Words", "skills": [COUNT], **fields}


def far(person, **fields):
    return new(person, adapter="far", settings={"url": "https://far.example/"}, **fields)


def row(workspace, slug="words", **fields):
    return Expert.objects.create(workspace=workspace, slug=slug, **{"name": "Words", "skills": [COUNT], **fields})


def path_of(one):
    return f"{EXPERTS}{one.id}/"


@pytest.fixture
def bob_as(bob):
    def become(role):
        Membership.objects.filter(user=bob.user).update(role=role)
        return bob

    return become


def test_an_admin_registers_reads_changes_and_deletes_an_expert(ada, bob_as):
    bob = bob_as(Role.ADMIN)

    made = bob.post(EXPERTS, far(bob, secret=SECRET, concurrency=2, timeout=9))
    path = f"{EXPERTS}{made.json()['id']}/"
    changed = bob.patch(path, {"enabled": False, "retries": 0})

    assert made.status_code == 201
    assert made.json() | {"id": "", "created_at": "", "updated_at": ""} == {
        "id": "",
        "workspace": str(bob.workspace.id),
        "slug": "words",
        "name": "Words",
        "description": "",
        "skills": [COUNT],
        "adapter": "far",
        "settings": {"url": "https://far.example/"},
        "concurrency": 2,
        "timeout": 9,
        "retries": 2,
        "fallback": None,
        "enabled": True,
        "planned": False,
        "has_secret": True,
        "secret_until": None,
        "pinned": "",
        "described": None,
        "health": "unknown",
        "health_detail": "",
        "health_at": None,
        "last_used_at": None,
        "uses": 0,
        "failure_rate": 0.0,
        "created_at": "",
        "updated_at": "",
    }
    assert changed.json() | {"updated_at": ""} == made.json() | {"updated_at": "", "enabled": False, "retries": 0}
    assert ada.get(path).json() == changed.json()
    assert bob.delete(path).status_code == 204
    problem(ada.get(path), 404, "not_found")


def test_an_expert_is_registered_before_it_exists_and_given_an_adapter_later(ada):
    made = ada.post(EXPERTS, new(ada)).json()

    given = ada.patch(f"{EXPERTS}{made['id']}/", {"adapter": "python", "settings": {"expert": "counter"}}).json()

    assert (made["adapter"], made["planned"]) == ("planned", True)
    assert (given["id"], given["slug"], given["skills"], given["planned"]) == (made["id"], "words", [COUNT], False)


def test_members_see_whom_they_may_ask_but_not_how_these_are_reached(ada, bob, eve):
    mine = row(ada.workspace)
    common = row(None, "zeta", enabled=False)

    def listed(person):
        return {one["slug"]: one for one in person.get(EXPERTS).json()["results"] if one["slug"] in ("words", "zeta")}

    assert set(listed(bob)) == set(listed(ada)) == {"words", "zeta"}
    assert set(listed(eve)) == {"zeta"}
    assert [listed(person)["words"]["adapter"] for person in (bob, ada)] == [None, "planned"]
    assert listed(bob)["words"] | {"created_at": "", "updated_at": ""} == {
        "id": str(mine.id),
        "workspace": str(ada.workspace.id),
        "slug": "words",
        "name": "Words",
        "description": "",
        "skills": [COUNT],
        "adapter": None,
        "planned": True,
        "enabled": True,
        "health": "unknown",
        "health_at": None,
        "created_at": "",
        "updated_at": "",
    }
    assert listed(bob)["zeta"]["enabled"] is False
    problem(bob.get(path_of(mine)), 403, "forbidden")
    problem(bob.get(path_of(common)), 404, "not_found")


def test_a_list_is_of_what_one_workspace_has_or_of_the_installation(ada, eve):
    own, hidden, common = row(ada.workspace), row(None), row(None, "zeta")
    row(eve.workspace, "foreign")
    there = {str(one.id) for one in (own, hidden, common)}

    def ids(workspace, person=ada):
        found = person.get(f"{EXPERTS}?workspace={workspace}").json()["results"]
        return {one["id"] for one in found if one["slug"] in ("words", "zeta", "foreign")}

    assert ids(ada.workspace.id) == {str(own.id), str(common.id)}
    assert ids("none") == {str(hidden.id), str(common.id)}
    assert ids(eve.workspace.id) == ids(uuid4()) == set()
    assert ids(ada.workspace.id, eve) == set()
    assert there == ids("none") | ids(ada.workspace.id)
    problem(ada.get(f"{EXPERTS}?workspace=lab"), 422, "invalid_filter")


def test_a_list_comes_in_pages_by_slug(ada):
    for slug in ("delta", "alpha", "charlie", "bravo"):
        row(ada.workspace, slug)

    first = ada.get(f"{EXPERTS}?workspace={ada.workspace.id}&page_size=2").json()
    slugs = [one["slug"] for one in first["results"]]
    while first["next"]:
        first = ada.get(first["next"]).json()
        slugs += [one["slug"] for one in first["results"]]

    assert slugs == sorted(slugs)
    assert {"alpha", "bravo", "charlie", "delta"} <= set(slugs)


def test_a_key_that_reads_sees_its_own_workspaces_experts_and_manages_none(ada):
    row(ada.workspace)
    row(None, "zeta")
    program = Program(ada, "read")

    found = {one["slug"]: one["adapter"] for one in program.get(EXPERTS).json()["results"]}

    assert found["words"] is found["zeta"] is None
    problem(program.post(EXPERTS, new(ada, slug="other")), 403, "scope_missing")
    manager = Program(ada, "read", "manage")
    problem(manager.post(EXPERTS, new(ada, slug="other", workspace=None)), 403, "forbidden")
    assert manager.post(EXPERTS, new(ada, slug="other")).status_code == 201


@pytest.mark.parametrize("role", [Role.EDITOR, Role.VIEWER])
def test_who_does_not_manage_a_workspace_changes_nothing(ada, bob_as, role):
    bob, mine = bob_as(role), row(ada.workspace)

    for answer in (bob.post(EXPERTS, new(bob, slug="x")), bob.patch(path_of(mine), {"name": "Mine"})):
        problem(answer, 403, "forbidden")
    for path in ("rotate-secret/", "accept/"):
        problem(bob.post(path_of(mine) + path, {}), 403, "forbidden")
    problem(bob.delete(path_of(mine)), 403, "forbidden")
    assert Expert.objects.get(id=mine.id).name == "Words"


def test_experts_of_the_installation_are_staffs(ada, bob_as):
    bob, common = bob_as(Role.ADMIN), row(None, "zeta")

    problem(bob.post(EXPERTS, new(bob, slug="x", workspace=None)), 403, "forbidden")
    for answer in (bob.get(path_of(common)), bob.patch(path_of(common), {}), bob.delete(path_of(common))):
        problem(answer, 404, "not_found")
    assert ada.patch(path_of(common), {"enabled": False}).json()["enabled"] is False
    bob.user.is_staff = True
    bob.user.save()
    problem(bob.patch(path_of(common), {"enabled": True}), 403, "forbidden")
    bob.user.user_permissions.set(Permission.objects.filter(codename="change_expert"))
    assert bob.patch(path_of(common), {"enabled": True}).json()["enabled"] is True


def test_nobody_learns_the_slugs_of_foreign_experts(ada, eve):
    row(ada.workspace)

    foreign, other = (eve.post(EXPERTS, new(eve, workspace=str(id))) for id in (ada.workspace.id, uuid4()))

    problem(foreign, 404, "not_found")
    assert refusal(foreign) == refusal(other)


def test_a_slug_is_used_once_in_each_workspace_and_in_the_installation(ada, eve):
    bodies = [(eve, new(eve)), (ada, new(ada)), (ada, new(ada, workspace=None))]

    assert [person.post(EXPERTS, body).status_code for person, body in bodies] == [201, 201, 201]
    assert [person.post(EXPERTS, body).status_code for person, body in bodies] == [422, 422, 422]


def test_a_retried_registration_makes_one_expert(ada):
    answers = [ada.post(EXPERTS, far(ada, secret=SECRET), **{"Idempotency-Key": "once"}) for _ in range(2)]

    assert answers[0].json() == answers[1].json()
    assert answers[1]["Idempotency-Replayed"] == "true"
    assert Expert.objects.filter(slug="words").count() == 1


@pytest.mark.parametrize(
    ("fields", "pointer", "said"),
    [
        ({"slug": "taken"}, "/slug", "There is an expert of that slug"),
        ({"slug": "two words"}, "/slug", "slug"),
        ({"name": ""}, "/name", "blank"),
        ({"name": "Trick\u202ery"}, "/name", "characters that nobody sees"),
        ({"skills": {}}, "/skills", "a list of at most 50"),
        ({"skills": [COUNT] * 51}, "/skills", "a list of at most 50"),
        ({"skills": [COUNT, COUNT]}, "/skills/1/name", "named twice"),
        ({"skills": [{"name": "two words"}]}, "/skills/0/name", "1 to 100 letters"),
        ({"skills": [{"name": "a", "command": "rm"}]}, "/skills/0", "and nothing else"),
        ({"skills": [{"name": "a", "description": 5}]}, "/skills/0/description", "a text of at most"),
        ({"skills": [{"name": "a", "input": []}]}, "/skills/0/input", "JSON Schema"),
        ({"skills": [{"name": "a", "output": {"type": "txt"}}]}, "/skills/0/output", "cannot be used"),
        ({"skills": [{"name": "a", "input": {"$ref": "file:///etc/passwd"}}]}, "/skills/0/input", "leaves the schema"),
        ({"skills": [{"name": "a", "input": {"const": "x" * 40_000}}]}, "/skills/0/input", "at most 32768 bytes"),
        ({"adapter": "os.system"}, "/adapter", "There is no adapter os.system. There are far"),
        ({"adapter": "far", "settings": {}}, "/settings/url", "takes url, poll"),
        ({"adapter": "far", "settings": {"url": "/etc/passwd"}}, "/settings/url", "pattern"),
        ({"adapter": "far", "settings": {"url": "https://a/", "run": "sh"}}, "/settings/run", "takes url, poll"),
        ({"adapter": "python", "settings": {"expert": "os.system"}}, "/settings", "No code registers 'os.system'"),
        ({"adapter": "planned", "settings": {"url": "x"}}, "/settings/url", "takes no settings"),
        ({"adapter": "planned", "secret": "0123456789abcdef"}, "/secret", "have no secret"),
        ({"adapter": "far", "settings": {"url": "https://a/"}, "secret": "short"}, "/secret", "16 to 4096"),
        (
            {"adapter": "far", "settings": {"url": "https://a/"}, "secret": "whsec_bm9uZW5vbmU="},
            "/secret",
            "24 to 64 bytes",
        ),
        ({**HTTP, "secret": "in the beginning was the word"}, "/secret", "24 to 64 bytes"),
        ({**HTTP, "secret": f"{SECRET[:20]}!{SECRET[20:]}"}, "/secret", "24 to 64 bytes"),
        ({"concurrency": 0}, "/concurrency", "greater than or equal to 1"),
        ({"timeout": 0}, "/timeout", "greater than or equal to 1"),
        ({"timeout": 2_592_001}, "/timeout", "less than or equal to 2592000"),
        ({"retries": 11}, "/retries", "less than or equal to 10"),
    ],
)
def test_what_is_wrong_is_named_with_what_would_be_right(ada, fields, pointer, said):
    row(ada.workspace, "taken")
    other = row(ada.workspace, "other")

    for answer in (ada.post(EXPERTS, new(ada, **fields)), ada.patch(path_of(other), fields)):
        [error] = problem(answer, 422, "invalid")["errors"]
        assert error["pointer"] == pointer
        assert said in error["detail"]
        assert "secret" not in fields or fields["secret"] not in answer.content.decode()


def test_a_fallback_is_of_the_same_workspace_or_of_the_installation(ada, eve):
    mine, common, foreign = row(ada.workspace), row(None, "zeta"), row(eve.workspace)

    answers = [
        ada.post(EXPERTS, new(ada, slug=f"new-{place}", fallback=str(id)))
        for place, id in enumerate((mine.id, common.id, foreign.id, uuid4()))
    ]
    of_all = ada.patch(path_of(common), {"fallback": str(mine.id)})

    assert [answer.status_code for answer in answers] == [201, 201, 422, 422]
    assert refusal(answers[2]) == refusal(answers[3])
    assert problem(of_all, 422, "invalid")["errors"][0]["pointer"] == "/fallback"


def test_no_expert_stands_in_for_itself_by_whatever_way(ada):
    first, second = row(ada.workspace, "first"), row(ada.workspace, "second")
    ada.patch(path_of(first), {"fallback": str(second.id)})

    for answer in (
        ada.patch(path_of(first), {"fallback": str(first.id)}),
        ada.patch(path_of(second), {"fallback": str(first.id)}),
    ):
        assert "lead back to this expert" in problem(answer, 422, "invalid")["errors"][0]["detail"]
    assert ada.patch(path_of(first), {"fallback": None}).json()["fallback"] is None


def test_an_expert_whose_code_is_gone_can_be_switched_off(ada):
    gone = expert("counter", ada.workspace, settings={"expert": "gone"})

    assert ada.patch(path_of(gone), {"enabled": False}).json()["enabled"] is False


def test_another_way_to_an_expert_makes_its_health_and_pin_those_of_nobody(ada):
    fields = {"adapter": "far", "settings": {"url": "https://a/"}, "health": "changed", "pinned": "x"}
    mine = row(ada.workspace, described={"name": "Far", "description": "", "skills": [], "digest": "y"}, **fields)

    same = ada.patch(path_of(mine), {"settings": {"url": "https://a/"}}).json()
    other = ada.patch(path_of(mine), {"settings": {"url": "https://b/"}}).json()

    assert (same["health"], same["pinned"]) == ("changed", "x")
    assert (other["health"], other["pinned"], other["described"]) == ("unknown", "", None)


def test_a_secret_comes_back_in_no_answer(ada):
    made = ada.post(EXPERTS, far(ada, secret=SECRET))
    path = f"{EXPERTS}{made.json()['id']}/"

    said = [made, ada.get(path), ada.get(EXPERTS), ada.patch(path, {"secret": SECRET.lower()[:38]})]

    assert not any(SECRET in answer.content.decode() for answer in said)
    assert SECRET not in repr(Expert.objects.get(slug="words").__dict__)
    assert vault.unseal(Expert.objects.get(slug="words").secret_before) == SECRET
