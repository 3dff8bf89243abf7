"""One of the places that values come from."""

from dataclasses import dataclass, field
from datetime import datetime

from apps.remoteconfig.document import Values


@dataclass(frozen=True)
class Layer:
    """`stamp` tells states of the place apart; `problems` are sentences about what there is not in use, and why.

    One that `is_stale` cannot be asked just now, and may have newer values.
    """

    stamp: object = None
    values: Values = field(default_factory=dict)
    problems: tuple[str, ...] = ()
    changed_at: datetime | None = None
    is_stale: bool = False


NOTHING = Layer()
