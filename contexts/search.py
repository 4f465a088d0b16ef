"""What the full-text index holds: GIN over `tsvector` on PostgreSQL, FTS5 on SQLite. Words are letters alone."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from django.db import connection

from contexts.models import Conversation

# To the planner of PostgreSQL a limit of rows makes reading all of them look cheap; what is materialized has none.
SELECT: Final = {
    "postgresql": """SELECT * FROM (WITH found AS MATERIALIZED (
    SELECT {place} AS place, message_id, seq FROM contexts_searchdocument
    WHERE to_tsvector('simple'::regconfig, terms) @@ %s::tsquery AND conversation_id = %s AND seq < %s {order})
    SELECT * FROM found LIMIT {most}) AS arm{place}""",
    "sqlite": """SELECT * FROM (
    SELECT {place} AS place, message_id, seq FROM contexts_search
    JOIN contexts_searchdocument ON id = contexts_search.rowid
    WHERE contexts_search MATCH %s AND conversation_id = %s AND seq < %s {order} LIMIT {most})""",
}
AND: Final = {"postgresql": " & ", "sqlite": " AND "}
OR: Final = {"postgresql": " | ", "sqlite": " OR "}


@dataclass(frozen=True)
class Range:
    """Of a conversation, what is below a number of its log."""

    conversation: UUID
    before: int


def listed(within: Range, sought: Sequence[list[list[str]]], most: int, newest: bool = False) -> list[dict[UUID, int]]:
    """For each sought, the messages and numbers of at most so many documents, in one statement.

    Of each list of words of a sought the documents hold at least one. Without `newest` they are any of those that fit.
    """
    vendor = connection.vendor
    order = "ORDER BY seq DESC" if newest else ""
    arms = (SELECT[vendor].format(place=place, order=order, most=int(most)) for place in range(len(sought)))
    key: Any = Conversation._meta.pk.get_db_prep_value(within.conversation, connection)
    params = [value for words in sought for value in (query(words, vendor), key, within.before)]
    found: list[dict[UUID, int]] = [{} for _ in sought]
    with connection.cursor() as cursor:
        cursor.execute(" UNION ALL ".join(arms), params)
        for place, message, seq in cursor.fetchall():
            found[place][message if isinstance(message, UUID) else UUID(message)] = seq
    return found


def query(words: list[list[str]], vendor: str) -> str:
    """At least one of each list, as the database wants it."""
    return AND[vendor].join(f"({OR[vendor].join(some)})" for some in words)
