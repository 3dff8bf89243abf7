from django.contrib.postgres.operations import AddConstraintNotValid
from django.db import migrations, models
from django.db.models import F, Q


class Migration(migrations.Migration):
    dependencies = [("emoji", "0021_template_names_are_by_language")]

    operations = [
        migrations.AddField(
            model_name="photoupload",
            name="declared_sha256",
            field=models.CharField(blank=True, db_default="", help_text="none if any photo will do", max_length=64),
        ),
        AddConstraintNotValid(
            model_name="photoupload",
            constraint=models.CheckConstraint(
                condition=Q(checked_at__isnull=True) | Q(declared_sha256="") | Q(sha256=F("declared_sha256")),
                name="checked_photo_is_the_declared",
            ),
        ),
    ]
