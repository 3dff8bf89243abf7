"""Each row of the ledger goes on from the one before, and what is taken back was given to its owner.

PostgreSQL refuses anything else, so that no bug of ours can.
"""

from django.db import migrations

# A row that explains a balance which was written past the ledger has another balance before it: apps/points/repair.py.
ROW_GOES_ON = """
CREATE FUNCTION require_row_that_goes_on() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    number bigint;
    balance bigint;
BEGIN
    SELECT sequence, balance_after INTO number, balance FROM points_pointtransaction
    WHERE user_id = NEW.user_id ORDER BY sequence DESC LIMIT 1;
    IF NEW.sequence <> coalesce(number, 0) + 1 OR (
        NEW.balance_after <> coalesce(balance, 0) + NEW.amount
        AND NOT (NEW.kind = 'adjustment' AND NEW.reference LIKE 'repair:%')
    ) THEN
        RAISE EXCEPTION 'transaction % does not go on from what this user has', NEW.id
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER row_goes_on_from_the_last BEFORE INSERT ON points_pointtransaction
    FOR EACH ROW EXECUTE FUNCTION require_row_that_goes_on();
"""
REFUND_BY_BUCKET = """
CREATE OR REPLACE FUNCTION require_refund_within_spend() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (
        SELECT 1 FROM points_pointtransaction AS spend
        WHERE spend.id = NEW.related_id AND spend.kind = 'spend' AND spend.user_id = NEW.user_id
            AND NEW.amount BETWEEN 1 AND -spend.amount
            AND NEW.purchased_amount BETWEEN 0 AND -spend.purchased_amount
            AND NEW.granted_amount BETWEEN 0 AND -spend.granted_amount
    ) THEN
        RAISE EXCEPTION 'transaction % refunds no spend of this user, or more than it', NEW.id
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END
$$;
"""
REFUND_AS_BEFORE = REFUND_BY_BUCKET.replace(
    """
            AND NEW.purchased_amount BETWEEN 0 AND -spend.purchased_amount
            AND NEW.granted_amount BETWEEN 0 AND -spend.granted_amount""",
    "",
)
TAKEN_BACK_WAS_GIVEN = """
CREATE FUNCTION require_credit_of_same_user() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (
        SELECT 1 FROM points_pointtransaction AS credit
        WHERE credit.id = NEW.related_id AND credit.user_id = NEW.user_id AND abs(NEW.amount) <= credit.amount
    ) THEN
        RAISE EXCEPTION 'transaction % is of no credit of this user, or more than it', NEW.id
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER what_is_taken_back_was_given BEFORE INSERT ON points_pointtransaction
    FOR EACH ROW WHEN (NEW.kind IN ('clawback', 'clawback_reversal', 'expiry'))
    EXECUTE FUNCTION require_credit_of_same_user();
"""
ALLOW = """
DROP TRIGGER what_is_taken_back_was_given ON points_pointtransaction;
DROP FUNCTION require_credit_of_same_user();
DROP TRIGGER row_goes_on_from_the_last ON points_pointtransaction;
DROP FUNCTION require_row_that_goes_on();
"""


class Migration(migrations.Migration):
    dependencies = [("points", "0009_signs_and_weeks_of_all_rows")]

    operations = [migrations.RunSQL(ROW_GOES_ON + REFUND_BY_BUCKET + TAKEN_BACK_WAS_GIVEN, ALLOW + REFUND_AS_BEFORE)]
