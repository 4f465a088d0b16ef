"""The envelope: what stands around the data of every event and frame, on every way out (DESIGN.md section 7)."""

from typing import Final

from project import shapes

ACTOR: Final = shapes.closed(
    {
        "kind": shapes.word("Who did it.", "user", "handler", "expert", "staff", "system"),
        "id": shapes.text("Of users and staff the id, of handlers and experts the name; empty: nobody in particular."),
    },
    title="Actor",
)
ENVELOPE: Final = shapes.closed(
    {
        "id": shapes.nullable(shapes.cursor("The cursor to keep. Null: nothing can be resumed here.")),
        "type": {"type": "string", "description": "What it is."},
        "time": shapes.time("When it was told."),
        "stream": {
            "type": "string",
            "pattern": f"^((conversation|workspace):{shapes.UUID}|staff)$",
            "description": "The log: `conversation:<id>`, `workspace:<id>` or `staff`.",
        },
        "conversation": shapes.nullable(shapes.id("In the log of a conversation, that one.")),
        "workspace": shapes.nullable(shapes.id("The workspace that it is about.")),
        "seq": shapes.nullable(
            shapes.number(
                "Its number in the log. Numbers rise; one that is missing belongs to what its reader may not see. "
                "A piece of an answer has that of the event before it.",
            )
        ),
        "run": shapes.nullable(shapes.id("The run that it is about.")),
        "message": shapes.nullable(shapes.id("The message that it is about; of a run, the one that is answered.")),
        "actor": {**ACTOR, "description": "Who did it."},
        "request_id": shapes.text("Of the request that led to it, as in `X-Request-ID`; may be empty."),
        "data": shapes.anything("What it says, by type."),
    },
    title="Envelope",
)
