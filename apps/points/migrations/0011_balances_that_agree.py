"""A balance moves with the rows of the ledger that say so; PostgreSQL refuses anything else."""

from django.db import migrations

# At the end of the transaction, whichever of the two was written first. All rows are read only where those that came
# do not explain the change: a repair adds what lacked.
REQUIRE = """
CREATE FUNCTION require_rows_of_balance() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    was points_userpoints := OLD;
    became points_userpoints := NEW;
    number bigint;
    bought numeric;
    given numeric;
BEGIN
    IF became.user_id = coalesce(was.user_id, became.user_id) THEN
        SELECT count(*), coalesce(sum(purchased_amount), 0), coalesce(sum(granted_amount), 0)
        INTO number, bought, given FROM points_pointtransaction
        WHERE user_id = became.user_id AND sequence <= became.last_sequence
            AND sequence > coalesce(was.last_sequence, 0);
        IF number = became.last_sequence - coalesce(was.last_sequence, 0)
            AND bought = became.purchased - coalesce(was.purchased, 0)
            AND given = became.granted - coalesce(was.granted, 0)
        THEN
            RETURN NULL;
        END IF;
    END IF;
    SELECT count(*), coalesce(sum(purchased_amount), 0), coalesce(sum(granted_amount), 0)
    INTO number, bought, given FROM points_pointtransaction
    WHERE user_id = coalesce(became.user_id, was.user_id)
        AND (became.id IS NULL OR sequence <= became.last_sequence);
    IF number <> coalesce(became.last_sequence, 0) OR bought <> coalesce(became.purchased, 0)
        OR given <> coalesce(became.granted, 0)
    THEN
        RAISE EXCEPTION 'the balance of user % moves without rows of the ledger', coalesce(became.user_id, was.user_id)
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
