"""Every list and page of the admin: who sees it, at what cost, and that nothing in it is executed."""

import pytest
from django.contrib import admin
from django.contrib.auth.models import Permission
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from project.models import Event
from tests import admin_rows
from tests.people import PASSWORD

PAGES = (
    "contexts_contextpolicy",
    "contexts_contextrow",
    "contexts_conversation",
    "contexts_entity",
    "contexts_message",
    "contexts_pin",
    "contexts_summarypart",
    "dispatch_delegation",
    "dispatch_humandelegation",
    "dispatch_review",
    "dispatch_route",
    "dispatch_run",
    "dispatch_handlerswitch",
    "integrations_expert",
    "project_event",
    "project_periodicjob",
    "security_user",
    "security_workspace",
    "security_membership",
    "security_session",
    "security_revokedtoken",
    "security_flag",
    "security_apikey",
    "security_failedsignin",
    "security_rule",
    "security_keptfinding",
)
RECORDS = (
    "contexts_contextrow",
    "contexts_conversation",
    "contexts_entity",
    "contexts_message",
    "contexts_pin",
    "contexts_summarypart",
    "dispatch_delegation",
    "dispatch_humandelegation",
    "dispatch_run",
    "project_event",
)
# By name alone, and by its conversation.
FOUND_OTHERWISE = ("security_failedsignin", "contexts_summarypart")


@pytest.fixture
def ada(client, db):
    client.force_login(admin_rows.staff("ada"))
    return client


@pytest.fixture
def bob(client, db):
    client.force_login(admin_rows.person("bob"))
    return client


def test_every_page_of_the_admin_is_tested_here():
    pages = {f"{model._meta.app_label}_{model._meta.model_name}" for model in admin.site._registry}

    assert pages == {*PAGES, "auth_group"}


def test_staff_open_every_list_and_nothing_is_counted_for_it(ada, subtests):
    admin_rows.everything(1)

    for page in PAGES:
        with subtests.test(page), CaptureQueriesContext(connection) as queries:
            assert ada.get(listed(page)).status_code == 200
            assert [query["sql"] for query in queries if query["sql"].startswith("SELECT COUNT(")] == []


def test_staff_open_a_row_of_every_list(ada, subtests):
    admin_rows.everything(1)

    for page in PAGES:
        with subtests.test(page):
            assert ada.get(changed(page)).status_code == 200


def test_who_is_not_staff_is_sent_to_the_sign_in(bob, subtests):
    for page in PAGES:
        with subtests.test(page):
            response = bob.get(listed(page))

            assert response.status_code == 302
            assert response.url.startswith(reverse("admin:login"))


def test_a_list_costs_the_same_queries_for_3_rows_and_for_30(ada, subtests):
    admin_rows.everything(3)
    few = {page: queries_of(ada, listed(page)) for page in PAGES}

    admin_rows.everything(27, "more-")

    for page in PAGES:
        with subtests.test(page):
            assert queries_of(ada, listed(page)) == few[page]
            assert few[page] <= 9


def test_a_search_for_an_id_finds_its_row(ada, subtests):
    admin_rows.everything(2)

    for page in [page for page in PAGES if page not in FOUND_OTHERWISE]:
        with subtests.test(page):
            row = newest(page)
            assert found(ada, page, row.pk) == [row]


def test_a_search_for_words_answers(ada, subtests):
    admin_rows.everything(1)

    for page in PAGES:
        with subtests.test(page):
            assert found(ada, page, "no such thing, 'quoted\"") == []


