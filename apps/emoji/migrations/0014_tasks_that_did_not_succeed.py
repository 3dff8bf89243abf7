from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("emoji", "0013_tasks_of_an_account")]

    operations = [
        AddIndexConcurrently(
            model_name="emojitask",
            index=models.Index(
                condition=models.Q(("status__in", ("failed", "canceled"))),
                fields=["status", "-id"],
                name="tasks_that_did_not_succeed",
            ),
        ),
    ]
