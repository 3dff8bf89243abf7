"""The ledger can be added to and read; PostgreSQL refuses everything else."""

from django.db import migrations

REFUSE = """
CREATE FUNCTION refuse_ledger_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the ledger is append-only: % on % is refused', TG_OP, TG_TABLE_NAME
        USING ERRCODE = 'restrict_violation';
END
$$;
CREATE TRIGGER ledger_is_append_only BEFORE UPDATE OR DELETE ON points_pointtransaction
    FOR EACH ROW EXECUTE FUNCTION refuse_ledger_change();
"""
ALLOW = """
DROP TRIGGER ledger_is_append_only ON points_pointtransaction;
DROP FUNCTION refuse_ledger_change();
"""


class Migration(migrations.Migration):
    dependencies = [("points", "0001_initial")]

    operations = [migrations.RunSQL(REFUSE, ALLOW)]
