"""For commands that begin with an empty database each time."""

import os

import psycopg

from dev.failure import Failure


def empty_database(url: str) -> None:
    """Only one of our own. Raises Failure."""
    if os.environ.get("DATABASE_URL"):
        raise Failure("this command empties its database: unset DATABASE_URL, so that it gets one of its own")
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("DROP SCHEMA public CASCADE")
        connection.execute("CREATE SCHEMA public")
