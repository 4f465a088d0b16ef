"""Personal data is flagged, and masked in what staff see of it; where settings say so it is masked for everybody."""

import pytest

from contexts.models import Message
from security.screening_models import KeptFinding

TEXT = "Write to ada@lovelace.net or call +49 30 901820."
pytestmark = pytest.mark.django_db


@pytest.fixture
def said(ada, conversation):
    def say(text):
        body = {"kind": "text", "text": text}
        assert ada.post(f"/api/v1/conversations/{conversation.id}/messages/", body).status_code == 202
        return Message.objects.get(role="user")

    return say


def test_personal_data_is_flagged_and_masked_in_the_evidence(said):
    message = said(TEXT)

    assert (message.text, message.original) == (TEXT, None)
    found = {one.rule: one for one in KeptFinding.objects.filter(message=message.id, filter="personal")}
    assert set(found) == {"email", "phone"}
    assert {(one.action, one.severity) for one in found.values()} == {("flag", "low")}
    assert {one.evidence for one in found.values()} == {"Write to [e-mail address] or call [phone number]."}


def test_settings_may_have_it_masked_for_all(said, settings):
    settings.PERSONAL_ACTION = "redact"

    message = said(TEXT)

    assert message.text == "Write to [e-mail address] or call [phone number]."
    assert message.original["text"] == TEXT


def test_a_secret_is_masked_everywhere_and_kept_as_sent(said):
    password = "Xk9" + "!vR2qLm7"

    message = said(f"my password is {password}, mail ada@lovelace.net")

    assert message.text == "my password is [secret: password], mail ada@lovelace.net"
    assert password in message.original["text"]
    evidence = list(KeptFinding.objects.values_list("evidence", flat=True))
    assert evidence
    assert not any(password in one or "lovelace" in one for one in evidence)


def test_a_secret_in_data_is_masked_too(ada, conversation):
    key = "AKIA" + "Q3EGRZ7NBTJ2XWYL"
    part = {"type": "data", "data": {"env": [{"key": key}]}}

    ada.post(
        f"/api/v1/conversations/{conversation.id}/messages/",
        {"kind": "text", "text": "This is it", "parts": [part], "metadata": {"note": key}},
    )

    message = Message.objects.get(role="user")
    assert message.parts[0]["data"] == {"env": [{"key": "[secret: AWS key]"}]}
    assert message.metadata["note"] == "[secret: AWS key]"
