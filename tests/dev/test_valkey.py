"""A real Valkey of its own, behind a password nobody else has."""

from pathlib import Path

import pytest
import redis

from dev.children import children
from dev.valkey import start_valkey


def test_it_answers_who_knows_the_password(tmp_path: Path) -> None:
    with children() as family:
        url = start_valkey(family, tmp_path)
        with redis.Redis.from_url(url) as client:
            assert client.ping()
        with redis.Redis.from_url(url.replace("redis://:", "redis://:no")) as stranger, pytest.raises(redis.RedisError):
            stranger.ping()


def test_one_that_outlived_its_command_is_replaced(tmp_path: Path) -> None:
    with children() as family:
        start_valkey(family, tmp_path)
        old = family.running[0]
        with children() as next_family:
            start_valkey(next_family, tmp_path)
            assert old.process.wait(60) is not None
