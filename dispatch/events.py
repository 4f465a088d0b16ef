"""What a conversation's log tells of runs."""

from typing import Any, Final

from dispatch.fallbacks import FALLBACK, SPENT
from dispatch.models import Audience
from project import shapes
from project.eventtypes import LOGS, declare
from project.shapes import Shape

CONVERSATION: Final = ("conversation",)
AGAIN: Final = ("retry", "lease_lost", "drain", "loop_stalled", "answered")
NARROW: Final = [audience for audience in Audience.values if audience != Audience.CONVERSATION]
FAILURES: Final = sorted(FALLBACK.keys() - {*SPENT, "stopped"})

ATTEMPT: Final = shapes.number("How many attempts have begun. An event of an older attempt says nothing any more.")


def _end(required: dict[str, Shape] | None = None) -> Any:
    """Data of a final event."""
    return shapes.closed(
        {
            "attempt": ATTEMPT,
            "reply": shapes.nullable(shapes.id("The message that answers; null: nothing was said.")),
            **(required or {}),
        },
        {
            "replies": shapes.listed(
                "All messages that answer, where there are several.", shapes.id("A message."), minItems=2
            ),
            "audience": shapes.word("Who sees the reply, unless it is all who may read the conversation.", *NARROW),
        },
    )


declare(
    "run.queued",
    "A run waits for its turn. It is a new one (`attempt` 0), or goes back for another attempt (`reason`).",
    shapes.closed(
        {
            "attempt": ATTEMPT,
            "position": shapes.number(
                "How many open runs of the conversation it waits for; each that ends is one less."
            ),
        },
        {
            "replay_of": shapes.id(
                "The run before it, of a message that is asked again: the message's run is this one."
            ),
            "reason": shapes.word(
                "Why it is queued again: its handler asked for another try; its process died or froze; its process "
                "stops; another run blocked the loop that carried it; an expert has answered.",
                *AGAIN,
            ),
            "due_at": shapes.time("With `retry`: not before then."),
            "attempts": shapes.number("With `retry`: how many attempts there are, failed and lost ones together.", 1),
        },
    ),
    CONVERSATION,
)
declare(
    "run.started",
    "An attempt begins. A later attempt begins its answer anew.",
    shapes.closed(
        {"attempt": ATTEMPT, "reply": shapes.id("The id that its answer has, and has had in every attempt.")}
    ),
    CONVERSATION,
)
declare(
    "run.waiting",
    "It waits for experts, and goes on once they have answered. Meanwhile later messages have their turn.",
    shapes.closed({"attempt": ATTEMPT, "delegations": shapes.listed("What it waits for.", shapes.id("A delegation."))}),
    CONVERSATION,
)
declare("run.completed", "It was answered, or every handler chose to stay silent.", _end(), CONVERSATION)
declare(
    "run.failed",
    "It could not be answered, and no further attempt would mend that. The reply is a marked fallback.",
    _end({"reason": shapes.word("Why. The reply says it in words.", *FAILURES)}),
    CONVERSATION,
)
declare(
    "run.dead",
    "All its attempts are spent. The reply is a marked fallback; the message can be asked again.",
    _end({"reason": shapes.word("Why.", *SPENT)}),
    CONVERSATION,
)
declare(
    "run.canceled",
    "Somebody stopped it: the `actor`. The reply is what was said until then, marked as partial.",
    _end(),
    CONVERSATION,
)
declare(
    "run.superseded",
    "A newer message took its place (policy `interrupt`). The reply is what was said until then, marked as partial.",
    _end(),
    CONVERSATION,
)

# Not stored: without a place in the log, and never sent again.
RESETS: Final = ("epoch", "future", "pruned")
ENDS: Final = (
    *("restarting", "unavailable", "rebuilt", "pruned", "broken", "too_slow", "finished"),
    *("revoked", "expired", "demoted", "forbidden"),
)
HEAD: Final = shapes.cursor("The newest event of the log.")

declare(
    "message.delta",
    "A piece of an answer that is being given. Cut your copy at `offset`, append `text`: a repeated piece changes "
    "nothing, and a new `attempt` begins at 0. The event's `id` is a cursor within the answer. On every resume each "
    "unfinished answer is brought up to date first.",
    shapes.closed(
        {
            "message": shapes.id("The answer, as `run.started` named it."),
            "attempt": shapes.number("Which attempt speaks.", 1),
            "offset": shapes.number("Where `text` begins, in Unicode code points."),
            "text": shapes.text("What is new.", minLength=1),
        }
    ),
    CONVERSATION,
    stored=False,
)
declare(
    "typing",
    "Somebody writes a message. Say so again while it goes on; without news it is over after a few seconds.",
    shapes.closed({"user": shapes.id("Who writes."), "username": shapes.text("Their name for signing in.")}),
    CONVERSATION,
    stored=False,
)
declare(
    "head",
    "An answer for the whole workspace was given in one of its conversations. A hint: it may be lost.",
    shapes.closed(
        {
            "conversation": shapes.id("Where."),
            "seq": shapes.number("How far its log has come.", 1),
        }
    ),
    ("workspace",),
    stored=False,
)
declare(
    "stream.ready",
    "Every stream begins with it, before anything else.",
    shapes.closed({"resumed": shapes.flag("The cursor is honoured: what follows comes after it."), "head": HEAD}),
    LOGS,
    stored=False,
)
declare(
    "stream.reset",
    "The cursor cannot be honoured. Read everything anew over REST; the stream goes on from `head`.",
    shapes.closed({"reason": shapes.word("Why (docs/streams.md).", *RESETS), "head": HEAD}),
    LOGS,
    stored=False,
)
declare(
    "stream.end",
    "The last frame of a stream. Come back with your cursor, unless the reason says that you may not.",
    shapes.closed({"reason": shapes.word("Why (docs/streams.md).", *ENDS)}),
    LOGS,
    stored=False,
)
