"""Documents of a workspace by their words, from the same full-text index as those of a conversation (`search.py`)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from django.db import connection

from contexts import search
from contexts.models import Conversation

# To the planner of PostgreSQL a limit of rows makes reading all of them look cheap; what is materialized has none.
COUNT: Final = {
    "postgresql": """SELECT * FROM (WITH found AS MATERIALIZED (
    SELECT 1 FROM contexts_searchdocument WHERE to_tsvector('simple'::regconfig, terms) @@ %s::tsquery)
    SELECT {place} AS place, count(*) FROM (SELECT 1 FROM found LIMIT {most}) AS few{place}) AS arm{place}""",
    "sqlite": """SELECT * FROM (SELECT {place} AS place, count(*) FROM (
    SELECT 1 FROM contexts_search WHERE contexts_search MATCH %s LIMIT {most}))""",
}
NEWEST: Final = {
    "postgresql": """SELECT * FROM (WITH found AS MATERIALIZED (
    SELECT id, message_id, conversation_id, seq FROM contexts_searchdocument
    WHERE to_tsvector('simple'::regconfig, terms) @@ %s::tsquery)
    SELECT document.id FROM found AS document {live} ORDER BY document.id DESC LIMIT {most}) AS arm{place}""",
    "sqlite": """SELECT * FROM (SELECT document.id FROM contexts_search
    CROSS JOIN contexts_searchdocument AS document ON document.id = contexts_search.rowid {live}
    AND contexts_search MATCH %s ORDER BY contexts_search.rowid DESC LIMIT {most})""",
}
LIVE: Final = """CROSS JOIN contexts_conversation AS there
    WHERE there.id = document.conversation_id AND there.deleted_at IS NULL AND document.seq > there.pruned_until"""
TIME: Final = "SELECT 1 FROM contexts_message WHERE contexts_message.id = document.message_id AND created_at"


@dataclass(frozen=True)
class Scope:
    """Where is looked: in a workspace, or in one conversation of it, in all of the time or from `since` to `until`."""

    workspace: UUID
    conversation: UUID | None = None
    since: datetime | None = None
    until: datetime | None = None


def counted(arms: Sequence[list[list[str]]], most: int) -> list[int]:
    """How many documents hold at least one of each list of words; not more than `most` are counted."""
    vendor = connection.vendor
    parts = [COUNT[vendor].format(place=place, most=int(most)) for place in range(len(arms))]
    with connection.cursor() as cursor:
        cursor.execute(" UNION ALL ".join(parts), [search.query(words, vendor) for words in arms])
        counts = dict(cursor.fetchall())
    return [counts[place] for place in range(len(arms))]


def newest(scope: Scope, arms: Sequence[list[list[str]]], most: int) -> list[int]:
    """For each arm the keys of the newest documents that hold at least one of each list of words, all in one list."""
    vendor = connection.vendor
    condition, values = _condition(scope)
    live = f"{LIVE} {condition}"
    parts = (NEWEST[vendor].format(place=place, most=int(most), live=live) for place in range(len(arms)))
    params = list[Any]()
    for words in arms:
        query = search.query(words, vendor)
        params += [query, *values] if vendor == "postgresql" else [*values, query]
    with connection.cursor() as cursor:
        cursor.execute(" UNION ALL ".join(parts), params)
        return [id for (id,) in cursor.fetchall()]


def _condition(scope: Scope) -> tuple[str, list[Any]]:
    """The workspace stands in the words themselves."""
    conditions, values = list[str](), list[Any]()
    if scope.conversation:
        conditions.append("AND document.conversation_id = %s")
        values.append(Conversation._meta.pk.get_db_prep_value(scope.conversation, connection))
    for moment, sign in ((scope.since, ">="), (scope.until, "<")):
        if moment:
            conditions.append(f"AND EXISTS ({TIME} {sign} %s)")
            values.append(connection.ops.adapt_datetimefield_value(moment))
    return " ".join(conditions), values
