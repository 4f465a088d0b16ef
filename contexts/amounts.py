"""Amounts: of money, and of what is counted in units. Both with the number as it is written in programs."""

import re
from collections.abc import Iterator
from decimal import Decimal, InvalidOperation
from typing import Final

import re2

from contexts.finds import Find, Scene, find

SYMBOLS: Final = {
    "$": "USD", "US$": "USD", "A$": "AUD", "C$": "CAD", "€": "EUR", "£": "GBP", "¥": "JPY", "₹": "INR", "₩": "KRW",
    "₽": "RUB", "₺": "TRY", "₪": "ILS",
}  # fmt: skip
CODES: Final = "EUR USD GBP CHF JPY CNY INR AUD CAD NZD SEK NOK DKK PLN CZK HUF RON BRL MXN ZAR TRY KRW SGD HKD ILS"
WORDS: Final = {
    "euro": "EUR", "euros": "EUR", "dollar": "USD", "dollars": "USD", "bucks": "USD", "pounds sterling": "GBP",
    "quid": "GBP", "yen": "JPY", "yuan": "CNY", "rupees": "INR", "francs": "CHF", "swiss francs": "CHF",
    "us dollars": "USD", "kronor": "SEK", "zloty": "PLN",
}  # fmt: skip
TIMES: Final = {
    "k": 3, "thousand": 3, "m": 6, "mn": 6, "mio": 6, "million": 6, "bn": 9, "billion": 9,
}  # fmt: skip
UP_TO_TWELVE: Final = "one two three four five six seven eight nine ten eleven twelve"
NUMBERS: Final = {word: str(number) for number, word in enumerate(UP_TO_TWELVE.split(), 1)} | {
    "fifteen": "15",
    "twenty": "20",
    "thirty": "30",
    "forty": "40",
    "fifty": "50",
    "ninety": "90",
    "hundred": "100",
}

# Unit, as it is normally written, and how else.
UNITS: Final = {
    "kg": "kg kilo kilos kilogram kilograms kilogramme kilogrammes",
    "g": "g gram grams gramme grammes",
    "mg": "mg milligram milligrams",
    "t": "tonne tonnes tons ton",
    "lb": "lb lbs",
    "oz": "oz ounce ounces",
    "km": "km kilometer kilometers kilometre kilometres",
    "m": "m meter meters metre metres",
    "cm": "cm centimeter centimeters centimetre centimetres",
    "mm": "mm millimeter millimeters millimetre millimetres",
    "mile": "mile miles",
    "ft": "ft feet",
    "in": "inch inches",
    "m2": "m2 m² sqm",
    "l": "l litre litres liter liters",
    "ml": "ml millilitre millilitres milliliter milliliters",
    "gallon": "gallon gallons",
    "ms": "ms millisecond milliseconds",
    "s": "s sec secs second seconds",
    "min": "min mins minute minutes",
    "h": "h hr hrs hour hours",
    "day": "day days",
    "week": "week weeks",
    "month": "month months",
    "year": "year years yrs",
    "B": "bytes byte",
    "KB": "KB kB KiB kilobytes",
    "MB": "MB MiB megabyte megabytes",
    "GB": "GB GiB gigabyte gigabytes gigs",
    "TB": "TB TiB terabyte terabytes",
    "Mbit/s": "Mbps Mbit/s",
    "Gbit/s": "Gbps Gbit/s",
    "%": "% percent",
    "°C": "°C celsius",
    "°F": "°F fahrenheit",
    "km/h": "km/h kph",
    "mph": "mph",
    "W": "W watt watts",
    "kW": "kW kilowatt kilowatts",
    "kWh": "kWh",
    "V": "V volt volts",
    "Hz": "Hz hertz",
    "MHz": "MHz",
    "GHz": "GHz",
    "piece": "pieces piece pcs items item",
    "unit": "units unit",
    "box": "boxes box",
    "seat": "seats seat",
    "licence": "licences licence licenses license",
    "page": "pages page",
}
UNIT: Final = {written: unit for unit, ways in UNITS.items() for written in ways.split()}
SHORT: Final = frozenset(written for written in UNIT if len(written) == 1 and written.isalpha())

