from django.contrib.postgres.operations import ValidateConstraint
from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("emoji", "0024_length_and_newness_of_templates")]

    operations = [ValidateConstraint(model_name="emojitemplate", name="clips_of_a_template_last")]
