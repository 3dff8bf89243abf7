"""Metrics are behind a real token, or not there at all."""

from typing import Any

import pytest

from apps.core import metrics_checks


@pytest.mark.parametrize(
    ("token", "errors"), [("", 0), ("password", 1), ("x" * 40, 1), ("a metrics token for tests only, long enough", 0)]
)
def test_production_refuses_a_weak_token(settings: Any, token: str, errors: int) -> None:
    settings.METRICS_TOKEN = token
    settings.PRODUCTION = False
    assert metrics_checks.metrics_are_behind_a_real_token() == []
    settings.PRODUCTION = True
    assert len(metrics_checks.metrics_are_behind_a_real_token()) == errors


@pytest.mark.parametrize(("address", "errors"), [("", 0), ("0.0.0.0:9100", 0), ("9100", 1), ("host:http", 1)])
def test_an_address_has_a_host_and_a_port(settings: Any, address: str, errors: int) -> None:
    settings.METRICS_ADDRESS = address
    assert len(metrics_checks.workers_tell_their_metrics_somewhere()) == errors
