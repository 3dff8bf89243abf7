"""The health of what every process stands on: PostgreSQL, its tables, the generator of ids, Redis."""

from functools import cache

from django.apps import apps
from django.conf import settings
from django.db.migrations.loader import MigrationLoader

from apps.core import bounded_query, redis_link, snowflake
from apps.core.health import Check, register

PATIENCE_SECONDS = 2.0
REDIS_PATIENCE_SECONDS = 0.5
APPLIED = "SELECT string_agg(app || '.' || name, ' ') FROM django_migrations"


def database_answers() -> bool:
    return bounded_query.first_row("SELECT 1", PATIENCE_SECONDS) == ["1"]


class Migrations:
    """Whether the tables are those of this code or newer ones. What was applied once stays so: it is asked until then.

    Migrations of other code do not matter: a release that is older than its database works.
    """

    def __init__(self) -> None:
        self._all_applied = False

    def are_applied(self) -> bool:
        if not self._all_applied:
            applied = bounded_query.first_row(APPLIED, PATIENCE_SECONDS)[0].split()
            self._all_applied = _of_this_code() <= frozenset(applied)
        return self._all_applied


def redis_answers() -> bool:
    return bool(redis_link.client(settings.REDIS_URL, REDIS_PATIENCE_SECONDS).ping())


def broker_answers() -> bool:
    return bool(redis_link.client(settings.CELERY_BROKER_URL, REDIS_PATIENCE_SECONDS).ping())


@cache
def _of_this_code() -> frozenset[str]:
    """Without what was squashed: the migration that replaces others is recorded itself when they are applied."""
    loader = MigrationLoader(None, ignore_no_migrations=True)
    ours = {config.label for config in apps.get_app_configs()}
    return frozenset(f"{app}.{name}" for app, name in loader.disk_migrations if app in ours)


register(
    Check("database", database_answers, is_vital=True),
    Check("migrations", Migrations().are_applied, is_vital=True),
    Check("snowflake", snowflake.clock_is_sound, is_vital=True),
    Check("redis", redis_answers),
    Check("broker", broker_answers),
)
