"""Many events at once, past the code, as a process writes them whose rings are lost: copies of one that is there."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import Any, Final

import psycopg

from tests.deployment import Deployment
from tests.modes import PRODUCTION

ADVANCE: Final = "UPDATE project_stream SET head = head + ? WHERE key = ?"
COPY: Final = """
WITH RECURSIVE numbers(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < ?)
INSERT INTO project_event
    (id, stream_id, seq, type, time, workspace, run, message, actor, request_id, visible_to, data)
SELECT NEW_ID, stream_id, head - ? + n, type, time, workspace, run, message, actor, request_id, visible_to, data
FROM project_event JOIN project_stream ON key = stream_id CROSS JOIN numbers
WHERE stream_id = ? AND seq = (SELECT max(seq) FROM project_event WHERE stream_id = ? AND type = ?)
"""
NEW_ID: Final = "gen_random_uuid()" if PRODUCTION else "lower(hex(randomblob(16)))"


def append_copies(deployment: Deployment, conversation: str, count: int, type: str = "message.completed") -> None:
    """Of the newest event of that type."""
    stream = f"conversation:{conversation}"
    with _transaction(deployment) as run:
        run(ADVANCE, count, stream)
        run(COPY.replace("NEW_ID", NEW_ID), count, count, stream, stream, type)


@contextmanager
def _transaction(deployment: Deployment) -> Iterator[Any]:
    if PRODUCTION:
        with psycopg.connect(deployment.environment["DATABASE_URL"]) as connection:
            yield lambda query, *values: connection.execute(query.replace("?", "%s").encode(), values)
    else:
        file = f"{deployment.environment['VAR_DIR']}/switchboard.sqlite3"
        with closing(sqlite3.connect(file, timeout=20)) as opened, opened:
            yield lambda query, *values: opened.execute(query, values)
