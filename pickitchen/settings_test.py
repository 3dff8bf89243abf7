"""What the tests change."""

import os
from urllib.parse import urlsplit

from apps.core import session_limits
from pickitchen.settings import *  # noqa: F403 - a settings file is made to be extended this way
from pickitchen.settings import DATABASE_VIA_PGBOUNCER, DATABASES
from pickitchen.settings import REDIS_URL as SHARED_REDIS_URL

# Where several processes share the tests, each has a database of its own in Redis too: gw0, gw1, ...
_worker = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
_redis = urlsplit(SHARED_REDIS_URL)
REDIS_URL = CELERY_BROKER_URL = _redis._replace(path=f"/{int(_redis.path[1:] or 0) + _worker}").geturl()

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]

# Each client of a test has middleware of its own, which would look through all static files before its first answer.
WHITENOISE_AUTOREFRESH = True

# A test looks when it wants to; a thread of its own would see other rows than the test's transaction.
REMOTE_CONFIG_REFRESH_SECONDS = 0

# Each process of the tests counts for itself.
METRICS_DIR = ""
# All tests come from one address; those of the limits turn them on.
RATE_LIMITS_ENABLED = False
# Each event of a test is applied at once, however soon the next one comes; those of bursts turn it on.
BILLING_BURST_SECONDS = 0
# Tests fill whole tables.
if not DATABASE_VIA_PGBOUNCER:
    DATABASES["default"]["OPTIONS"]["options"] = session_limits.as_options("test")
