from django.contrib.postgres.operations import ValidateConstraint
from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("emoji", "0022_declared_sha256")]

    operations = [ValidateConstraint(model_name="photoupload", name="checked_photo_is_the_declared")]
