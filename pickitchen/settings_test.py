"""What the tests change."""

from pickitchen.settings import *  # noqa: F403 - a settings file is made to be extended this way

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]

# A test looks when it wants to; a thread of its own would see other rows than the test's transaction.
REMOTE_CONFIG_REFRESH_SECONDS = 0

# Each process of the tests counts for itself.
METRICS_DIR = ""
# All tests come from one address; those of the limits turn them on.
RATE_LIMITS_ENABLED = False
