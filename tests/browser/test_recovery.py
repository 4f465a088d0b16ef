"""Restarts, lost connections and lost answers: nothing doubles, nothing is missing."""

from playwright.sync_api import WebSocketRoute, expect

from tests.browser.tab import Tab, in_browser
from tests.dispatch.wire import recite
from tests.live import LivePerson
from tests.modes import once

pytestmark = [*in_browser, once]


def test_a_restart_of_the_server_in_mid_answer_loses_and_doubles_nothing(ada_at, live_ada, server):
    text = " ".join(f"{number} \U0001f3f3\ufe0f\u200d\U0001f308 caf\u00e9;" for number in range(24))
    live_ada.say(ada_at.conversation, text, kind="test.recite")
    expect(ada_at.page.locator("[data-live] .body")).to_contain_text("3 ")

    server.restart()
    ada_at.say("/echo after the restart")

    expect(ada_at.said).to_have_text([text, text, "/echo after the restart", "after the restart"])
    assert sorted(stored(live_ada, ada_at)) == sorted(ada_at.said.all_inner_texts())
    expect(ada_at.page.locator("#bar")).to_be_hidden()


def test_a_reload_in_mid_answer_shows_what_was_said_so_far_and_goes_on(ada_at, live_ada, prompter):
    text = " ".join(str(number) for number in range(60))
    recite(live_ada, ada_at.conversation, text, prompter)
    prompter.allow(40)
    expect(ada_at.page.locator("[data-live] .body")).to_contain_text("9 10")

    ada_at.page.reload()

    expect(ada_at.page.locator("[data-live] .body")).to_contain_text("0 1 2 3 4 5 6 7 8 9 10")
    expect(ada_at.page.get_by_text("Answering")).to_be_visible()
    prompter.allow(len(text))
    expect(ada_at.page.locator(".turn.answer:not([data-live]) .body")).to_have_text(text)


def test_a_connection_lost_in_mid_answer_is_resumed_where_it_was(tab, live_ada, prompter):
    sockets: list[WebSocketRoute] = []

    def remember(socket):
        socket.connect_to_server()
        sockets.append(socket)

    tab.page.route_web_socket("**/ws/v1/", remember)
    tab.sign_in("ada")
    tab.start()
    tab.watch_the_answer()
    text = " ".join(f"{number} \U0001f680" for number in range(50))
    recite(live_ada, tab.conversation, text, prompter)

    for number in ("7", "21", "33"):
        prompter.allow(text.index(f" {number} ") + 20 - prompter.count)
        expect(tab.page.locator("[data-live] .body")).to_contain_text(f" {number} ")
        sockets[-1].close(code=4503)
    prompter.allow(len(text))
    tab.hear_answers(1)

    assert len(sockets) == 4
    assert tab.said.last.inner_text() == text
    assert all(text.startswith(part) for part in tab.seen)


def test_a_killed_server_costs_the_person_nothing(ada_at, server):
    ada_at.say("/echo before")
    ada_at.hear_answers(1)

    server.kill()
    ada_at.say("/echo after")

    expect(ada_at.said).to_have_text(["/echo before", "before", "/echo after", "after"])


def test_a_message_written_while_the_server_is_unreachable_survives_a_reload_and_is_sent_once(ada_at, live_ada):
    ada_at.page.route(
        "**/messages/", lambda route: route.abort() if route.request.method == "POST" else route.continue_()
    )
    ada_at.say("/echo patience")
    expect(ada_at.page.locator(".chip.waiting")).to_contain_text("Waiting to send")

    ada_at.page.reload()
    expect(ada_at.page.locator(".chip.waiting")).to_contain_text("Waiting to send")
    ada_at.page.unroute_all()

    expect(ada_at.said).to_have_text(["/echo patience", "patience"])
    assert stored(live_ada, ada_at) == ["/echo patience", "patience"]


def test_an_answer_to_a_send_that_was_lost_on_the_way_back_is_not_sent_twice(ada_at, live_ada):
    lost: list[int] = []

    def lose_the_first(route):
        if route.request.method == "POST" and not lost:
            lost.append(route.fetch().status)
            route.abort()
        else:
            route.continue_()

    ada_at.page.route("**/messages/", lose_the_first)

    ada_at.say("/echo once")

    expect(ada_at.said).to_have_text(["/echo once", "once"])
    ada_at.page.wait_for_timeout(6000)  # longer than any pause between two tries
    expect(ada_at.said).to_have_text(["/echo once", "once"])
    assert lost == [202]
    assert stored(live_ada, ada_at) == ["/echo once", "once"]


def test_a_session_ended_elsewhere_ends_the_page_within_seconds(ada_at):
    """By its own cookie, as the page of another tab would."""
    ada_at.page.evaluate(
        """async () => {
            const post = (path, headers) => fetch(path, {method: "POST", body: "{}", headers});
            const json = {"Content-Type": "application/json"};
            const {access} = await (await post("/api/v1/auth/refresh", json)).json();
            await post("/api/v1/auth/logout", {...json, Authorization: `Bearer ${access}`});
        }"""
    )

    expect(ada_at.page.get_by_label("Username")).to_be_visible()
    expect(ada_at.page.locator(".turn")).to_have_count(0)


def test_two_tabs_of_one_profile_renew_at_the_same_moment_and_both_stay(ada_at):
    other = ada_at.page.context.new_page()
    other.goto(ada_at.page.url)
    expect(other.get_by_role("textbox", name="Message in")).to_be_visible()

    for page in (ada_at.page, other):
        page.evaluate("setTimeout(() => location.reload(), 200)")
    ada_at.page.wait_for_timeout(1000)

    for page in (ada_at.page, other):
        expect(page.get_by_role("textbox", name="Message in")).to_be_visible()


def stored(person: LivePerson, tab: Tab) -> list[str]:
    """The texts of the open conversation, as the API has them."""
    return [message["text"] for message in person.messages(tab.conversation)]
