"""What a conversation's log tells of delegations."""

from typing import Final

from project import shapes
from project.eventtypes import declare
from project.shapes import Shape

CONVERSATION: Final = ("conversation",)
REASON: Final = shapes.code("Why, for programs.")
DETAIL: Final = shapes.text("Why, in words; may be empty.")
NAME: Final = shapes.text("A field's name.")
UNTIL: Final = shapes.time("When it is given up.")


def _declare(state: str, says: str, required: dict[str, Shape], optional: dict[str, Shape] | None = None) -> None:
    whose = {
        "delegation": shapes.id("The delegation."),
        "expert": shapes.text("The expert's slug."),
        "name": shapes.text("The expert's name."),
        "skill": shapes.text("What it is asked for; may be empty where nobody can be asked."),
    }
    declare(f"delegation.{state}", says, shapes.closed({**whose, **required}, optional), CONVERSATION)


_declare(
    "submitted",
    "A task is handed to an expert.",
    {"deadline": UNTIL, "depth": shapes.number("How many experts wait for it.")},
)
_declare(
    "working",
    "The expert works on it, and says how far it is.",
    {
        "progress": {"type": ["number", "null"], "minimum": 0, "maximum": 1, "description": "null: it does not say."},
        "text": shapes.text("What it says; may be empty."),
    },
    {
        "instead_of": shapes.text("The expert that could not, where another one has taken over."),
        "because": shapes.code("Why it could not."),
    },
)
_declare(
    "input_required",
    "The expert asks something. The first answer wins: POST delegations/{id}/input.",
    {
        "prompt": shapes.text("What it asks."),
        "schema": shapes.anything("JSON Schema of the answer."),
        "until": UNTIL,
    },
    {"known": shapes.listed("Fields of the answer that are known already: `prefill`, delegations/{id}/.", NAME)},
)
_declare("auth_required", "The expert wants somebody to sign in with it.", {"detail": DETAIL, "until": UNTIL})
_declare(
    "completed",
    "It is done. The result is a message, told just before.",
    {"message": shapes.id("The message.")},
)
_declare("failed", "Nothing came of it.", {"reason": REASON, "detail": DETAIL})
_declare("canceled", "Somebody stopped it: the `actor`. The expert is told.", {})
_declare("rejected", "Nobody can be asked, or the expert does not want to.", {"reason": REASON, "detail": DETAIL})
