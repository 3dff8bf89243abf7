from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("accounts", "0012_devices_by_tail")]

    operations = [
        AddIndexConcurrently(
            model_name="user",
            index=models.Index(
                condition=models.Q(("is_staff", True), ("is_tester", True), ("is_active", False), _connector="OR"),
                fields=["-id"],
                name="users_apart",
            ),
        ),
    ]
