"""Messages of before get the time at which they expire; what has left the window by itself is told from what was taken out.

Batch by batch, each by itself: messages that name no such time are not read, and none is locked for long.
"""

from django.db import migrations, models

from contexts import expiry

BATCH = 500


def fill(apps, schema_editor):
    messages = apps.get_model("contexts", "Message").objects.using(schema_editor.connection.alias)
    rows = messages.filter(metadata__has_key="expires_at", expires_at=None).order_by("id").only("id", "metadata")
    batch = list(rows[:BATCH])
    while batch:
        for message in batch:
            message.expires_at = expiry.ends(message.metadata)
        messages.bulk_update([message for message in batch if message.expires_at], ["expires_at"])
        batch = list(rows.filter(id__gt=batch[-1].id)[:BATCH])


class Migration(migrations.Migration):
    atomic = False

    dependencies = [
        ("contexts", "0010_context_rows"),
    ]

    operations = [
        migrations.RunPython(fill, migrations.RunPython.noop),
        migrations.AddField(
            model_name="message",
            name="expired_at",
            field=models.DateTimeField(
                help_text="When it left the window for that: no user took it out.", null=True
            ),
        ),
    ]
