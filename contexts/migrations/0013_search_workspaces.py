"""Makes the messages of before findable in their workspaces, in batches: what a stopped migration has done is only read
by the next one.

The words are made by the code as it is now, not by a copy: what looks for them is that code, too.
"""

from django.db import migrations

BATCH = 500


def index(apps, schema_editor):
    from contexts import documents

    Document = apps.get_model("contexts", "SearchDocument")
    rows = Document.objects.select_related("message__conversation").order_by("id")
    rows = rows.only(
        "terms", "message__conversation__workspace_id", "message__seq", "message__text", "message__visible_to"
    )
    page = list(rows[:BATCH])
    while page:
        changed = []
        for row in page:
            terms = documents.document(documents.place(row.message), row.message.text, row.message.visible_to)
            if terms and terms != row.terms:
                row.terms = terms
                changed.append(row)
        Document.objects.bulk_update(changed, ["terms"], batch_size=100)
        page = list(rows.filter(id__gt=page[-1].id)[:BATCH])


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("contexts", "0012_notes_of_handlers")]
    operations = [migrations.RunPython(index, migrations.RunPython.noop)]
