"""What an order is decided on once its user is locked, asked in one statement that also keeps the photo."""

from datetime import datetime
from typing import NamedTuple

from apps.core import together
from apps.emoji import task_limits, uploads, waiting
from apps.emoji.models import PhotoUpload
from apps.emoji.queue_positions import EARLIER_THAN

QUESTION = f"""
SELECT ({task_limits.ACTIVE}), ({task_limits.TODAY}), (SELECT count(*) FROM written), statement_timestamp(),
    ({EARLIER_THAN.format(turn="statement_timestamp() - %s")})
"""  # noqa: S608 - texts of ours


class OrderFacts(NamedTuple):
    """How many tasks are being made for the user, and were ordered today; whether the photo stays until the transaction
    has its task; what time it is by the database's clock, and how many wait before a task of that moment.
    """

    active: int
    today: int
    kept: int
    ordered_at: datetime
    earlier: int


def ask(user_id: int, upload: PhotoUpload, task_id: int, *, is_vip: bool, now: datetime) -> OrderFacts:
    turn = [waiting.head_start(is_vip), task_id, waiting.COUNTED]
    (row,) = together.run_and_ask(uploads.kept(upload), QUESTION, [*task_limits.asked(user_id, now), *turn])
    return OrderFacts(*row)
