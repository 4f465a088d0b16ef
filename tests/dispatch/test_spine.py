"""One message, end to end, on a live server."""

from tests.live import LivePerson


def test_message_is_answered_and_streamed_in_order(live_ada: LivePerson) -> None:
    conversation = live_ada.conversation()
    live_ada.say(conversation, "My dog is called Rex.")
    live_ada.settled(conversation, 1)

    live_ada.say(conversation, "What is my dog called?")
    with live_ada.stream(conversation) as stream:
        seen = stream.until("run.completed") + stream.until("run.completed")

    durable = [event for event in seen if event["seq"] and event["type"] != "message.delta"]
    assert seen[0]["type"] == "stream.ready"
    assert [event["seq"] for event in durable] == list(range(1, 11))
    answer = next(event for event in reversed(durable) if event["type"] == "message.completed")
    assert "Rex" in answer["data"]["message"]["text"]


def test_body_in_chunks_is_read_like_any_other(live_ada: LivePerson) -> None:
    conversation = live_ada.conversation()
    path = f"/api/v1/conversations/{conversation}/"

    said = live_ada.http.post(
        f"{path}messages/", content=iter([b'{"text": ', b'"hello"}']), headers={"Content-Type": "application/json"}
    )
    renamed = live_ada.http.patch(
        path, content=iter([b'{"title":', b' "renamed"}']), headers={"Content-Type": "application/json"}
    )

    assert said.status_code == 202, said.text
    assert (renamed.status_code, renamed.json()["title"]) == (200, "renamed")
