"""What must always be true of points."""

from apps.core.invariants import Invariant, register

register(
    Invariant(
        "I1",
        "a balance is the sum of its ledger rows, by bucket",
        """
        SELECT 'user ' || coalesce(points.user_id, ledger.user_id)
        FROM points_userpoints AS points
        FULL JOIN (
            SELECT user_id, sum(purchased_amount) AS purchased, sum(granted_amount) AS granted
            FROM points_pointtransaction GROUP BY user_id
        ) AS ledger USING (user_id)
        WHERE coalesce(points.purchased, 0) <> coalesce(ledger.purchased, 0)
            OR coalesce(points.granted, 0) <> coalesce(ledger.granted, 0)
        """,
    ),
    Invariant(
        "I2",
        "no balance is below zero, and the constraints that see to it exist",
        """
        SELECT 'user ' || user_id FROM points_userpoints WHERE purchased < 0 OR granted < 0
        UNION ALL
        SELECT 'missing constraint ' || name
        FROM unnest(ARRAY['purchased_points_not_negative', 'granted_points_not_negative']) AS name
        WHERE NOT EXISTS (SELECT 1 FROM pg_constraint WHERE conname = name AND convalidated)
        """,
    ),
    Invariant(
        "I3",
        "each row goes on from the balance that the one before left, without a gap",
        """
        SELECT 'transaction ' || id FROM (
            SELECT id, sequence, balance_after,
                lag(balance_after, 1, 0::bigint) OVER of_user + amount AS expected,
                lag(sequence, 1, 0::bigint) OVER of_user + 1 AS expected_sequence
            FROM points_pointtransaction
            WINDOW of_user AS (PARTITION BY user_id ORDER BY sequence)
        ) AS chain
        WHERE balance_after <> expected OR sequence <> expected_sequence
        """,
    ),
    Invariant(
        "I5",
        "a fact moves points once, and the index that sees to it exists",
        """
        SELECT kind || ' ' || reference FROM points_pointtransaction GROUP BY kind, reference HAVING count(*) > 1
        UNION ALL
        SELECT 'missing index one_transaction_per_fact'
        WHERE NOT EXISTS (SELECT 1 FROM pg_class WHERE relname = 'one_transaction_per_fact')
        """,
    ),
    Invariant(
        "I6",
        "a spend is refunded at most once, and at most whole",
        """
        SELECT 'spend ' || spend.id
        FROM points_pointtransaction AS spend
        JOIN points_pointtransaction AS refund ON refund.related_id = spend.id AND refund.kind = 'refund'
        GROUP BY spend.id, spend.amount
        HAVING count(*) > 1 OR sum(refund.amount) > -spend.amount
        """,
    ),
    Invariant(
        "I6b",
        "what is taken back of a credit is at most what it gave, and as much as its clawbacks say",
        """
        SELECT 'credit ' || credit.id
        FROM points_pointtransaction AS credit
        JOIN points_pointtransaction AS back
            ON back.related_id = credit.id AND back.kind IN ('clawback', 'clawback_reversal')
        GROUP BY credit.id, credit.amount
        HAVING -sum(back.amount) NOT BETWEEN 0 AND credit.amount OR -sum(back.amount) <> (
            SELECT coalesce(sum(taken), 0) FROM points_clawback
            WHERE credit_id = credit.id AND NOT is_reversed
        )
        """,
    ),
    Invariant(
        "I6c",
        "what could be taken of a credit and what could not are what it gave",
        """
        SELECT 'clawback ' || clawback.id
        FROM points_clawback AS clawback JOIN points_pointtransaction AS credit ON credit.id = clawback.credit_id
        WHERE clawback.taken + clawback.shortfall <> credit.amount
        """,
    ),
    Invariant(
        "I15",
        "a user gets one reward a week",
        """
        SELECT 'user ' || user_id || ' ' || reward_week FROM points_pointtransaction
        WHERE reward_week IS NOT NULL GROUP BY user_id, reward_week HAVING count(*) > 1
        """,
    ),
    Invariant(
        "I20",
        "the ledger is append-only, and every trigger looks that its rows, balances and lots agree",
        """
        SELECT 'missing trigger ' || name
        FROM unnest(ARRAY[
            'ledger_is_append_only', 'ledger_is_never_emptied', 'refund_is_within_its_spend',
            'row_goes_on_from_the_last', 'what_is_taken_back_was_given', 'balance_moves_with_its_rows',
            'balances_are_never_emptied', 'lot_is_within_its_credit', 'lot_stays_within_its_credit'
        ]) AS name
        WHERE NOT EXISTS (SELECT 1 FROM pg_trigger WHERE tgname = name AND tgenabled <> 'D')
        """,
    ),
    Invariant(
        "I21",
        "expiring points are part of the granted ones",
        """
        SELECT 'user ' || points.user_id
        FROM points_userpoints AS points
        JOIN (SELECT user_id, sum(remaining) AS remaining FROM points_grantlot GROUP BY user_id) AS lots USING (user_id)
        WHERE lots.remaining > points.granted
        """,
    ),
)
