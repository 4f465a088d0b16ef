"""A real HTTP expert and a real server: what it says at once, later and when asked comes to who waits for it."""

import pytest

from tests.experts_app.far_side import SECRET, SKILLS, far_side


@pytest.fixture(scope="module")
def far():
    with far_side() as made:
        yield made


@pytest.fixture(scope="module")
def asker(deployment, far):
    code = (
        "from integrations import vault; from integrations.models import Expert; "
        f"Expert.objects.create(slug='far', name='Far counter', skills={SKILLS!r}, adapter='http', "
        f"settings={{'url': {far.url!r}}}, secret=vault.seal({SECRET!r}))"
    )
    assert "Error" not in deployment.manage("shell", "-c", code)
    server = deployment.serve(OUTGOING_ALLOW=far.allow)
    far.switchboard = server.url
    far.finish()
    return server.person("ada")


def asked(person, do):
    conversation = person.conversation()
    task = {"type": "data", "data": {"text": "one two three", "do": do}}
    answer = person.say(conversation, "Count", parts=[task], metadata={"expert": "far"})
    assert answer.status_code == 202, answer.text
    return conversation


@pytest.mark.parametrize("do", ["answer", "call_back", "progress", "poll"])
def test_answer_comes_on_whatever_way_the_far_side_takes(asker, do):
    conversation = asked(asker, do)

    asker.settled(conversation, 1)

    [reply] = [message for message in asker.messages(conversation) if message["role"] == "expert"]
    assert reply["text"] == "There are 3 words."


@pytest.mark.parametrize("do", ["lie", "redirect", "bomb", "oversize"])
def test_far_side_that_is_not_as_it_should_be_leaves_a_marked_fallback(asker, do):
    conversation = asked(asker, do)

    asker.settled(conversation, 1)

    reply = asker.messages(conversation)[-1]
    assert reply["metadata"]["fallback"] is True


def test_callbacks_are_answered(far):
    assert {status for status, _ in far.callbacks} == {200, 202}
