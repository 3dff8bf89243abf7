"""A balance moves with the rows of the ledger that say so; PostgreSQL refuses anything else."""

from django.db import migrations

# At the end of the transaction, whichever of the two was written first. All rows are read only where the last one does
# not explain the change: a repair adds what lacked.
REQUIRE = """
CREATE FUNCTION require_rows_of_balance() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    number bigint;
    bought numeric;
    given numeric;
BEGIN
    IF TG_OP = 'INSERT' AND NEW.purchased = 0 AND NEW.granted = 0 AND NEW.last_sequence = 0 THEN
        RETURN NULL;
    END IF;
    IF TG_OP = 'UPDATE' AND NEW.user_id = OLD.user_id AND NEW.last_sequence = OLD.last_sequence + 1 THEN
        PERFORM FROM points_pointtransaction
        WHERE user_id = NEW.user_id AND sequence = NEW.last_sequence
            AND purchased_amount = NEW.purchased - OLD.purchased AND granted_amount = NEW.granted - OLD.granted;
        IF FOUND THEN
            RETURN NULL;
        END IF;
    END IF;
    SELECT count(*), coalesce(sum(purchased_amount), 0), coalesce(sum(granted_amount), 0)
    INTO number, bought, given FROM points_pointtransaction
    WHERE user_id = coalesce(NEW.user_id, OLD.user_id) AND (TG_OP = 'DELETE' OR sequence <= NEW.last_sequence);
    IF number <> coalesce(NEW.last_sequence, 0) OR bought <> coalesce(NEW.purchased, 0)
        OR given <> coalesce(NEW.granted, 0)
    THEN
        RAISE EXCEPTION 'the balance of user % moves without rows of the ledger', coalesce(NEW.user_id, OLD.user_id)
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END
$$;
CREATE CONSTRAINT TRIGGER balance_moves_with_its_rows
    AFTER INSERT OR DELETE OR UPDATE OF user_id, purchased, granted, last_sequence ON points_userpoints
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION require_rows_of_balance();
"""
ALLOW = """
DROP TRIGGER balance_moves_with_its_rows ON points_userpoints;
DROP FUNCTION require_rows_of_balance();
"""


class Migration(migrations.Migration):
    dependencies = [("points", "0010_rows_that_go_on")]

    operations = [migrations.RunSQL(REQUIRE, ALLOW)]
