"""Rows of conversations as they would be after much was said."""

from contexts import documents, versions
from contexts.knowledge import SearchDocument
from contexts.models import Conversation, Message, MessageStatus
from project.models import Stream

CARGO = ("oranges", "timber", "salt", "copper", "wine", "wool", "paper", "glass")
PORTS = ("Genoa", "Bergen", "Lisbon", "Riga", "Izmir", "Cork")
BATCH = 400


def sentence(number):
    return f"On day {number} the barge carried {number * 7} crates of {CARGO[number % 8]} to {PORTS[number % 6]}."


def past(conversation, author, texts):
    """One message at each number of the log, found by search. `texts`: by number."""
    rows = [
        Message(
            conversation=conversation,
            seq=seq,
            role="user",
            kind="text",
            text=text,
            status=MessageStatus.RECEIVED,
            author=author.user,
            created_at=conversation.created_at,
        )
        for seq, text in texts.items()
    ]
    Message.objects.bulk_create(rows, batch_size=BATCH)
    SearchDocument.objects.bulk_create(map(_document, rows), batch_size=BATCH)
    Stream.objects.filter(key=conversation.stream).update(head=max(texts) + 1)
    Conversation.objects.filter(id=conversation.id).update(message_count=len(rows))
    versions.rise(conversation.id)


def _document(row):
    terms = documents.document(documents.place(row), row.text)
    return SearchDocument(message=row, conversation_id=row.conversation_id, seq=row.seq, terms=terms)
