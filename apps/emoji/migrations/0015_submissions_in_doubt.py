from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    dependencies = [("emoji", "0014_tasks_that_did_not_succeed")]

    operations = [
        migrations.AddIndex(
            "emojitask",
            models.Index(
                fields=("submit_sent_at",),
                condition=Q(submit_sent_at__isnull=False, provider_task_id__isnull=True),
                name="submissions_in_doubt",
            ),
        ),
    ]
