"""Metrics are told where somebody can hear them."""

from typing import Any

import pytest

from apps.core import metrics_checks


@pytest.mark.parametrize(("address", "errors"), [("", 0), ("0.0.0.0:9100", 0), ("9100", 1), ("host:http", 1)])
def test_an_address_has_a_host_and_a_port(settings: Any, address: str, errors: int) -> None:
    settings.METRICS_ADDRESS = address
    assert len(metrics_checks.workers_tell_their_metrics_somewhere()) == errors
