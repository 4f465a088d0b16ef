"""Calls name their workspace; those made before it belong to none that there is."""

from django.db import migrations, models

from project.ids import new_id


class Migration(migrations.Migration):
    dependencies = [("dispatch", "0007_fill_run_workspace")]

    operations = [
        migrations.AlterModelOptions(name="handlerswitch", options={"verbose_name": "handler"}),
        migrations.AddField(
            model_name="call",
            name="workspace",
            field=models.UUIDField(default=new_id),
            preserve_default=False,
        ),
    ]
