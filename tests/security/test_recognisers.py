"""Typed things are recognised by their form, told in their normal form; what only has digits in common is not."""

import pytest

from security.recognisers import recognise
from tests.modes import once

pytestmark = once

CARD = "4111 1111 1111 1111"
IBAN = "DE89 3704 0044 0532 0130 00"


@pytest.mark.parametrize(
    ("text", "type", "written", "normal"),
    [
        ("write to Ada.King@Lovelace.NET, please", "email", "Ada.King@Lovelace.NET", "Ada.King@lovelace.net"),
        ("see https://Host.net/a?b=c.", "url", "https://Host.net/a?b=c", "https://host.net/a?b=c"),
        ("(as www.host.net/x)", "url", "www.host.net/x", "http://www.host.net/x"),
        (f"my card is {CARD}.", "card", CARD, CARD.replace(" ", "")),
        ("amex 3782-822463-10005", "card", "3782-822463-10005", "378282246310005"),
        (f"pay to {IBAN} soon", "iban", IBAN, IBAN.replace(" ", "")),
        ("my iban is gb29nwbk60161331926819", "iban", "gb29nwbk60161331926819", "GB29NWBK60161331926819"),
        ("SSN 536-90-4399", "us_ssn", "536-90-4399", "536-90-4399"),
        ("social security number 536904399", "us_ssn", "536904399", "536-90-4399"),
        ("from 93.184.216.34 again", "ip_address", "93.184.216.34", "93.184.216.34"),
        ("ping 2606:2800:220:1::946", "ip_address", "2606:2800:220:1::946", "2606:2800:220:1::946"),
        ("call +49 (0)30 901820 now", "phone", "+49 (0)30 901820", "+4930901820"),
        ("I am at (415) 555-2671", "phone", "(415) 555-2671", "4155552671"),
        ("my mobile: 0489 25 37 29", "phone", "0489 25 37 29", "0489253729"),
        ("born on 10 December 1815", "birth_date", "10 December 1815", "1815-12-10"),
        ("date of birth: 6/24/1991", "birth_date", "6/24/1991", "1991-06-24"),
        ("dob 02/03/1991", "birth_date", "02/03/1991", "02/03/1991"),
    ],
)
def test_what_has_a_form_is_recognised(text: str, type: str, written: str, normal: str) -> None:
    [found] = [one for one in recognise(text) if one.confidence >= 0.5]

    assert (found.type, text[slice(*found.span)], found.normal) == (type, written, normal)


@pytest.mark.parametrize(
    "text",
    [
        "my card is 4111 1111 1111 1112",
        "order 4111111111111112 of 2026",
        "IBAN DE89 3704 0044 0532 0130 01",
        "SSN 000-12-3456",
        "the meeting is on 10 December 2026 at 12:30",
        "release 1.2.3.4 of the library",
        "from 999.1.2.3",
        "ask 127.0.0.1 or 192.168.0.1",
        "invoice 2026-11-29-0417, 1234567 pieces",
        "ada at example dot net",
        "mail somebody@example.com in the documentation",
        "git@github.net:owner/name.git",
        "a1234567890123b, 1,234,567,890 and 12345678901234567890123",
        "between 1914 and 1918, 12 of 30, 50 000 people",
    ],
)
def test_what_only_looks_like_it_is_left_alone(text: str) -> None:
    assert [one for one in recognise(text) if one.confidence >= 0.5] == []


def test_a_number_is_one_thing() -> None:
    found = recognise(f"call me, my card is {CARD} and my account {IBAN}")

    assert [one.type for one in found] == ["card", "iban"]


def test_only_what_is_asked_for_is_looked_for() -> None:
    assert [one.type for one in recognise("ada@lovelace.net, www.lovelace.net", ["url"])] == ["url"]


def test_a_list_may_be_cut() -> None:
    assert len(recognise("a@b.net " * 50, most=7)) == 7
