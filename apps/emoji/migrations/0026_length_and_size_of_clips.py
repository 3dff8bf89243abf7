from django.contrib.postgres.operations import AddConstraintNotValid
from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    dependencies = [("emoji", "0025_clips_of_a_template_last")]

    operations = [
        migrations.AddField(
            model_name="emojitask",
            name="result_duration_ms",
            field=models.IntegerField("result duration (ms)", blank=True, null=True),
        ),
        migrations.AddField(
            model_name="emojitask",
            name="result_width",
            field=models.SmallIntegerField(blank=True, help_text="pixels", null=True),
        ),
        migrations.AddField(
            model_name="emojitask",
            name="result_height",
            field=models.SmallIntegerField(blank=True, help_text="pixels", null=True),
        ),
        AddConstraintNotValid(
            model_name="emojitask",
            constraint=models.CheckConstraint(
                condition=(Q(result_duration_ms__isnull=True) | Q(result_duration_ms__gt=0))
                & (
                    Q(result_width__isnull=True, result_height__isnull=True)
                    | Q(
                        result_width__isnull=False, result_height__isnull=False, result_width__gt=0, result_height__gt=0
                    )
                ),
                name="clip_has_a_length_and_a_size_or_none",
            ),
        ),
    ]
