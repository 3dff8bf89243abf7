from django.contrib.postgres.operations import AddConstraintNotValid
from django.db import migrations, models
from django.db.models import F, Q


class Migration(migrations.Migration):
    dependencies = [("remoteconfig", "0006_texts_of_packs")]

    operations = [
        migrations.AddField(
            model_name="pointspack",
            name="bonus_points",
            field=models.PositiveIntegerField(
                db_default=0, default=0, help_text="how many of the points are shown as a present"
            ),
        ),
        migrations.AlterField(
            model_name="pointspack",
            name="points",
            field=models.PositiveIntegerField(help_text="what a purchase of it gives, its bonus included"),
        ),
        AddConstraintNotValid(
            model_name="pointspack",
            constraint=models.CheckConstraint(
                condition=Q(bonus_points__gte=0, bonus_points__lt=F("points")),
                name="bonus_is_a_part_of_the_pack",
                violation_error_message="The bonus is a part of the points: it must be less than they are.",
            ),
        ),
    ]
