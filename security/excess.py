"""What is too much: of findings, and of text."""

from collections import Counter
from collections.abc import Callable, Iterable
from typing import Any, Final

from project.errors import TooLarge

LONG: Final = 20_000  # characters; a text that is not may be read for as long as filters have
MOST_FOUND: Final = 2_000  # by a filter in one text, of each action and mode
MOST_SAID: Final = 200_000  # by a filter of one text, kept or not: then it is one that never ends


class TooMuchToMask(TooLarge):
    code = "too_much_to_mask"
    title = "The message holds more than a content filter can mask; send it in parts"


class TooMuchToScreen(TooLarge):
    code = "too_much_to_screen"
    title = "The text is long and takes too long to screen; send less at once"


def bounded(said: Iterable[Any], masks: Callable[[Any], bool]) -> list[Any]:
    """What a filter says; of each action and mode the first `MOST_FOUND`.

    :raises TooMuchToMask: when one would be left out that `masks`. :raises OverflowError: for what does not end.
    """
    found, met = list[Any](), Counter[tuple[Any, Any]]()
    for number, one in enumerate(said):
        if number == MOST_SAID:
            raise OverflowError("a filter does not come to an end")
        kind = getattr(one, "action", None), getattr(one, "mode", None)
        met[kind] += 1
        if met[kind] <= MOST_FOUND:
            found.append(one)
        elif masks(one):
            raise TooMuchToMask(f"At most {MOST_FOUND} places of one message are masked by a filter.")
    return found
