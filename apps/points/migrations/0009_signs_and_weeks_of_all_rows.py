from django.contrib.postgres.operations import ValidateConstraint
from django.db import migrations

NAMES = (
    "giving_gives_points",
    "taking_back_takes_points",
    "bought_points_never_expire",
    "weekly_reward_has_its_week",
)


class Migration(migrations.Migration):
    dependencies = [("points", "0008_signs_and_weeks")]

    operations = [ValidateConstraint(model_name="pointtransaction", name=name) for name in NAMES]
