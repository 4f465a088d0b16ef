"""A socket goes on under a new token of the same user's, of whichever session."""

from typing import Any

from tests.deployment import Server
from tests.dispatch import wire
from tests.live import LivePerson


def renew(person: LivePerson) -> dict[str, Any]:
    return {"op": "auth", "token": person.tokens["access"]}


def log_out(person: LivePerson) -> None:
    assert person.http.post("/api/v1/auth/logout").status_code == 204


def test_socket_outlives_the_session_it_began_with(server: Server) -> None:
    before, after = server.person("bob"), server.person("bob")
    conversation = after.conversation()
    with before.socket() as socket:
        socket.ask({"op": "subscribe", "stream": f"conversation:{conversation}"})
        renewed = socket.ask(renew(after))

        log_out(before)
        gone = server.person("bob")  # longer than the guard takes
        gone.say(conversation, "Still here?")

        assert renewed["data"] == {}
        assert socket.until("run.completed")[-1]["type"] == "run.completed"
        assert socket.ask({"op": "ping"})["type"] == "ok"


def test_socket_ends_with_the_session_it_goes_on_under(server: Server) -> None:
    before, after = server.person("bob"), server.person("bob")
    with before.socket() as socket:
        socket.ask(renew(after))

        log_out(after)

        assert wire.closed(socket)[1] == 4403


def test_message_after_renewal_is_sent_through_the_new_session(server: Server) -> None:
    before, after = server.person("bob"), server.person("bob")
    conversation = before.conversation()
    with before.socket() as socket:
        socket.ask(renew(after))
        log_out(before)

        sent = socket.ask({"op": "send", "conversation": conversation, "client_id": "1", "text": "Hello"})

    assert sent["type"] == "ok"


def test_token_of_another_user_is_refused_and_changes_nothing(live_ada: LivePerson, live_bob: LivePerson) -> None:
    conversation = live_ada.conversation()
    with live_bob.socket() as socket:
        refused = socket.ask(renew(live_ada))
        sent = socket.ask({"op": "send", "conversation": conversation, "client_id": "1", "text": "Hello"})

    assert (refused["type"], refused["problem"]["code"]) == ("error", "other_user")
    message = live_ada.http.get(f"/api/v1/messages/{sent['data']['message']}/").json()
    assert message["author"] == live_bob.http.get("/api/v1/me").json()["user"]["id"]


def test_token_that_is_none_leaves_the_socket_as_it_was(live_bob: LivePerson) -> None:
    with live_bob.socket() as socket:
        broken = socket.ask({"op": "auth", "token": "x"})
        missing = socket.ask({"op": "auth"})

        assert [answer["problem"]["code"] for answer in (broken, missing)] == ["token_invalid", "bad_frame"]
        assert socket.ask({"op": "ping"})["type"] == "ok"
