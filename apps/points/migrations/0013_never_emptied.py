"""TRUNCATE is no way past the triggers of the rows: PostgreSQL empties neither the ledger nor the balances."""

from django.db import migrations

REFUSE = """
CREATE TRIGGER ledger_is_never_emptied BEFORE TRUNCATE ON points_pointtransaction
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_ledger_change();
CREATE TRIGGER balances_are_never_emptied BEFORE TRUNCATE ON points_userpoints
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_ledger_change();
"""
ALLOW = """
DROP TRIGGER balances_are_never_emptied ON points_userpoints;
DROP TRIGGER ledger_is_never_emptied ON points_pointtransaction;
"""


class Migration(migrations.Migration):
    dependencies = [("points", "0012_lots_within_credits")]

    operations = [migrations.RunSQL(REFUSE, ALLOW)]
