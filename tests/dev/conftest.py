"""Stand-ins for vendors, for one test each."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from dev.fake_dashscope import FakeDashScope


@pytest.fixture
def start() -> Iterator[Callable[..., FakeDashScope]]:
    started: list[FakeDashScope] = []

    def start(**options: Any) -> FakeDashScope:
        started.append(FakeDashScope(**options))
        started[-1].start()
        return started[-1]

    yield start
    for fake in started:
        fake.stop()
