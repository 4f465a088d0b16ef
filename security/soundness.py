"""Whether what a filter says can be what it is called: foreign code says it, and it is stored, shown and compared."""

from typing import Any


def is_sound(finding: Any, length: int) -> bool:
    """`length`: of the text that its span is of."""
    span, score = finding.span, finding.score
    if not isinstance(span, tuple) or len(span) != 2 or any(type(place) is not int for place in span):
        return False
    texts = (finding.rule, finding.mask, finding.public)
    fits = 0 <= span[0] <= span[1] <= length
    return fits and isinstance(score, int | float) and 0 <= score <= 1 and all(isinstance(text, str) for text in texts)
