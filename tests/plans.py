"""What the database does for a piece of work: the plan of each statement, and how much it reads."""

from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from typing import Any, Final

from django.apps import apps
from django.db import connection

# Rows read on PostgreSQL, steps of its virtual machine on SQLite. A page costs up to 200 and 3,500; to read 3,000 rows,
# or only their entries in an index, costs more than either.
MOST: Final = {"postgresql": 400, "sqlite": 8_000}
STEP: Final = 100


@dataclass(frozen=True)
class Statement:
    sql: str
    plan: str
    scanned: tuple[str, ...]  # tables read from end to end
    read: int

    @property
    def grows(self) -> bool:
        """Whether it costs more in an installation with a longer past."""
        return bool(self.scanned) or self.read > MOST[connection.vendor]

    def __str__(self) -> str:
        return f"{self.sql}\n  reads {self.read}, scans {', '.join(self.scanned) or 'nothing'}\n{self.plan}\n"


@contextmanager
def explained(growing: set[str]) -> Iterator[list[Statement]]:
    """Every statement that is executed meanwhile. `growing`: the tables that must not be scanned.

    Each is explained in the state in which it is about to be executed. PostgreSQL knows how much there is by now, and
    not what there was when it happened to look: that depends on how long other tests took.
    """
    found: list[Statement] = []
    explain = _postgres if connection.vendor == "postgresql" else _sqlite
    if connection.vendor == "postgresql":
        with connection.connection.cursor() as cursor:
            cursor.execute(f"ANALYZE {', '.join(sorted(growing))}")

    def wrapper(execute: Callable[..., Any], sql: str, params: Any, many: bool, context: dict[str, Any]) -> Any:
        if sql.split()[0] in {"SELECT", "INSERT", "UPDATE", "DELETE"}:
            found.append(explain(sql, params, growing))
        return execute(sql, params, many, context)

    with connection.execute_wrapper(wrapper):
        yield found


def _postgres(sql: str, params: Any, growing: set[str]) -> Statement:
    with connection.connection.cursor() as cursor:
        cursor.execute("SAVEPOINT explained")
        cursor.execute(f"EXPLAIN (ANALYZE, COSTS OFF, TIMING OFF, SUMMARY OFF, FORMAT JSON) {sql}", params)
        plan = cursor.fetchone()[0][0]["Plan"]
        cursor.execute("ROLLBACK TO SAVEPOINT explained")
    nodes = list(_nodes(plan))
    scanned = [node["Relation Name"] for node in nodes if node["Node Type"] == "Seq Scan"]
    lines = [f"    {node['Node Type']} {node.get('Relation Name', '')} {node.get('Index Name', '')}" for node in nodes]
    read = sum(_read(node) for node in nodes if node["Node Type"].endswith("Scan"))
    return Statement(sql, "\n".join(lines), tuple(table for table in scanned if table in growing), round(read))


def _nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield plan
    for below in plan.get("Plans", []):
        yield from _nodes(below)


def _read(node: dict[str, Any]) -> float:
    removed = node.get("Rows Removed by Filter", 0) + node.get("Rows Removed by Index Recheck", 0)
    return float((node["Actual Rows"] + removed) * node["Actual Loops"])


def partial() -> set[str]:
    """Indexes of a few rows, whatever the table holds: to read one from end to end is no scan of its table."""
    return {index.name for model in apps.get_models() for index in model._meta.indexes if index.condition}


def _sqlite(sql: str, params: Any, growing: set[str]) -> Statement:
    with closing(connection.create_cursor()) as cursor:
        cursor.execute(f"EXPLAIN QUERY PLAN {sql}", params)
        lines = [row[3] for row in cursor.fetchall()]
        steps = 0

        def count() -> int:
            nonlocal steps
            steps += STEP
            return 0

        cursor.execute("SAVEPOINT explained")
        connection.connection.set_progress_handler(count, STEP)
        cursor.execute(sql, params)
        cursor.fetchall()
        connection.connection.set_progress_handler(None, STEP)
        cursor.execute("ROLLBACK TO SAVEPOINT explained")
    aliases = {line.split()[1] for line in lines if line.startswith("SCAN ") and line.split()[-1] not in partial()}
    scanned = tuple(sorted(table for table in growing if table in aliases))
    return Statement(sql, "\n".join(f"    {line}" for line in lines), scanned, steps)
