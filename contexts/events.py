"""What logs tell of conversations and messages."""

from typing import Final

from contexts.models import MessageRole, MessageStatus, Policy
from project import shapes
from project.eventtypes import declare

CONVERSATION: Final = shapes.closed(
    {
        "id": shapes.id("The conversation."),
        "workspace": shapes.id("Whose it is."),
        "title": shapes.text("May be empty."),
        "policy": shapes.word("What happens to a message that comes while another one is answered.", *Policy.values),
        "metadata": shapes.anything("As clients set it."),
        "archived": shapes.flag("It is put away: it takes no message."),
        "created_at": shapes.time("When it was made."),
    },
    title="Conversation",
)
MESSAGE: Final = shapes.closed(
    {
        "id": shapes.id("The message."),
        "conversation": shapes.id("Where it was said."),
        "seq": shapes.number(
            "The number of the event that first told of it; messages of a conversation are in its order.", 1
        ),
        "role": shapes.word("Who speaks. What clients submit is always `user`.", *MessageRole.values),
        "kind": shapes.text("The routing key, such as `text` or `action`.", minLength=1, maxLength=40),
        "text": shapes.text("What is said; may be empty where there are parts."),
        "parts": shapes.listed(
            "Further content.",
            {"type": "object", "properties": {"type": {"type": "string"}}, "required": ["type"]},
        ),
        "metadata": shapes.anything(
            "As the client or the handler set it. `fallback` and `reason` mark a reply that stands for a failed one, "
            "`partial` and `reason` one that was stopped."
        ),
        "status": shapes.word(
            "`quarantined` and `rejected`: held for a review, and not released; its author and staff alone see it.",
            *MessageStatus.values,
        ),
        "author": shapes.nullable(shapes.id("The user who said it; null: a handler did.")),
        "reply_to": shapes.nullable(shapes.id("The message that it answers.")),
        "run": shapes.nullable(shapes.id("The run that answers it, or that made it.")),
        "visible_to": {
            "type": "string",
            "pattern": f"^(staff|{shapes.UUID})?$",
            "description": "Empty: all who may read the conversation. Else `staff`, or the user who sees it, too.",
        },
        "created_at": shapes.time("When it was stored."),
    },
    {"edited_at": shapes.nullable(shapes.time("When its author changed it last."))},
    title="Message",
)

CHANGED: Final = ("messages", "entities", "pins", "metadata", "summary", "policy")


def _declare_conversation(verb: str, says: str) -> None:
    data = shapes.closed({"conversation": {**CONVERSATION, "description": "As it is now."}})
    declare(f"conversation.{verb}", says, data, ("workspace",))


def _declare_message(verb: str, says: str) -> None:
    message = {**MESSAGE, "description": "The whole of it."}
    data = shapes.closed({"message": message, "length": shapes.number("Of its text, in Unicode code points.")})
    declare(f"message.{verb}", says, data, ("conversation",))


_declare_conversation("created", "There is a new conversation.")
_declare_conversation("updated", "Its title, policy or metadata changed, or it was taken back from the archive.")
_declare_conversation("archived", "It was put away.")
_declare_conversation("deleted", "It is gone for everybody; open streams of it end. Shows what it was.")
_declare_message("received", "Somebody said something; its run is told next.")
_declare_message(
    "completed",
    "A handler's answer, whole: it replaces the text that `message.delta` built up. Comes before the end of its run. "
    "Who may not see it gets no event; the next one has a higher `seq`.",
)
_declare_message(
    "quarantined",
    "A message is held until somebody has looked at it; nobody but its author and staff is told. It has no run, is "
    "known to no handler, and later messages do not wait for it.",
)
_declare_message(
    "released",
    "A held message was let out: it stands where its `seq` puts it, before what was said meanwhile. Its run is told "
    "next, and comes before those that wait.",
)
_declare_message(
    "edited",
    "Its author changed a message: it says this from now on. Events from before show what it said then. A run that "
    "still waits answers it as it is now; one that has ended does not answer again by itself.",
)
_declare_message(
    "deleted",
    "A message was deleted: its text, parts and metadata are gone, here and in all events before that told of it. It "
    "keeps its place, and answers to it stay.",
)
declare(
    "context.updated",
    "What handlers know has changed otherwise than by a message, which tells of itself: in counts, not in content.",
    shapes.closed(
        {
            "version": shapes.number("Of the context, from now on.", 1),
            "changed": shapes.closed(
                {},
                {noun: shapes.number(f"How many {noun}, or fields of it.", 1) for noun in CHANGED},
                description="How much was added, changed or taken away. Empty: all was made anew.",
            ),
        }
    ),
    ("conversation",),
)
declare(
    "context.pruned",
    "Messages left the context: pruned ones can come back, and are still in the conversation; those that retention "
    "took are deleted for good.",
    shapes.closed(
        {
            "version": shapes.number("Of the context, from now on.", 1),
            "reason": shapes.word("Why.", "manual", "restored", "expired", "retention"),
            "messages": shapes.number("How many left, or came back.", 0),
        }
    ),
    ("conversation",),
)
declare(
    "message.rejected",
    "To its author alone: a message was not taken. Stored, when one that was held is refused by a reviewer, or nobody "
    "decided in time (staff see that, too). Not stored, without `id` and `seq`, when filters blocked one: there is no "
    "message then, and the answer to its sender says why.",
    shapes.closed(
        {
            "client_id": shapes.nullable(shapes.text("Its idempotency key, where it had one.")),
            "code": shapes.word("What became of it.", "message_blocked", "message_rejected", "message_expired"),
        },
        {
            "message": shapes.id("The held message."),
            "reason": shapes.word("Of a held message: a reviewer said no, or nobody decided.", "rejected", "expired"),
        },
    ),
    ("conversation",),
    passing=True,
)
