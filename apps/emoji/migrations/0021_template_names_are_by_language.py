from django.contrib.postgres.operations import ValidateConstraint
from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("emoji", "0020_names_of_templates")]

    operations = [ValidateConstraint(model_name="emojitemplate", name="template_names_are_by_language")]
