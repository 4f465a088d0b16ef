"""Routes over REST: who manages them, and that they hold for the next message, on every process."""

from uuid import uuid4

import pytest
from django.contrib.auth.models import Permission

from dispatch.models import HandlerSwitch, Route
from security.models import Membership, Role
from tests import admin_rows
from tests.deployment import Deployment, Server
from tests.live import LivePerson
from tests.problem import problem, refusal

ROUTES = "/api/v1/routes/"


def new(person, **fields):
    return {"workspace": str(person.workspace.id), "name": "Invoices", "handlers": ["offline_responder"], **fields}


@pytest.fixture
def bob_as(bob):
    def become(role):
        Membership.objects.filter(user=bob.user).update(role=role)
        return bob

    return become


def test_an_admin_creates_reads_changes_and_deletes_a_route(ada, bob_as):
    bob = bob_as(Role.ADMIN)

    made = bob.post(ROUTES, new(bob, conditions={"text": "invoice"}, policy="all", priority="high", deadline=20))
    path = f"{ROUTES}{made.json()['id']}/"
    changed = bob.patch(path, {"position": 3, "enabled": False})

    assert made.status_code == 201
    assert made.json() | {"id": "", "created_at": "", "updated_at": ""} == {
        "id": "",
        "workspace": str(bob.workspace.id),
        "name": "Invoices",
        "position": 100,
        "enabled": True,
        "conditions": {"text": "invoice"},
        "handlers": ["offline_responder"],
        "expert": "",
        "policy": "all",
        "audience": "conversation",
        "deadline": 20,
        "retries": 2,
        "priority": "high",
        "broken": [],
        "created_at": "",
        "updated_at": "",
    }
    assert changed.json() | {"updated_at": ""} == made.json() | {"updated_at": "", "position": 3, "enabled": False}
    assert changed.json()["updated_at"] > made.json()["updated_at"]
    assert ada.get(path).json() == bob.get(path).json() == changed.json()
    assert bob.delete(path).status_code == 204
    problem(ada.get(path), 404, "not_found")


def test_routes_are_listed_in_their_order_in_pages(ada, eve):
    admin_rows.route(eve.workspace, "foreign")
    for position, name in ((9, "last"), (1, "first"), (5, "third"), (5, "fourth"), (1, "second")):
        admin_rows.route(ada.workspace, name, position=position)

    first = ada.get(f"{ROUTES}?page_size=3").json()
    second = ada.get(first["next"]).json()

    names = [row["name"] for row in first["results"] + second["results"]]
    assert names == ["first", "second", "third", "fourth", "last"]
    assert (first["previous"], second["next"]) == (None, None)


def test_a_list_is_of_one_workspace_or_of_the_installation(ada):
    admin_rows.route(ada.workspace, "lab")
    admin_rows.route(None, "everybody")

    listed = {
        asked: [row["name"] for row in ada.get(f"{ROUTES}?workspace={asked}").json()["results"]]
        for asked in (str(ada.workspace.id), "none", str(uuid4()))
    }

    assert list(listed.values()) == [["lab"], ["everybody"], []]
    problem(ada.get(f"{ROUTES}?workspace=lab"), 422, "invalid_filter")


@pytest.mark.parametrize("role", ["editor", "viewer"])
def test_members_of_other_roles_do_not_manage(ada, bob_as, role):
    bob, route = bob_as(role), admin_rows.route(ada.workspace)
    path = f"{ROUTES}{route.id}/"

    for answer in (bob.post(ROUTES, new(bob)), bob.get(path), bob.patch(path, {"enabled": False}), bob.delete(path)):
        body = problem(answer, 403, "forbidden")
        assert body["detail"] == f"Your role here is {role}; this takes owner or admin."
    assert bob.get(ROUTES).json()["results"] == []
    assert Route.objects.get().enabled


def test_routes_of_the_installation_are_for_staff(ada, eve):
    path = f"{ROUTES}{admin_rows.route(None).id}/"

    problem(eve.post(ROUTES, {"name": "mine", "handlers": ["offline_responder"]}), 403, "forbidden")
    for answer in (eve.get(path), eve.patch(path, {"enabled": False}), eve.delete(path)):
        problem(answer, 404, "not_found")
    assert eve.get(ROUTES).json()["results"] == []
    assert ada.patch(path, {"enabled": False}).json()["enabled"] is False
    assert ada.post(ROUTES, {"name": "ours", "handlers": ["offline_responder"]}).json()["workspace"] is None


def test_staff_need_the_permission_for_routes_of_the_installation_as_in_the_admin(bob_as):
    bob = bob_as(Role.ADMIN)
    bob.user.is_staff = True
    bob.user.save()
    path = f"{ROUTES}{admin_rows.route(None).id}/"
    made = {"name": "ours", "handlers": ["offline_responder"]}

    def answers():
        return {
            "add": bob.post(ROUTES, made),
            "change": bob.patch(path, {"enabled": False}),
            "delete": bob.delete(path),
        }

    for to, answer in answers().items():
        assert f"{to}_route" in problem(answer, 403, "forbidden")["detail"]
    assert bob.get(path).json()["enabled"] is True
    assert bob.post(ROUTES, new(bob)).status_code == 201
    bob.user.user_permissions.set(Permission.objects.filter(content_type__model="route"))
    assert [answer.status_code for answer in answers().values()] == [201, 200, 204]


def test_nobody_learns_the_names_of_foreign_routes(ada, eve):
    admin_rows.route(ada.workspace, "Invoices")

    foreign, other = (eve.post(ROUTES, new(eve, workspace=str(id))) for id in (ada.workspace.id, uuid4()))

    assert refusal(foreign) == refusal(other)


