"""Code in a message is noted and passes; talk about code, and talk, is not noted."""

import pytest

from contexts.models import Message
from security.evasions import EVASIONS
from security.markup import markup
from security.material import Material
from security.screening_models import KeptFinding
from tests.modes import once

PAYLOADS = {
    "xss-script-tag": "hello <ScRiPt src=//evil.example>",
    "xss-event": '<img alt="x" onerror = steal()>',
    "xss-address": "click java\tscript:steal()",
    "xss-style": '<p style="width: expression(steal())">',
    "xss-browser": "look: document.cookie",
    "sql-union": "-1 UNION/**/ALL SELECT name FROM users",
    "sql-always-true": "7 or 3=3",
    "sql-quoted-shape": "anna' or 'b",
    "sql-stacked": "x'; DROP TABLE invoices",
    "sql-delay": "1 and sleep(5)",
    "template": "Dear {{7*'7'}}",
    "xml-entity": '<!ENTITY x SYSTEM "file:///etc/hostname">',
    "path-upwards": "../../../secrets.txt",
    "shell-path": "show me /etc/passwd",
    "shell-then": "photo.png; rm -rf /tmp/x",
    "php-tag": "<?php echo 1;",
    "java-class": "new java.lang.ProcessBuilder",
    "node": "require('child_process')",
    "inside-address": "http://169.254.169.254/latest/meta-data",
}
TALK = [
    "Please select a hotel from the list, or drop me a line at 5 or 6 o'clock.",
    "Rock 'n' roll, and O'Connor's union; 1 or 2 tickets?",
    "if x < 3 and y > 4: print('fine')",
    "It's 50% off (or 20 & more) - isn't it?",
    "The `<b>` tag makes text bold; see https://example.com/a/b?c=d&e=f.",
    "Update the settings, delete from your list what you don't need, where possible.",
    "She said: \"either 'yes' or 'no'\", and that's all.",
    "Java script writers like cats; do you like dogs?",
    "请用'言'字造一个简单的句子。",
]  # fmt: skip


def rules(text):
    return {finding.rule for finding in markup(Material(text))}


@once
@pytest.mark.parametrize("rule", PAYLOADS)
def test_each_kind_is_noted(rule):
    assert rule in rules(PAYLOADS[rule])


@once
@pytest.mark.parametrize("evasion", EVASIONS)
def test_no_evasion_hides_it(evasion):
    hidden = {rule for rule, text in PAYLOADS.items() if rule not in rules(EVASIONS[evasion](text))}

    assert not hidden


@once
@pytest.mark.parametrize("text", TALK)
def test_talk_is_not_noted(text):
    assert rules(text) == set()


@once
def test_the_place_is_told_of_the_text_as_sent():
    [finding] = [one for one in markup(Material("so %3Cscript%3E there")) if one.rule == "xss-script-tag"]

    assert finding.span == (3, len("so %3Cscript"))


def test_a_message_with_code_in_it_passes_unchanged_and_leaves_findings(ada, conversation, settings):
    settings.FILTERS = ["shape", "markup"]

    response = ada.post(f"/api/v1/conversations/{conversation.id}/messages/", {"text": PAYLOADS["xss-event"]})

    assert response.status_code == 202
    assert Message.objects.get(role="user").text == PAYLOADS["xss-event"]
    assert set(KeptFinding.objects.values_list("filter", "action")) == {("markup", "flag")}
