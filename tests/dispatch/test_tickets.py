"""Tickets and the cookie that one leaves: how a browser opens a stream without a header, on a live server."""

from typing import Any

import httpx

from tests.deployment import Server
from tests.dispatch import wire
from tests.live import PATIENCE, LivePerson, in_parallel

SOCKET = "/ws/v1/"


def ticket(person: LivePerson, target: str) -> str:
    answer = person.http.post("/api/v1/auth/ticket", json={"target": target})
    assert answer.status_code == 200, answer.text
    return str(answer.json()["ticket"])


def came(server: Server, path: str, **sent: Any) -> httpx.Response:
    """What a browser gets that comes with a ticket or a cookie. Streams are left once their head is read."""
    headers = {"Accept": "text/event-stream"}
    with httpx.Client(base_url=server.url, timeout=PATIENCE) as browser:
        with browser.stream("GET", path, headers=headers, **sent) as response:
            if response.status_code != 200:
                response.read()
        return response


def cookie(response: httpx.Response) -> dict[str, str]:
    return dict(response.cookies)


def test_ticket_opens_its_stream_once(live_ada: LivePerson, server: Server) -> None:
    path = wire.path(live_ada.conversation())
    given = {"ticket": ticket(live_ada, path)}

    once, again = came(server, path, params=given), came(server, path, params=given)

    assert (once.status_code, again.status_code) == (200, 401)
    assert again.json()["code"] == "ticket_invalid"


def test_ticket_is_for_one_path(live_ada: LivePerson, server: Server) -> None:
    path, other = wire.path(live_ada.conversation()), wire.path(live_ada.conversation())

    answer = came(server, other, params={"ticket": ticket(live_ada, path)})

    assert answer.status_code == 401


def test_ticket_opens_nothing_that_its_holder_may_not_see(
    live_ada: LivePerson, live_eve: LivePerson, server: Server
) -> None:
    path = wire.path(live_ada.conversation())

    answer = came(server, path, params={"ticket": ticket(live_eve, path)})

    assert answer.status_code == 404
    assert "Set-Cookie" not in answer.headers


def test_cookie_left_by_a_ticket_opens_that_stream_again_and_no_other(live_ada: LivePerson, server: Server) -> None:
    path, other = wire.path(live_ada.conversation()), wire.path(live_ada.conversation())
    first = came(server, path, params={"ticket": ticket(live_ada, path)})

    again, elsewhere = came(server, path, cookies=cookie(first)), came(server, other, cookies=cookie(first))

    assert (first.status_code, again.status_code, elsewhere.status_code) == (200, 200, 401)
    attributes = first.headers["Set-Cookie"].split("; ")[1:]
    assert set(attributes) == {f"Path={path}", "HttpOnly", "SameSite=Strict"}


def test_browser_comes_back_with_the_used_ticket_in_its_address_and_its_cookie(
    live_ada: LivePerson, server: Server
) -> None:
    """As a native EventSource does, whose address never changes."""
    path, other = wire.path(live_ada.conversation()), wire.path(live_ada.conversation())
    given = {"ticket": ticket(live_ada, path)}
    first = came(server, path, params=given)

    again, elsewhere = (came(server, where, params=given, cookies=cookie(first)) for where in (path, other))
    forged = came(server, path, params=given, cookies={next(iter(cookie(first))): "x"})

    assert (first.status_code, again.status_code) == (200, 200)
    assert (elsewhere.status_code, forged.status_code) == (401, 401)


def test_ticket_that_is_shown_twice_at_once_opens_one_stream(live_ada: LivePerson, server: Server) -> None:
    path = wire.path(live_ada.conversation())
    given = {"ticket": ticket(live_ada, path)}

    answers = in_parallel([lambda: came(server, path, params=given).status_code] * 8)

    assert sorted(answers) == [200] + [401] * 7


def test_forged_cookie_opens_nothing(live_ada: LivePerson, server: Server) -> None:
    path = wire.path(live_ada.conversation())
    name, value = next(iter(cookie(came(server, path, params={"ticket": ticket(live_ada, path)})).items()))

    for forged in (value[:-3] + "AAA", "", "x", value.partition(":")[2]):
        assert came(server, path, cookies={name: forged}).status_code == 401


def test_cookie_ends_with_its_session(server: Server) -> None:
    ada = server.person("ada")
    path = wire.path(ada.conversation())
    first = came(server, path, params={"ticket": ticket(ada, path)})
    unused = ticket(ada, path)

    ada.http.post("/api/v1/auth/logout")

    assert came(server, path, cookies=cookie(first)).status_code == 401
    assert came(server, path, params={"ticket": unused}).status_code == 401


def test_ticket_is_not_written_to_the_log(live_ada: LivePerson, server: Server) -> None:
    path = wire.path(live_ada.conversation())
    used, refused, elsewhere = (ticket(live_ada, path) for _ in range(3))

    came(server, path, params={"ticket": used})
    came(server, path, params={"ticket": used})
    came(server, path + "x/", params={"ticket": refused})
    with httpx.Client(base_url=server.url, timeout=PATIENCE) as browser:
        browser.get(path, params={"ticket": elsewhere})

    log = server.log.read_text()
    assert log
    assert [secret for secret in (used, refused, elsewhere) if secret in log] == []
