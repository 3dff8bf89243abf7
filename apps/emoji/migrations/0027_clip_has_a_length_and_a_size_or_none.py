from django.contrib.postgres.operations import ValidateConstraint
from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("emoji", "0026_length_and_size_of_clips")]

    operations = [ValidateConstraint(model_name="emojitask", name="clip_has_a_length_and_a_size_or_none")]
