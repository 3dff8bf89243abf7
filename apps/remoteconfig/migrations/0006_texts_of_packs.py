from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("remoteconfig", "0005_subscription_product")]

    operations = [
        migrations.AddField(
            model_name="pointspack",
            name="badge",
            field=models.CharField(
                blank=True, db_default="", default="", help_text="such as: Best value", max_length=30
            ),
        ),
        migrations.AddField(
            model_name="pointspack",
            name="sort",
            field=models.IntegerField(db_default=0, default=0),
        ),
        migrations.AddField(
            model_name="pointspack",
            name="title",
            field=models.CharField(
                blank=True, db_default="", default="", help_text="empty: how many points it is", max_length=100
            ),
        ),
    ]
