"""The four roles; what each may do is granted after every migration, by roles.py, once the permissions are there."""

from typing import Any

from django.db import migrations

NAMES = ("support", "operator", "finance", "admin")


def make(apps: Any, schema_editor: Any) -> None:
    for name in NAMES:
        apps.get_model("auth", "Group").objects.get_or_create(name=name)


class Migration(migrations.Migration):
    dependencies = [("staff", "0002_append_only_actions"), ("auth", "0012_alter_user_first_name_max_length")]

    operations = [migrations.RunPython(make, migrations.RunPython.noop)]
