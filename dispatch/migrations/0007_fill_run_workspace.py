"""Open runs get the workspace of their conversation; ended ones take no room."""

from django.db import migrations
from django.db.models import OuterRef, Subquery


def fill(apps, schema_editor):
    conversation = apps.get_model("contexts", "Conversation").objects.filter(pk=OuterRef("conversation_id"))
    runs = apps.get_model("dispatch", "Run").objects.exclude(
        state__in=["completed", "failed", "dead", "canceled", "superseded"]
    )
    runs.update(workspace=Subquery(conversation.values("workspace")[:1]))


class Migration(migrations.Migration):

    dependencies = [
        ('contexts', '0002_message_visible_to'),
        ('dispatch', '0006_run_workspace'),
    ]

    operations = [
        migrations.RunPython(fill, migrations.RunPython.noop),
    ]
