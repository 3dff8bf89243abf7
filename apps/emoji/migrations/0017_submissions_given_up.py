from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("emoji", "0016_lost_submission_at")]

    operations = [
        AddIndexConcurrently(
            "emojitask",
            models.Index(
                fields=("lost_submission_at",),
                condition=Q(lost_submission_at__isnull=False),
                name="submissions_given_up",
            ),
        ),
    ]