NUMBER: Final = r"\d{1,3}(?:[.,' ]\d{3})+(?:[.,]\d{1,2})?|\d+(?:[.,]\d+)?"
FACTOR: Final = r"(?: ?(?:k|m|mn|mio|bn)\b| (?:thousand|million|billion)\b)?"
BEFORE: Final = re2.compile(rf"(?:(US\$|A\$|C\$|[$€£¥₹₩₽₺₪])|\b({CODES.replace(' ', '|')})) ?({NUMBER})((?i:{FACTOR}))")
AFTER: Final = re2.compile(
    rf"(?i)\b({NUMBER}|{'|'.join(NUMBERS)})({FACTOR})"
    rf" ?(?:([$€£¥₹₩₽₺₪])|({CODES.replace(' ', '|')}|{'|'.join(sorted(WORDS, key=len, reverse=True))})\b)"
)
COUNTED: Final = re2.compile(
    rf"(?i)(-?(?:{NUMBER})|\b(?:{'|'.join(NUMBERS)}|half an?|an?))[ -]?"
    rf"({'|'.join(re.escape(written) for written in sorted(UNIT, key=len, reverse=True))})"
)
VAGUE: Final = re.compile(r"(?:half )?an?", re.IGNORECASE)
GROUPED: Final = re.compile(r"[.,' ](?=\d{3}(?:\D|$))")
BY_CASE: Final = {written.casefold(): unit for written, unit in UNIT.items()} | UNIT


def money(text: str, scene: Scene) -> Iterator[Find]:
    for match in BEFORE.finditer(text):
        currency = SYMBOLS.get(match[1]) or match[2]
        yield from _money(text, match.span(), currency, match[3], match[4])
    for match in AFTER.finditer(text):
        word = (match[4] or "").casefold()
        yield from _money(
            text, match.span(), SYMBOLS.get(match[3]) or WORDS.get(word, word.upper()), match[1], match[2]
        )


def quantities(text: str, scene: Scene) -> Iterator[Find]:
    for match in COUNTED.finditer(text):
        written, unit = match[1], match[2]
        if not _ends(text, *match.span()) or (VAGUE.fullmatch(written) and "half" not in written.casefold()):
            continue
        if unit.casefold() in SHORT and (unit not in SHORT or not written[-1:].isdigit()):
            continue
        number = Decimal("0.5") if VAGUE.fullmatch(written) else value(written)
        if number is not None:
            name = UNIT.get(unit) or BY_CASE[unit.casefold()]
            yield find("quantity", text, match.span(), f"{_plain(number)} {name}", 0.9)


def value(written: str) -> Decimal | None:
    """The number that is meant: with points or commas between thousands, or before decimals."""
    written = NUMBERS.get(written.casefold(), written)
    if GROUPED.search(written) and not re.fullmatch(r"-?\d+[.,]\d{3}", written):
        last = max(written.rfind("."), written.rfind(","))
        decimals = len(written) - last - 1 if last >= 0 and len(written) - last - 1 != 3 else 0
        digits = re.sub(r"[^\d-]", "", written)
        return _decimal(
            f"{digits[: len(digits) - decimals]}.{digits[len(digits) - decimals :]}" if decimals else digits
        )
    if re.fullmatch(r"-?[1-9]\d{0,2},\d{3}", written):
        return _decimal(written.replace(",", ""))
    return _decimal(written.replace(",", "."))


def _money(text: str, span: tuple[int, int], currency: str, written: str, factor: str) -> Iterator[Find]:
    """Of money a point before three digits stands between thousands: nobody counts in tenths of a cent."""
    written = re.sub(r"[.,](?=\d{3}$)", "", written)
    number = value(written)
    if number is None or text[max(0, span[0] - 1) : span[0]].isalnum():
        return
    number *= 10 ** TIMES.get(factor.strip().casefold(), 0)
    yield find("money", text, span, f"{currency} {number:.2f}", 0.95)


def _decimal(written: str) -> Decimal | None:
    try:
        return Decimal(written) if len(written) <= 30 else None
    except InvalidOperation:
        return None


def _plain(number: Decimal) -> str:
    return f"{number.normalize():f}"


def _ends(text: str, start: int, end: int) -> bool:
    """Whether number and unit are words of their own."""
    before, after = text[max(0, start - 1) : start], text[end : end + 1]
    return not (before.isalnum() or (before and before in "_.#/") or after.isalnum() or after in {"_", "²"})
