"""Consents can be added to and read; PostgreSQL refuses everything else."""

from django.db import migrations

REFUSE = """
CREATE FUNCTION refuse_consent_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'consents are append-only: % on % is refused', TG_OP, TG_TABLE_NAME
        USING ERRCODE = 'restrict_violation';
END
$$;
CREATE TRIGGER consents_are_append_only BEFORE UPDATE OR DELETE ON accounts_consentrecord
    FOR EACH ROW EXECUTE FUNCTION refuse_consent_change();
"""
ALLOW = """
DROP TRIGGER consents_are_append_only ON accounts_consentrecord;
DROP FUNCTION refuse_consent_change();
"""


class Migration(migrations.Migration):
    dependencies = [("accounts", "0006_profile_and_consents")]

    operations = [migrations.RunSQL(REFUSE, ALLOW)]
