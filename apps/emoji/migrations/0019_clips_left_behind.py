from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("emoji", "0018_fewer_indexes")]

    operations = [
        AddIndexConcurrently(
            "emojitask",
            models.Index(
                fields=("completed_at",),
                condition=Q(status__in=("failed", "canceled"), submit_no__gt=0, result_removed_at__isnull=True),
                name="clips_left_behind",
            ),
        ),
    ]
