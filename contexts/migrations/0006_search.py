"""The full-text index over the stems of messages. Who lets SQLite make `contexts_searchdocument` anew (a changed column
does) makes the triggers anew after it: they go with the old table.
"""

import django.db.models.deletion
from django.db import migrations, models

POSTGRESQL = [
    """CREATE INDEX contexts_search ON contexts_searchdocument
    USING gin (to_tsvector('simple'::regconfig, terms)) WITH (fastupdate = off)""",
]
SQLITE = [
    """CREATE VIRTUAL TABLE contexts_search USING fts5(
        terms, content = 'contexts_searchdocument', content_rowid = 'id', tokenize = 'ascii', detail = 'none',
        columnsize = 0)""",
    """CREATE TRIGGER contexts_search_added AFTER INSERT ON contexts_searchdocument BEGIN
        INSERT INTO contexts_search(rowid, terms) VALUES (new.id, new.terms);
    END""",
    """CREATE TRIGGER contexts_search_gone AFTER DELETE ON contexts_searchdocument BEGIN
        INSERT INTO contexts_search(contexts_search, rowid, terms) VALUES ('delete', old.id, old.terms);
    END""",
    """CREATE TRIGGER contexts_search_changed AFTER UPDATE ON contexts_searchdocument BEGIN
        INSERT INTO contexts_search(contexts_search, rowid, terms) VALUES ('delete', old.id, old.terms);
        INSERT INTO contexts_search(rowid, terms) VALUES (new.id, new.terms);
    END""",
]
GONE = {
    "postgresql": ["DROP INDEX contexts_search"],
    "sqlite": [
        "DROP TRIGGER contexts_search_added",
        "DROP TRIGGER contexts_search_gone",
        "DROP TRIGGER contexts_search_changed",
        "DROP TABLE contexts_search",
    ],
}


def make(apps, schema_editor):
    _run(schema_editor, {"postgresql": POSTGRESQL, "sqlite": SQLITE})


def remove(apps, schema_editor):
    _run(schema_editor, GONE)


def _run(schema_editor, statements):
    for statement in statements[schema_editor.connection.vendor]:
        schema_editor.execute(statement)


class Migration(migrations.Migration):
    dependencies = [("contexts", "0005_knowledge")]
    operations = [
        migrations.AlterField(
            model_name="summarypart",
            name="conversation",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="summary_parts",
                to="contexts.conversation",
            ),
        ),
        migrations.RunPython(make, remove),
    ]
