"""What staff changed can be added to and read; PostgreSQL refuses everything else."""

from django.db import migrations

REFUSE = """
CREATE FUNCTION refuse_config_revision_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the history of the configuration is append-only: % is refused', TG_OP
        USING ERRCODE = 'restrict_violation';
END
$$;
CREATE TRIGGER config_revisions_are_append_only BEFORE UPDATE OR DELETE ON remoteconfig_configrevision
    FOR EACH ROW EXECUTE FUNCTION refuse_config_revision_change();
"""
ALLOW = """
DROP TRIGGER config_revisions_are_append_only ON remoteconfig_configrevision;
DROP FUNCTION refuse_config_revision_change();
"""


class Migration(migrations.Migration):
    dependencies = [("remoteconfig", "0003_config_revision")]

    operations = [migrations.RunSQL(REFUSE, ALLOW)]
