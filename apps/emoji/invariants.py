"""What must always be true of tasks and what was paid for them."""

from apps.core.invariants import Invariant, register

register(
    Invariant(
        "I4",
        "each task has one spend of its cost, and each spend its task",
        """
        SELECT 'task ' || task.id
        FROM emoji_emojitask AS task
        LEFT JOIN points_pointtransaction AS spend
            ON spend.id = task.spend_transaction_id AND spend.kind = 'spend' AND spend.user_id = task.user_id
            AND spend.amount = -task.cost AND spend.reference = 'emoji_task:' || task.id
        WHERE spend.id IS NULL
        UNION ALL
        SELECT 'spend ' || spend.id
        FROM points_pointtransaction AS spend
        LEFT JOIN emoji_emojitask AS task ON task.spend_transaction_id = spend.id
        WHERE spend.kind = 'spend' AND spend.reference LIKE 'emoji_task:%' AND task.id IS NULL
        """,
    ),
)
