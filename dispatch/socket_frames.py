"""What clients and the server say to each other on a socket, beside events: for the documentation and the tests."""

from dataclasses import dataclass
from typing import Final

from contexts.models import MessageStatus
from dispatch.models import RunState
from project import shapes
from project.shapes import Shape

REF: Final[Shape] = {"description": "Yours to choose; comes back with the answer."}
STREAM: Final = {"type": "string", "description": "`conversation:<id>`, `workspace:<id>` or `staff`."}
RUN: Final = shapes.id("The run.")
CONVERSATION: Final = shapes.id("The conversation.")
TAKEN: Final = (MessageStatus.RECEIVED, MessageStatus.QUARANTINED, MessageStatus.REJECTED)
NOTHING: Final = shapes.closed({})


@dataclass(frozen=True)
class Operation:
    """`asks`: the frame without `op` and `ref`. `answers`: `data` of the `ok` frame."""

    says: str
    asks: Shape
    answers: Shape


RECEIPT: Final = shapes.closed(
    {
        "message": shapes.id("The message that is stored now, or was by the same `client_id` before."),
        "status": shapes.word("Of the message. `quarantined`: it is held for a review, and has no run yet.", *TAKEN),
        "run": shapes.nullable(shapes.id("The run that answers it; null while there is none.")),
        "status_url": shapes.text("Where the run is shown; where there is none, the message."),
        "stream_position": shapes.cursor("Follow the conversation after this cursor to get everything about it."),
    }
)
SUBMISSION: Final = shapes.closed(
    {
        "conversation": shapes.id("Where it is said."),
        "client_id": shapes.text("The idempotency key: the same one makes one message.", minLength=1, maxLength=255),
    },
    {
        "kind": shapes.text("`text` unless said otherwise.", maxLength=40),
        "text": shapes.text("Or `parts`."),
        "parts": shapes.listed("Further content.", shapes.anything("A part, of a `type`."), maxItems=50),
        "metadata": shapes.anything("`audience`, `priority`, `intent`, `expert` steer routes; the rest is yours."),
        "reply_to": shapes.nullable(shapes.id("A message of the same conversation.")),
    },
)
OPERATIONS: Final = {
    "auth": Operation(
        "Sign in, as the first frame within five seconds, or go on under another token of the same user.",
        shapes.closed({"token": shapes.text("An access token or an API key.")}),
        NOTHING,
    ),
    "subscribe": Operation(
        "Follow a log. `ok` comes first, then `stream.ready`. Once more: begin anew, after another cursor.",
        shapes.closed(
            {"stream": STREAM},
            {
                "after": shapes.nullable(shapes.cursor("Go on after this one; left out or null: from the beginning.")),
                "types": shapes.listed(
                    "Only events of these types, and `stream.*`; left out: all.", {"type": "string"}, minItems=1
                ),
            },
        ),
        shapes.closed({"stream": STREAM}),
    ),
    "unsubscribe": Operation(
        "Follow a log no longer.", shapes.closed({"stream": STREAM}), shapes.closed({"stream": STREAM})
    ),
    "send": Operation("Submit a message, as `conversations/{id}/messages/` takes it.", SUBMISSION, RECEIPT),
    "cancel": Operation(
        "Stop a run; what was said so far is kept.",
        shapes.closed({"run": RUN}),
        shapes.closed(
            {
                "run": RUN,
                "state": shapes.word("Its state now.", *RunState.values),
                "stopping": shapes.flag("It is running, and ends within seconds."),
            }
        ),
    ),
    "typing": Operation(
        "Show that you write in a conversation.",
        shapes.closed({"conversation": CONVERSATION}),
        shapes.closed(
            {
                "conversation": CONVERSATION,
                "told": shapes.flag("False: it was told within the last two seconds, and is not told again."),
            }
        ),
    ),
    "ack": Operation(
        "Say that everything up to an `id` has arrived. Too much that is not acknowledged halts a subscription.",
        shapes.closed(
            {"id": shapes.cursor("Of the last event, or piece of an answer, that was taken in.")},
            {"stream": STREAM, "conversation": shapes.id("In place of `stream`: its log.")},
        ),
        shapes.closed({"stream": STREAM, "unacknowledged": shapes.number("Events that are still on their way.")}),
    ),
    "ping": Operation("Ask whether the server is there.", NOTHING, NOTHING),
}
ERROR: Final = shapes.closed(
    {
        "type": {"const": "error"},
        "ref": REF,
        "problem": shapes.closed(
            {
                "type": shapes.text("`urn:switchboard:problem:` and the code."),
                "title": shapes.text("What the code means."),
                "status": shapes.number("As HTTP has it.", 400),
                "detail": shapes.text("What would have worked."),
                "code": shapes.code("What went wrong, for programs."),
                "request_id": shapes.text("Also in the log of the server."),
            },
            {
                "errors": shapes.listed(
                    "What is wrong where.",
                    shapes.closed(
                        {
                            "pointer": shapes.text("JSON pointer (RFC 6901)."),
                            "code": shapes.text("What is wrong, for programs."),
                            "detail": shapes.text("What is wrong, in words."),
                        }
                    ),
                )
            },
            title="Problem",
            description="What went wrong.",
        ),
    },
)


def asked(op: str) -> Shape:
    """The whole frame of a client."""
    fields = OPERATIONS[op].asks
    required = {name: fields["properties"][name] for name in fields["required"]}
    optional = {name: shape for name, shape in fields["properties"].items() if name not in required}
    return shapes.closed({"op": {"const": op}, **required}, {**optional, "ref": REF})


def answered() -> Shape:
    """The `ok` frame of any operation."""
    whole = shapes.closed(
        {
            "type": {"const": "ok"},
            "op": shapes.word("What was asked for.", *OPERATIONS),
            "ref": REF,
            "data": shapes.anything("By operation."),
        }
    )
    return {**whole, "allOf": [_if(op, operation.answers) for op, operation in OPERATIONS.items()]}


def _if(op: str, data: Shape) -> Shape:
    return {"if": {"properties": {"op": {"const": op}}}, "then": {"properties": {"data": data}}}
