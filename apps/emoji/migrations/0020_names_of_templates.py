"""The provider's expressions in every language, where staff have not called them something else."""

import json
from pathlib import Path

from django.apps.registry import Apps
from django.contrib.postgres.operations import AddConstraintNotValid
from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.models.lookups import Exact

from apps.emoji.template_names import require_names

PACKAGED = Path(__file__).resolve().parent.parent / "templates.json"


def name_templates(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    templates = apps.get_model("emoji", "EmojiTemplate").objects
    for item in json.loads(PACKAGED.read_text(encoding="utf-8"))["items"]:
        templates.filter(driven_id=item["driven_id"], name=item["label_en"]).update(names=item["names"])


class Migration(migrations.Migration):
    dependencies = [("emoji", "0019_clips_left_behind")]

    operations = [
        migrations.AddField(
            model_name="emojitemplate",
            name="names",
            field=models.JSONField(
                default=dict,
                db_default={},
                blank=True,
                validators=(require_names,),
                help_text='in other languages: {"zh-Hans": …, "zh-Hant": …, "ja": …, "ko": …, "es": …}',
            ),
        ),
        migrations.AlterField(
            model_name="emojitemplate",
            name="name",
            field=models.CharField(help_text="in English", max_length=64),
        ),
        AddConstraintNotValid(
            model_name="emojitemplate",
            constraint=models.CheckConstraint(
                condition=Exact(
                    models.Func(models.F("names"), function="jsonb_typeof", output_field=models.TextField()), "object"
                ),
                name="template_names_are_by_language",
            ),
        ),
        migrations.RunPython(name_templates, migrations.RunPython.noop),
    ]
