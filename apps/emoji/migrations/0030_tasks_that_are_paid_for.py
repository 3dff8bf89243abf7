"""A task has its spend, of its user and its cost and named after it; PostgreSQL refuses any other one."""

from django.db import migrations

# After, because an order writes both in one statement. What it finds stays true: the ledger is append-only.
REQUIRE = """
CREATE FUNCTION require_spend_of_task() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM FROM points_pointtransaction
    WHERE id = NEW.spend_transaction_id AND kind = 'spend' AND user_id = NEW.user_id AND amount = -NEW.cost
        AND reference = 'emoji_task:' || NEW.id;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'emoji task % has no spend of its user and cost', NEW.id USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END
$$;
CREATE TRIGGER task_is_paid_for AFTER INSERT ON emoji_emojitask
    FOR EACH ROW EXECUTE FUNCTION require_spend_of_task();
CREATE TRIGGER task_stays_paid_for AFTER UPDATE OF user_id, cost, spend_transaction_id ON emoji_emojitask
    FOR EACH ROW WHEN (
        NEW.user_id <> OLD.user_id OR NEW.cost <> OLD.cost OR NEW.spend_transaction_id <> OLD.spend_transaction_id
    ) EXECUTE FUNCTION require_spend_of_task();
"""
ALLOW = """
DROP TRIGGER task_stays_paid_for ON emoji_emojitask;
DROP TRIGGER task_is_paid_for ON emoji_emojitask;
DROP FUNCTION require_spend_of_task();
"""


class Migration(migrations.Migration):
    dependencies = [("emoji", "0029_one_index_of_users_photos"), ("points", "0014_users_left_by_the_weekly_reward")]

    operations = [migrations.RunSQL(REQUIRE, ALLOW)]
