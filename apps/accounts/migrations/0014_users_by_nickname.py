from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("accounts", "0013_users_apart")]

    operations = [
        AddIndexConcurrently(
            model_name="user",
            index=models.Index(
                condition=models.Q(("nickname", ""), _negated=True),
                fields=["nickname"],
                name="users_by_nickname",
                opclasses=["varchar_pattern_ops"],
            ),
        ),
    ]
