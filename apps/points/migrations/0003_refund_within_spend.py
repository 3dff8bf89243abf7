"""A refund gives back a spend of the same user, and no more than it took; PostgreSQL refuses anything else."""

from django.db import migrations

REQUIRE = """
CREATE FUNCTION require_refund_within_spend() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (
        SELECT 1 FROM points_pointtransaction AS spend
        WHERE spend.id = NEW.related_id AND spend.kind = 'spend' AND spend.user_id = NEW.user_id
            AND NEW.amount BETWEEN 1 AND -spend.amount
    ) THEN
        RAISE EXCEPTION 'transaction % refunds no spend of this user, or more than it', NEW.id
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER refund_is_within_its_spend BEFORE INSERT ON points_pointtransaction
    FOR EACH ROW WHEN (NEW.kind = 'refund') EXECUTE FUNCTION require_refund_within_spend();
"""
ALLOW = """
DROP TRIGGER refund_is_within_its_spend ON points_pointtransaction;
DROP FUNCTION require_refund_within_spend();
"""


class Migration(migrations.Migration):
    dependencies = [("points", "0002_append_only_ledger")]

    operations = [migrations.RunSQL(REQUIRE, ALLOW)]
