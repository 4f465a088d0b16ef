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
