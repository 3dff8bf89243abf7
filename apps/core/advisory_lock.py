"""Locks on names instead of rows, for what has no row yet. They end with the transaction they are taken in."""

from collections.abc import Iterable

from apps.core.postgres import direct


def hold(names: Iterable[str], *, shared: str = "") -> None:
    """Each name is ours alone until the transaction ends; taken in one order, so that two never wait crosswise.

    Without a transaction they end at once, and so has everybody who held one of them before.
    `shared` comes before them: it is ours together with all who share it, and whoever holds it alone waits for us.
    """
    held = sorted(set(names))
    calls = ["pg_advisory_xact_lock_shared(hashtextextended(%s, 0))"] if shared else []
    calls += ["pg_advisory_xact_lock(hashtextextended(%s, 0))"] * len(held)
    if calls:
        # PostgreSQL calls them from left to right.
        direct.run(f"SELECT {', '.join(calls)}", [*([shared] if shared else []), *held])
