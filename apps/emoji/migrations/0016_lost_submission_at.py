from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("emoji", "0015_submissions_in_doubt")]

    operations = [
        migrations.AddField(
            "emojitask",
            "lost_submission_at",
            models.DateTimeField(
                null=True,
                blank=True,
                help_text="when one was sent that was given up; it may still turn up at the provider",
            ),
        ),
    ]
