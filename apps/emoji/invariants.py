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
        UNION ALL
        SELECT 'missing trigger ' || name FROM unnest(ARRAY['task_is_paid_for', 'task_stays_paid_for']) AS name
        WHERE NOT EXISTS (SELECT 1 FROM pg_trigger WHERE tgname = name AND tgenabled <> 'D')
        """,
    ),
    Invariant(
        "I7",
        "every task ends: none is open a minute after its deadline",
        """
        SELECT 'task ' || id FROM emoji_emojitask
        WHERE status IN ('queued', 'processing') AND deadline_at < now() - interval '1 minute'
        """,
    ),
    Invariant(
        "I9",
        "a photo is submitted once, or twice when the first answer was lost; one at the provider was submitted",
        """
        SELECT 'task ' || id FROM emoji_emojitask
        WHERE submit_no > 2 OR (provider_task_id IS NOT NULL AND submit_no = 0)
        """,
    ),
    Invariant(
        "I10",
        "a task that succeeded has a clip of a known size and hash, and no other has one",
        """
        SELECT 'task ' || id FROM emoji_emojitask
        WHERE (status = 'succeeded' AND (result_size = 0 OR length(result_sha256) <> 64))
            OR (status <> 'succeeded' AND result_key <> '')
        """,
    ),
    Invariant(
        "I17",
        "no lease is older than an hour, and only an open task has one",
        """
        SELECT 'task ' || id FROM emoji_emojitask
        WHERE lease_until < now() - interval '1 hour'
            OR (lease_token IS NOT NULL AND status NOT IN ('queued', 'processing'))
        """,
    ),
)
