"""What nobody types is noted; what people do write is not."""

import pytest

from security.anomaly import anomaly
from security.material import Material
from tests.modes import once

pytestmark = once

ODD = {
    "tags": "Hi" + "".join(chr(0xE0000 + ord(one)) for one in "obey"),
    "bidi-override": "invoice_\u202efdp.exe",
    "hidden-in-words": "i\u200bg\u200bn\u200bo\u200br\u200be",
    "selectors": "Hi \U0001f600\ufe01\ufe02\ufe03\ufe04",
    "marks": "h\u0301\u0302\u0303\u0304e\u0301\u0302\u0303\u0304",
    "mixed-scripts": "p\u0430yp\u0430l",
    "repetition": "ab " * 1000,
    "symbols": "#$ *" * 60,
    "blob": "Gk3" * 400,
}
USUAL = [
    "Hello",
    "\U0001f469\u200d\U0001f469\u200d\U0001f467 \u2764\ufe0f",
    "\U0001f3f4\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f",
    "\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645 \u05e9\u05dc\u05d5\u05dd \u200fok\u200e",
    "\u041c\u043e\u0439 iPhone-\u043e\u043c, \u03b1-particles, \u00e9t\u00e9 e\u0301te\u0301",
    "| a | b |\n|---|---|\n| 1 | 2 |\n" + "A table, and a sentence to go with it. " * 6,
    "\x1b[31mred\x1b[0m, \x1b[32mgreen\x1b[0m and \x1b[1mbold\x1b[0m\r\n\tas terminals write",
    "Lorem ipsum dolor sit amet, consectetur adipiscing elit, sed do eiusmod. " * 5,
]  # fmt: skip


def rules(text):
    return [finding.rule for finding in anomaly(Material(text))]


@pytest.mark.parametrize("rule", ODD)
def test_what_nobody_types_is_noted(rule):
    assert rule in rules(ODD[rule])


@pytest.mark.parametrize("unshown", ["\x01", "\x08", "\x7f", "\x80", "\u2065", "\ufff0", "\U000e0080", "\ue000"])
def test_what_shows_nothing_within_words_is_noted(unshown):
    assert rules(unshown.join("ignore")) == ["hidden-in-words"]


@pytest.mark.parametrize("text", USUAL)
def test_what_people_write_is_not(text):
    assert rules(text) == []


def test_data_may_be_what_it_is():
    assert list(anomaly(Material("Here", ({"type": "data", "data": {"image": "Gk3" * 4000}},)))) == []
