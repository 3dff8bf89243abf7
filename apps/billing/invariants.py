"""What must always be true of payments and the points they brought."""

from apps.core.invariants import Invariant, register

register(
    Invariant(
        "I22",
        "an order says what the ledger gave for it, to whom, and what was taken back",
        """
        SELECT coalesce('order ' || orders.id, 'credits of order ' || given.order_id)
        FROM billing_order AS orders
        FULL JOIN (
            SELECT substring(credit.reference FROM '^order:(\\d+)')::bigint AS order_id, credit.user_id,
                sum(credit.amount) AS granted, coalesce(sum(clawback.taken), 0) AS taken
            FROM points_pointtransaction AS credit
            LEFT JOIN points_clawback AS clawback ON clawback.credit_id = credit.id AND NOT clawback.is_reversed
            WHERE credit.kind = 'purchase' AND credit.reference ~ '^order:\\d+(:|$)'
            GROUP BY order_id, credit.user_id
        ) AS given ON given.order_id = orders.id AND given.user_id = orders.user_id
        WHERE coalesce(orders.points_granted, 0) <> coalesce(given.granted, 0)
            OR coalesce(orders.points_taken_back, 0) <> coalesce(given.taken, 0)
        """,
    )
)
