"""How many tasks wait before one.

For who is near the front they are counted. Far behind they are looked up in a list of the whole queue that is a few
seconds old: to count thousands for each question would cost more than all else it asks for.
"""

import time
from bisect import bisect_left
from dataclasses import dataclass, field
from datetime import datetime

from apps.core.postgres import direct
from apps.emoji.models import EmojiTask

# Beyond it the number would say nothing.
LAST_POSITION = 10_000
# Nobody comes from so many times as far to near the front while the list is remembered.
FAR = 10
# Than a turn and an id, up to a number.
EARLIER_THAN = """
SELECT count(*) FROM (
    SELECT FROM emoji_emojitask WHERE status = 'queued' AND (turn_at, id) < ({turn}, %s) LIMIT %s
) earlier
"""
EARLIER = EARLIER_THAN.format(turn="%s")
Turn = tuple[datetime, int]


@dataclass
class QueuePositions:
    """Within one process; `remembered` is in seconds."""

    near: int = 100
    remembered: float = 5.0
    _listed: list[Turn] = field(default_factory=list)
    _old_at: float = 0.0

    def of(self, task: EmojiTask) -> int:
        """From 1."""
        if time.monotonic() < self._old_at and (listed := self._earlier_by_list(task)) >= FAR * self.near:
            return 1 + listed
        ((earlier,),) = direct.run(EARLIER, [task.turn_at, task.id, self.near]).rows
        return self.after(earlier, task)

    def after(self, earlier: int, task: EmojiTask) -> int:
        """From 1, of a task before which so many were counted, up to `near`."""
        return 1 + (earlier if earlier < self.near else max(earlier, self._earlier_by_list(task)))

    def _earlier_by_list(self, task: EmojiTask) -> int:
        if time.monotonic() >= self._old_at:
            waiting = EmojiTask.objects.waiting().values_list("turn_at", "id")
            self._listed = list(waiting[:LAST_POSITION])
            self._old_at = time.monotonic() + self.remembered
        return bisect_left(self._listed, (task.turn_at, task.id))
