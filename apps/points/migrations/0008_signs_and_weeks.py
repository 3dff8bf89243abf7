"""What a kind of row does to a balance, and which week a reward is of: rows from now on."""

from django.contrib.postgres.operations import AddConstraintNotValid
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("points", "0007_frozen_points"),
    ]

    operations = [
        AddConstraintNotValid(
            model_name="pointtransaction",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("kind__in", ("clawback", "expiry", "transfer_out", "spend", "adjustment")),
                    models.Q(("amount__gt", 0), ("granted_amount__gte", 0), ("purchased_amount__gte", 0)),
                    _connector="OR",
                ),
                name="giving_gives_points",
            ),
        ),
        AddConstraintNotValid(
            model_name="pointtransaction",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("kind__in", ("clawback", "expiry", "transfer_out")), _negated=True),
                    models.Q(("amount__lt", 0), ("granted_amount__lte", 0), ("purchased_amount__lte", 0)),
                    _connector="OR",
                ),
                name="taking_back_takes_points",
            ),
        ),
        AddConstraintNotValid(
            model_name="pointtransaction",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("kind", "expiry"), _negated=True), ("purchased_amount", 0), _connector="OR"
                ),
                name="bought_points_never_expire",
            ),
        ),
        AddConstraintNotValid(
            model_name="pointtransaction",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("kind", "weekly_reward"),
                        ("reward_week__isnull", False),
                        ("reward_week__regex", "^\\d{4}-W(0[1-9]|[1-4]\\d|5[0-3])$"),
                    ),
                    models.Q(models.Q(("kind", "weekly_reward"), _negated=True), ("reward_week__isnull", True)),
                    _connector="OR",
                ),
                name="weekly_reward_has_its_week",
            ),
        ),
    ]
