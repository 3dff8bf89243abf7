"""TRUNCATE is no way past the trigger of the rows: PostgreSQL empties no consents."""

from django.db import migrations

REFUSE = """
CREATE TRIGGER consents_are_never_emptied BEFORE TRUNCATE ON accounts_consentrecord
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_consent_change();
"""
ALLOW = "DROP TRIGGER consents_are_never_emptied ON accounts_consentrecord"


class Migration(migrations.Migration):
    dependencies = [("accounts", "0016_avatars")]

    operations = [migrations.RunSQL(REFUSE, ALLOW)]
