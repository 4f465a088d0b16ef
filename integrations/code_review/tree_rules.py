"""What our own rules said, from the process in which they look at code (`trees`)."""

from collections.abc import Iterator, Sequence

import orjson

from integrations.code_review.findings import Finding, column


def read(out: bytes, lines: Sequence[str]) -> Iterator[Finding]:
    """A line for each finding, and one more that says that this is all.

    :raises ValueError: when it did not come to that.
    """
    said = [orjson.loads(line) for line in out.split(b"\n") if line]
    if not said or said.pop() != {"whole": True}:
        raise ValueError("it broke off")
    for one in said:
        before = one.pop("before", None)
        within = lines[one["line"] - 1] if one["line"] <= len(lines) else ""
        yield Finding(**one, column=None if before is None else column(within, before), analyser="")
