from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("emoji", "0012_tasks_by_error")]

    operations = [
        AddIndexConcurrently(
            model_name="emojitask",
            index=models.Index(
                condition=models.Q(("provider_account", ""), _negated=True),
                fields=["provider_account", "-id"],
                name="tasks_of_an_account",
            ),
        ),
    ]
