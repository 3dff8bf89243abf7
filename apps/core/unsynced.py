"""Changes that need not wait for the disk, for whoever asked would merely ask again had they never been made."""

from django.db.models import Func, TextField, Value
from django.db.models.lookups import Exact


def unsynced() -> Exact:
    """A condition for an update, always true: its transaction ends before it is on the disk.

    Should PostgreSQL crash in the next half second, the update may never have been made. Any later commit that waits
    brings this one to the disk too, so nothing that is kept can rest on something that is lost.
    https://www.postgresql.org/docs/current/wal-async-commit.html
    """
    setting, off, in_this_transaction = Value("synchronous_commit"), Value("off"), Value(True)
    changed = Func(setting, off, in_this_transaction, function="set_config", output_field=TextField())
    return Exact(changed, off)
