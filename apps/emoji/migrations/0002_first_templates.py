"""The provider's expressions at the time of the first installation; staff edit them from then on."""

import json
from pathlib import Path

from django.apps.registry import Apps
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

from apps.core.snowflake import next_id

PACKAGED = Path(__file__).resolve().parent.parent / "templates.json"


def add_templates(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    template = apps.get_model("emoji", "EmojiTemplate")
    for item in json.loads(PACKAGED.read_text(encoding="utf-8"))["items"]:
        template.objects.create(
            id=next_id(),
            driven_id=item["driven_id"],
            name=item["label_en"],
            category=item["series"],
            sort=item["sort"],
        )


class Migration(migrations.Migration):
    dependencies = [("emoji", "0001_initial"), ("core", "0001_initial")]

    operations = [migrations.RunPython(add_templates, migrations.RunPython.noop)]