def test_a_route_is_not_made_in_a_foreign_workspace(ada, eve):
    for workspace in (str(ada.workspace.id), str(uuid4())):
        problem(eve.post(ROUTES, new(eve, workspace=workspace)), 404, "not_found")


def test_a_route_stays_with_its_workspace(ada, eve):
    route = admin_rows.route(eve.workspace)

    eve.patch(f"{ROUTES}{route.id}/", {"workspace": str(ada.workspace.id), "name": "moved"})

    route.refresh_from_db()
    assert (route.workspace, route.name) == (eve.workspace, "moved")


def test_a_retried_creation_makes_one_route(ada):
    answers = [ada.post(ROUTES, new(ada), **{"Idempotency-Key": "once"}) for _ in range(2)]

    assert [answer.status_code for answer in answers] == [201, 201]
    assert answers[0].json() == answers[1].json()
    assert answers[1]["Idempotency-Replayed"] == "true"
    assert Route.objects.count() == 1


@pytest.mark.parametrize(
    ("fields", "pointer", "said"),
    [
        ({"name": "taken"}, "/name", "There is a route of that name"),
        ({"name": ""}, "/name", "blank"),
        ({"handlers": []}, "/handlers", "a list of 1 to 10"),
        ({"handlers": "offline_responder"}, "/handlers", "a list of 1 to 10"),
        (
            {"handlers": ["offline_responder", "gone"]},
            "/handlers/1",
            "There is no handler gone. There are ask_expert, commands",
        ),
        ({"handlers": [["offline_responder"]]}, "/handlers/0", "There is no handler"),
        ({"handlers": ["commands"] * 2}, "/handlers/1", "named twice"),
        ({"policy": "some"}, "/policy", "not a valid choice"),
        ({"audience": "all"}, "/audience", "not a valid choice"),
        ({"priority": "urgent"}, "/priority", "not a valid choice"),
        ({"deadline": 0}, "/deadline", "1 to 3600 seconds"),
        ({"retries": 11}, "/retries", "at most 10"),
        ({"position": -1}, "/position", "greater than or equal to 0"),
    ],
)
def test_what_is_wrong_is_named_with_what_would_be_right(ada, fields, pointer, said):
    admin_rows.route(ada.workspace, "taken")
    other = admin_rows.route(ada.workspace, "other")

    for answer in (ada.post(ROUTES, new(ada, **fields)), ada.patch(f"{ROUTES}{other.id}/", fields)):
        [error] = problem(answer, 422, "invalid")["errors"]
        assert error["pointer"] == pointer
        assert said in error["detail"]


def test_names_are_used_once_in_each_workspace_and_in_the_installation(ada, eve):
    bodies = [(eve, new(eve)), (ada, new(ada)), (ada, new(ada, workspace=None))]

    assert [person.post(ROUTES, body).status_code for person, body in bodies] == [201, 201, 201]
    assert [person.post(ROUTES, body).status_code for person, body in bodies] == [422, 422, 422]


def test_the_hundredth_route_of_a_workspace_is_its_last(ada):
    rows = [Route(workspace=ada.workspace, name=f"{number}", handlers=["commands"]) for number in range(99)]
    Route.objects.bulk_create(rows)

    answers = [ada.post(ROUTES, new(ada, name=name)) for name in ("hundredth", "one more")]

    assert answers[0].status_code == 201
    assert "There are 100 routes already" in problem(answers[1], 422, "invalid")["errors"][0]["detail"]


def test_a_broken_route_says_so_and_can_be_switched_off(ada):
    HandlerSwitch.objects.create(name="commands", enabled=False)
    route = admin_rows.route(ada.workspace, handlers=["gone", "offline_responder", "commands"])
    path = f"{ROUTES}{route.id}/"

    assert ada.get(path).json()["broken"] == ["gone", "commands"]
    assert ada.get(ROUTES).json()["results"][0]["broken"] == ["gone", "commands"]
    assert ada.patch(path, {"enabled": False}).json()["enabled"] is False


@pytest.fixture(scope="module")
def server(deployment: Deployment) -> Server:
    return deployment.serve(EXTRA_APPS="tests.routes_app")


@pytest.fixture(scope="module")
def elsewhere(deployment: Deployment, server: Server) -> LivePerson:
    """bob, on another process with the same database."""
    return deployment.serve(EXTRA_APPS="tests.routes_app").person("bob")


def test_a_route_changed_on_one_process_holds_for_the_next_message_on_another(
    live_ada: LivePerson, elsewhere: LivePerson
) -> None:
    conversation = live_ada.conversation()
    workspace = live_ada.http.get("/api/v1/workspaces/").json()["results"][0]["id"]
    said: list[str] = []

    def answered() -> str:
        assert elsewhere.say(conversation, "hello", kind="trip").status_code == 202
        said.append("")
        elsewhere.settled(conversation, len(said))
        return str(elsewhere.messages(conversation)[-1]["text"])

    before = answered()
    made = live_ada.http.post(ROUTES, json={"workspace": workspace, "name": "loud", "handlers": ["upper"]})
    routed = answered()
    path = f"{ROUTES}{made.json()['id']}/"
    live_ada.http.patch(path, json={"handlers": ["doubled"]}).raise_for_status()
    changed = answered()
    live_ada.http.patch(path, json={"enabled": False}).raise_for_status()
    disabled = answered()

    assert (before, routed, changed, disabled) == ("plain: hello", "HELLO", "hello hello", "plain: hello")
