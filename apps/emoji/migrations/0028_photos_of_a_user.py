from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("emoji", "0027_clip_has_a_length_and_a_size_or_none")]

    operations = [
        AddIndexConcurrently(
            model_name="photoupload",
            index=models.Index(fields=["user", "id"], name="photos_of_a_user"),
        ),
    ]
