"""A request keeps the id it came with, if that is one."""

import pytest
from rest_framework.test import APIClient


def test_an_id_is_kept(anonymous: APIClient) -> None:
    assert anonymous.get("/healthz", headers={"X-Request-ID": "abc-123"})["X-Request-ID"] == "abc-123"


@pytest.mark.parametrize("sent", ["", "with spaces", "x" * 65, "new\tline"])
def test_anything_else_is_replaced(anonymous: APIClient, sent: str) -> None:
    assert len(anonymous.get("/healthz", headers={"X-Request-ID": sent})["X-Request-ID"]) == 32
