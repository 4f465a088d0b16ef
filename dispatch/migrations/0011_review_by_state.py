from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("dispatch", "0010_review"),
    ]

    operations = [
        migrations.RemoveIndex(model_name="review", name="review_held"),
        migrations.AddIndex(
            model_name="review",
            index=models.Index(fields=["state", "expires_at"], name="review_due"),
        ),
        migrations.AddIndex(
            model_name="review",
            index=models.Index(fields=["state", "-id"], name="review_by_state"),
        ),
    ]
