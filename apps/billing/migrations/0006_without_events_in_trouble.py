from django.contrib.postgres.operations import RemoveIndexConcurrently
from django.db import migrations


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("billing", "0005_events_not_applied")]

    operations = [
        RemoveIndexConcurrently(model_name="revenuecatevent", name="events_in_trouble"),
    ]
