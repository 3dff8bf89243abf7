from django.contrib.postgres.operations import AddConstraintNotValid
from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    dependencies = [("emoji", "0023_checked_photo_is_the_declared")]

    operations = [
        migrations.AddField(
            model_name="emojitemplate",
            name="duration_ms",
            field=models.PositiveIntegerField(
                "duration (ms)", blank=True, help_text="how long its clips are; empty: not known", null=True
            ),
        ),
        migrations.AddField(
            model_name="emojitemplate",
            name="new_until",
            field=models.DateField(
                blank=True, help_text="the last day, UTC, on which it is shown as new; empty: it is not", null=True
            ),
        ),
        AddConstraintNotValid(
            model_name="emojitemplate",
            constraint=models.CheckConstraint(
                condition=Q(duration_ms__isnull=True) | Q(duration_ms__gt=0), name="clips_of_a_template_last"
            ),
        ),
    ]