def test_a_list_without_rows_offers_only_what_there_is_to_do(ada, subtests):
    for page in sorted({*RECORDS} - {"dispatch_humandelegation", "project_event"}):
        with subtests.test(page):
            empty = ada.get(reverse(f"admin:{page}_changelist")).content.decode()
            assert " yet." in empty
            assert "Show what there is" not in empty
            assert reverse(f"admin:{page}_add") not in empty

    nobody = ada.get(reverse("admin:dispatch_humandelegation_changelist")).content.decode()
    assert "Nothing waits for people." in nobody
    routes = reverse("admin:dispatch_route_changelist")
    assert "Add route" in ada.get(routes).content.decode()
    searched = ada.get(routes, {"q": "x"}).content.decode()
    assert "No routes match." in searched
    assert "Show what there is" in searched
    beyond = ada.get(reverse("admin:project_event_changelist"), {"p": 99}, follow=True).content.decode()
    assert "No events yet." not in beyond


def test_what_strangers_wrote_is_escaped(ada, subtests):
    admin_rows.everything(1, admin_rows.XSS)

    for page in PAGES:
        with subtests.test(page):
            assert "<script>alert" not in ada.get(listed(page)).content.decode()
            assert "<script>alert" not in ada.get(changed(page)).content.decode()


def test_records_are_neither_added_nor_changed_nor_deleted(ada, subtests):
    admin_rows.everything(1)

    for page in RECORDS:
        with subtests.test(page):
            refused = [
                ada.post(reverse(f"admin:{page}_add")),
                ada.post(changed(page), {"title": "forged"}),
                ada.post(reverse(f"admin:{page}_delete", args=[newest(page).pk]), {"post": "yes"}),
            ]

            assert [response.status_code for response in refused] == [403, 403, 403]


def test_the_sidebar_shows_only_what_may_be_opened(client, db):
    helper = admin_rows.person("helper", is_staff=True)
    helper.user_permissions.set(permissions("view_run"))
    client.force_login(helper)

    page = client.get(reverse("admin:index")).content.decode()

    assert reverse("admin:dispatch_run_changelist") in page
    assert reverse("admin:security_session_changelist") not in page


def test_who_signs_in_at_the_sign_in_page_comes_to_the_first_page(client, db):
    admin_rows.staff("ada")

    response = client.post(reverse("admin:login"), {"username": "ada", "password": PASSWORD})

    assert response.url == reverse("admin:index")


def test_pages_are_found_by_name(ada):
    page = ada.get(reverse("admin:search"), {"s": "revoked", "extended": 1}).content.decode()

    assert reverse("admin:security_revokedtoken_changelist") in page


def test_events_are_found_by_their_conversation_and_filtered_by_type(ada):
    admin_rows.everything(2)
    event = Event.objects.filter(type="message.received").latest("id")

    assert found(ada, "project_event", event.stream_id) == [event]
    assert found(ada, "project_event", event.stream_id.removeprefix("conversation:")) == [event]
    assert found(ada, "project_event", "conversation:") == list(
        Event.objects.filter(type="message.received").order_by("-id")
    )
    members = ada.get(listed("project_event"), {"family": "member"}).context["cl"].result_list
    assert {event.type for event in members} == {"member.added"}


def test_the_data_of_an_event_is_pretty_printed(ada):
    talk = admin_rows.conversation(admin_rows.workspace(admin_rows.person("eve")))
    event = admin_rows.event(talk, 1, {"text": admin_rows.XSS, "length": 7})

    page = ada.get(reverse("admin:project_event_change", args=[event.id])).content.decode()

    assert "&quot;length&quot;: 7" in page
    assert "&lt;script&gt;alert(&#x27;x&#x27;)" in page


def listed(page):
    return reverse(f"admin:{page}_changelist")


def changed(page):
    return reverse(f"admin:{page}_change", args=[newest(page).pk])


def newest(page):
    model = next(model for model in admin.site._registry if model._meta.label_lower == page.replace("_", "."))
    return model._default_manager.order_by("pk").last()


def found(client, page, words):
    response = client.get(listed(page), {"q": words})
    assert response.status_code == 200
    return list(response.context["cl"].result_list)


def queries_of(client, address):
    with CaptureQueriesContext(connection) as queries:
        assert client.get(address).status_code == 200
    return len(queries)


def permissions(*names):
    return Permission.objects.filter(codename__in=names)
