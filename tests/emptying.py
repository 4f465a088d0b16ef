"""The database after a test that committed: emptied, but for what every migration puts there.

Django's own way truncates each table and makes content types and permissions anew, which takes fifty times as long.
"""

from functools import cache
from typing import Any, Final

from django.contrib.auth.models import Group
from django.db import connection, transaction

from integrations import shipping
from security import roles

KEPT: Final = {"django_content_type", "auth_permission", "auth_group", "auth_group_permissions"}


def empty(case: Any) -> None:
    """Instead of `TransactionTestCase._fixture_teardown`."""
    with transaction.atomic(), connection.cursor() as cursor:
        for statement in _statements():
            cursor.execute(statement)
    Group.objects.exclude(name__in=roles.POWERS).delete()
    shipping.ship()


@cache
def _statements() -> tuple[str, ...]:
    """In any order: foreign keys are looked at when the transaction ends. SQLite takes one statement at a time."""
    tables = connection.introspection.django_table_names(only_existing=True, include_views=False)
    deletes = [f"DELETE FROM {connection.ops.quote_name(table)}" for table in tables if table not in KEPT]  # noqa: S608
    return ("; ".join(deletes),) if connection.vendor == "postgresql" else tuple(deletes)
