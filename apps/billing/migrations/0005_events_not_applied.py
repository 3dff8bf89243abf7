from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("billing", "0004_events_of_a_type")]

    operations = [
        AddIndexConcurrently(
            model_name="revenuecatevent",
            index=models.Index(
                condition=models.Q(("outcome", "applied"), _negated=True),
                fields=["outcome", "-id"],
                name="events_not_applied",
            ),
        ),
    ]
