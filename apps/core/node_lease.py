"""Which of the 1024 Snowflake nodes this process may use, and until when.

A lease is a promise about ids, not about time: its holder makes no id whose time part is above `ceiling_ms`, and a
node is given to somebody else only when their clock has passed that ceiling. So two holders of one node can never make
the same id, whatever their clocks say and however long a process was asleep. PostgreSQL keeps the ceilings.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID, uuid4

from django.db import connections

NODES = 1024
LEASE_MS = 600_000

CLAIM = """
    INSERT INTO core_snowflakenode AS node (node_id, holder, ceiling_ms)
    SELECT n, %(holder)s, %(ceiling)s
    FROM generate_series(0, %(last_node)s) AS n
    WHERE NOT EXISTS (SELECT 1 FROM core_snowflakenode AS taken WHERE taken.node_id = n AND taken.ceiling_ms >= %(now)s)
    ORDER BY (n = %(preferred)s) DESC, random()
    LIMIT 1
    ON CONFLICT (node_id) DO UPDATE SET holder = excluded.holder, ceiling_ms = excluded.ceiling_ms
    WHERE node.ceiling_ms < %(now)s
    RETURNING node_id
"""
RENEW = "UPDATE core_snowflakenode SET ceiling_ms = %(ceiling)s WHERE node_id = %(node)s AND holder = %(holder)s"
FENCE = """
    INSERT INTO core_snowflakenode AS node (node_id, holder, ceiling_ms)
    SELECT n, %(holder)s, %(until)s FROM generate_series(0, %(last_node)s) AS n
    ON CONFLICT (node_id) DO UPDATE
    SET holder = excluded.holder, ceiling_ms = greatest(node.ceiling_ms, excluded.ceiling_ms)
"""
FENCED = "SELECT min(ceiling_ms) FROM core_snowflakenode WHERE holder = %s"
# The holder of a node that nobody has had since all were closed. They are leased again at random: with some hundred
# process starts a day it takes weeks until none is left.
NOBODY = UUID(int=0)
CLAIM_TRIES = 20


class NoFreeNode(RuntimeError):
    """Every node is held by a live process, or was used by one whose clock ran ahead of ours."""


@dataclass(frozen=True, slots=True)
class NodeLease:
    node_id: int
    holder: UUID
    ceiling_ms: int


def claim(now_ms: int, preferred: int | None) -> NodeLease:
    """Take a node that nobody can be using: the preferred one if it is free. Raises NoFreeNode."""
    holder, ceiling = uuid4(), now_ms + LEASE_MS
    values: dict[str, UUID | int | None] = {
        "holder": holder,
        "ceiling": ceiling,
        "now": now_ms,
        "last_node": NODES - 1,
        "preferred": preferred,
    }
    for _ in range(CLAIM_TRIES):
        if row := _on_own_connection(CLAIM, values):
            return NodeLease(row[0], holder, ceiling)
    raise NoFreeNode(f"all {NODES} Snowflake nodes are in use")


def renewed(lease: NodeLease, now_ms: int) -> NodeLease | None:
    """The same node with a later ceiling; None when somebody else holds it now."""
    ceiling = now_ms + LEASE_MS
    values: dict[str, UUID | int | None] = {"holder": lease.holder, "ceiling": ceiling, "node": lease.node_id}
    row = _on_own_connection(RENEW + " RETURNING node_id", values)
    return NodeLease(lease.node_id, lease.holder, ceiling) if row else None


def fence(until_ms: int) -> None:
    """Nobody makes an id that carries a time before this one, whoever held a node; for a database that was restored,
    which has forgotten its last leases."""
    with connections["default"].cursor() as cursor:
        cursor.execute(FENCE, {"holder": NOBODY, "until": until_ms, "last_node": NODES - 1})


def fenced_until() -> datetime | None:
    """When the database was recovered last: what happened before, it may have forgotten. None when it never was."""
    with connections["default"].cursor() as cursor:
        cursor.execute(FENCED, [NOBODY])
        (until_ms,) = cursor.fetchone()
    return datetime.fromtimestamp(until_ms / 1000, UTC) if until_ms else None


def _on_own_connection(sql: str, values: dict[str, UUID | int | None]) -> tuple[int] | None:
    """The caller's transaction may roll back; a lease that is in use must not."""
    connection = connections["default"].copy()
    try:
        with connection.cursor() as cursor:
            cursor.execute(sql, values)
            row: tuple[int] | None = cursor.fetchone()
            return row
    finally:
        connection.close()
