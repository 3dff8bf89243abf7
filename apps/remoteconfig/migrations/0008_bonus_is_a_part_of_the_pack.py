from django.contrib.postgres.operations import ValidateConstraint
from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("remoteconfig", "0007_bonus_of_packs")]

    operations = [ValidateConstraint(model_name="pointspack", name="bonus_is_a_part_of_the_pack")]
