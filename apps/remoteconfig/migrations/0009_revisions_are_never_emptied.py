"""TRUNCATE is no way past the trigger of the rows: PostgreSQL does not empty the history of what staff changed."""

from django.db import migrations

REFUSE = """
CREATE TRIGGER config_revisions_are_never_emptied BEFORE TRUNCATE ON remoteconfig_configrevision
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_config_revision_change();
"""
ALLOW = "DROP TRIGGER config_revisions_are_never_emptied ON remoteconfig_configrevision"


class Migration(migrations.Migration):
    dependencies = [("remoteconfig", "0008_bonus_is_a_part_of_the_pack")]

    operations = [migrations.RunSQL(REFUSE, ALLOW)]
