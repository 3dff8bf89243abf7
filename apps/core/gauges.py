"""The state of what all processes share: PostgreSQL, Redis, the clock, the nightly look at the invariants."""

import time

import redis
from django.conf import settings
from django.db import connection

from apps.core import bounded_query, metrics, redis_link
from apps.core.metrics import Labels
from apps.core.models import BackupRun, InvariantRun
from apps.core.server_health import REDIS_PATIENCE_SECONDS

PATIENCE_SECONDS = 2.0
QUEUES = ("celery",)
BEGAN = "SELECT extract(epoch FROM min(applied)) FROM django_migrations"


@metrics.state("pk_build_info", "Always 1; which release answers", ["version", "commit"])
def build() -> dict[Labels, float]:
    return {(settings.RELEASE_VERSION, settings.RELEASE_COMMIT): 1}


@metrics.state("pk_redis_up", "Whether Redis answers")
def redis_up() -> dict[Labels, float]:
    try:
        return {(): float(redis_link.client(settings.REDIS_URL, REDIS_PATIENCE_SECONDS).ping())}
    except redis.RedisError:
        return {(): 0}


@metrics.state("pk_queue_depth", "Messages that wait for a worker, by queue", ["queue"])
def queue_depth() -> dict[Labels, float]:
    broker = redis_link.client(settings.CELERY_BROKER_URL, REDIS_PATIENCE_SECONDS)
    return {(queue,): float(broker.llen(queue)) for queue in QUEUES}


@metrics.state("pk_database_up", "Whether PostgreSQL answers")
def database() -> dict[Labels, float]:
    """First of those that ask it: of a silent one this is told, and the others are not asked (metrics.READ_SECONDS)."""
    try:
        bounded_query.first_row("SELECT 1", PATIENCE_SECONDS)
    except Exception:
        return {(): 0}
    return {(): 1}


@metrics.state(
    "pk_clock_offset_seconds", "How far this machine's clock is ahead of PostgreSQL's", is_of_the_machine=True
)
def clock_offset() -> dict[Labels, float]:
    asked = time.time()
    told = float(bounded_query.first_row("SELECT extract(epoch FROM clock_timestamp())", PATIENCE_SECONDS)[0])
    return {(): (asked + time.time()) / 2 - told}


@metrics.state("pk_database_connections", "Connections to PostgreSQL, of all its databases")
def database_connections() -> dict[Labels, float]:
    return {(): _number("SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend'")}


@metrics.state("pk_database_connections_max", "Connections that PostgreSQL allows")
def most_connections() -> dict[Labels, float]:
    return {(): _number("SELECT current_setting('max_connections')::int")}


@metrics.state("pk_database_bytes", "Size of our database")
def database_size() -> dict[Labels, float]:
    return {(): _number("SELECT pg_database_size(current_database())")}


@metrics.state("pk_invariants_broken", "Invariants that the last nightly look found broken")
def invariants_broken() -> dict[Labels, float]:
    last = InvariantRun.objects.order_by("-id").first()
    return {(): len(last.broken)} if last else {}


@metrics.state(
    "pk_invariants_checked_timestamp",
    "When the invariants were looked at last, Unix time; never yet: when this database began",
)
def invariants_checked() -> dict[Labels, float]:
    """A new database has nothing to look at until its first night."""
    last = InvariantRun.objects.order_by("-id").first()
    return {(): last.created_at.timestamp() if last else _number(BEGAN)}


@metrics.state("pk_backup_last_success_timestamp", "When the last backup was made, Unix time; 0: never")
def last_backup() -> dict[Labels, float]:
    last = BackupRun.objects.order_by("-id").first()
    return {(): last.created_at.timestamp() if last else 0}


def _number(sql: str) -> float:
    with connection.cursor() as cursor:
        cursor.execute(sql)
        return float(cursor.fetchone()[0])
