"""Routes in the admin: written with an example at hand, refused in plain words, shown in words."""

import pytest
from django.contrib.auth.models import Permission
from django.urls import reverse

from dispatch.models import HandlerSwitch, Route
from tests import admin_rows

LIST = "admin:dispatch_route_changelist"


@pytest.fixture
def ada(client, db):
    client.force_login(admin_rows.staff("ada"))
    return client


@pytest.fixture
def lab(ada):
    return admin_rows.workspace(admin_rows.person("bob"))


def form(**fields):
    return {
        "name": "Invoices",
        "workspace": "",
        "enabled": "on",
        "position": "10",
        "conditions": '{"text": "(?i)invoice"}',
        "handlers": "offline_responder",
        "policy": "first",
        "audience": "conversation",
        "deadline": "",
        "retries": "2",
        "priority": "",
        **fields,
    }


def added(client, **fields):
    return client.post(reverse("admin:dispatch_route_add"), form(**fields))


def page_of(client, route):
    return client.get(reverse("admin:dispatch_route_change", args=[route.id])).content.decode()


def test_staff_write_a_route(ada, lab):
    response = added(ada, workspace=str(lab.id), handlers="commands\noffline_responder", policy="chain")

    route = Route.objects.get()
    assert response.status_code == 302
    assert (route.workspace, route.handlers) == (lab, ["commands", "offline_responder"])
    assert (route.conditions, route.policy) == ({"text": "(?i)invoice"}, "chain")


def test_without_a_workspace_and_conditions_it_is_for_every_message(ada):
    added(ada, conditions="")

    route = Route.objects.get()
    assert (route.workspace, route.conditions) == (None, {})


def test_the_empty_form_shows_an_example_and_the_handlers_there_are(ada):
    answer = ada.get(reverse("admin:dispatch_route_add"))
    page = answer.content.decode()

    assert answer.context["adminform"].form["conditions"].value() == "{}"
    assert "Takes messages where" not in page
    assert "customer.tier" in page
    assert "There are ask_expert, commands, offline_responder" in page


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"conditions": "{text: invoice}"}, "This is no JSON"),
        ({"conditions": '{"text": "a\\u0000b"}'}, "U+0000"),
        ({"conditions": '["text"]'}, "Conditions are a JSON object"),
        ({"conditions": '{"text": "ab(cd"}'}, "text: The pattern cannot be read at character 5: missing )"),
        ({"conditions": '{"kind": ["fax"]}'}, "kind/0: There is no kind fax"),
        ({"handlers": "gone"}, "There is no handler gone. There are ask_expert, commands"),
        ({"handlers": "commands, commands"}, "commands is named twice"),
        ({"handlers": " "}, "or name an `expert` instead"),
        ({"expert": "counter"}, "Name handlers or an expert"),
        ({"handlers": "", "expert": "nobody"}, "There is no expert nobody for this route"),
        ({"name": "taken"}, "There is a route of that name"),
        ({"deadline": "0"}, "1 to 3600 seconds"),
        ({"retries": "99"}, "at most 10"),
    ],
)
def test_what_is_wrong_is_said_beside_the_field(ada, fields, said):
    admin_rows.route(None, "taken")

    response = added(ada, **fields)

    assert response.status_code == 200
    assert said in response.content.decode()
    assert Route.objects.count() == 1


def test_a_route_is_changed_but_not_moved(ada, lab):
    route = admin_rows.route(None)

    response = ada.post(
        reverse("admin:dispatch_route_change", args=[route.id]), form(workspace=str(lab.id), position="7")
    )

    route.refresh_from_db()
    assert response.status_code == 302
    assert (route.position, route.workspace, route.conditions) == (7, None, {"text": "(?i)invoice"})


def test_a_broken_route_is_marked_and_can_be_disabled_on_its_page(ada):
    HandlerSwitch.objects.create(name="commands", enabled=False)
    route = admin_rows.route(None, handlers=["gone", "commands", "offline_responder"])

    listed = ada.get(reverse(LIST)).content.decode()
    fields = form(handlers="gone\ncommands\noffline_responder")
    del fields["enabled"]
    response = ada.post(reverse("admin:dispatch_route_change", args=[route.id]), fields)

    assert "broken: gone, commands gone or disabled" in listed
    assert "broken: gone, commands gone or disabled" in page_of(ada, route)
    assert response.status_code == 302
    assert Route.objects.get().enabled is False


def test_conditions_are_shown_in_words(ada):
    conditions = {
        "kind": ["text", "action"],
        "text": "invoice",
        "metadata": [{"key": "tier", "op": "in", "value": ["gold", "iron"]}, {"key": "test", "op": "exists"}],
    }
    route = admin_rows.route(None, conditions=conditions)

    words = (
        "The kind of the message is one of text, action. The text of the message matches the pattern invoice. "
        "The metadata tier is one of gold, iron. The metadata test is there."
    )
    assert words in page_of(ada, route)
    assert words in ada.get(reverse(LIST)).content.decode()


def test_routes_stand_in_the_order_in_which_they_are_looked_at(ada, lab):
    for position, name in ((3, "third"), (1, "first"), (2, "second")):
        admin_rows.route(lab, name, position=position)

    shown = ada.get(reverse(LIST)).context["cl"].result_list

    assert [route.name for route in shown] == ["first", "second", "third"]


@pytest.mark.parametrize(("action", "enabled"), [("enable", True), ("disable", False)])
def test_selected_routes_are_switched(ada, action, enabled):
    one, two = (admin_rows.route(None, name, enabled=not enabled) for name in ("one", "two"))

    response = ada.post(reverse(LIST), {"action": action, "_selected_action": [str(one.id)]}, follow=True)

    assert f"{action.capitalize()}d 1 route" in response.content.decode()
    one.refresh_from_db()
    two.refresh_from_db()
    assert (one.enabled, two.enabled) == (enabled, not enabled)


def test_who_may_only_look_changes_nothing(client, db):
    helper = admin_rows.person("helper", is_staff=True)
    helper.user_permissions.set(Permission.objects.filter(codename="view_route"))
    client.force_login(helper)
    route = admin_rows.route(None)

    page = client.get(reverse("admin:dispatch_route_change", args=[route.id]))
    refused = [
        client.post(reverse("admin:dispatch_route_change", args=[route.id]), form()),
        client.post(reverse("admin:dispatch_route_add"), form()),
        client.post(reverse("admin:dispatch_route_delete", args=[route.id]), {"post": "yes"}),
    ]
    client.post(reverse(LIST), {"action": "disable", "_selected_action": [str(route.id)]})

    assert page.status_code == 200
    assert [response.status_code for response in refused] == [403, 403, 403]
    assert Route.objects.get().enabled
