"""Makes the messages of before findable, in batches: a migration that was stopped goes on where it was.

The words are made by the code as it is now, not by a copy: what looks for them is that code, too.
"""

from django.db import migrations

BATCH = 1000


def index(apps, schema_editor):
    from contexts import documents

    Message, Document = apps.get_model("contexts", "Message"), apps.get_model("contexts", "SearchDocument")
    known = Message.objects.filter(status__in=("received", "completed"), pruned=False).order_by("id")
    known = known.select_related("conversation").only("id", "conversation__workspace_id", "seq", "text", "visible_to")
    page = list(known[:BATCH])
    while page:
        found = ((one, documents.document(documents.place(one), one.text, one.visible_to)) for one in page)
        Document.objects.bulk_create(
            (
                Document(message=message, conversation_id=message.conversation_id, seq=message.seq, terms=terms)
                for message, terms in found
                if terms
            ),
            ignore_conflicts=True,
        )
        page = list(known.filter(id__gt=page[-1].id)[:BATCH])


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("contexts", "0006_search")]
    operations = [migrations.RunPython(index, migrations.RunPython.noop)]
