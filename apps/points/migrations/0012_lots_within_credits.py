"""What is left of a credit that expires is at most what it gave, and its owner's; PostgreSQL refuses anything else."""

from django.db import migrations

# After, because the weekly reward writes credits and lots in one statement.
REQUIRE = """
CREATE FUNCTION require_lot_within_credit() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (
        SELECT 1 FROM points_pointtransaction AS credit
        WHERE credit.id = NEW.credit_id AND credit.user_id = NEW.user_id AND NEW.remaining <= credit.granted_amount
    ) THEN
        RAISE EXCEPTION 'lot % is of no credit of this user, or more than it', NEW.id USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END
$$;
CREATE TRIGGER lot_is_within_its_credit AFTER INSERT ON points_grantlot
    FOR EACH ROW EXECUTE FUNCTION require_lot_within_credit();
CREATE TRIGGER lot_stays_within_its_credit AFTER UPDATE OF user_id, credit_id, remaining ON points_grantlot
    FOR EACH ROW WHEN (
        NEW.remaining > OLD.remaining OR NEW.user_id <> OLD.user_id OR NEW.credit_id <> OLD.credit_id
    ) EXECUTE FUNCTION require_lot_within_credit();
"""
ALLOW = """
DROP TRIGGER lot_stays_within_its_credit ON points_grantlot;
DROP TRIGGER lot_is_within_its_credit ON points_grantlot;
DROP FUNCTION require_lot_within_credit();
"""


class Migration(migrations.Migration):
    dependencies = [("points", "0011_balances_that_agree")]

    operations = [migrations.RunSQL(REQUIRE, ALLOW)]
