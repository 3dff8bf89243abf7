"""What the tests change."""

from pickitchen.settings import *  # noqa: F403 - a settings file is made to be extended this way

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
