"""How long a statement, a lock and an idle transaction may take.

Said when a connection begins; through PgBouncer, which lets no such word pass, they are the role's own defaults.
"""

from django.db import connection
from psycopg import sql

LIMITS = {
    "lock_timeout": "2s",
    "statement_timeout": "15s",
    "idle_in_transaction_session_timeout": "30s",
    # Indexes are in memory or on an SSD; at the default of 4 a user's page is read from the whole ledger.
    "random_page_cost": "1.1",
}
# An index of a large table takes its time, and its statistics after a restore; nobody waits as long as locks are got.
PATIENT = {"statement_timeout": "0", "idle_in_transaction_session_timeout": "0"}
# A process of the web server has few threads.
SHORT = {"statement_timeout": "5s", "idle_in_transaction_session_timeout": "10s"}
# The last looks at every row of the ledger.
OF_PROCESS = {"web": SHORT, "migrate": PATIENT, "restore": PATIENT, "repair_points": {"statement_timeout": "240s"}}


def as_options(process: str) -> str:
    """For libpq's `options`, by the name of the process."""
    limits = LIMITS | OF_PROCESS.get(process, {})
    return " ".join(f"-c {name}={value}" for name, value in limits.items())


def give_to_role() -> str:
    """Make them the defaults of the role we are, in this database, which each role may do; its name."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_user, current_database()")
        role, database = cursor.fetchone()
        for name, value in LIMITS.items():
            words = [sql.Identifier(role), sql.Identifier(database), sql.Identifier(name), sql.Literal(value)]
            cursor.execute(sql.SQL("ALTER ROLE {} IN DATABASE {} SET {} = {}").format(*words))
    return str(role)
