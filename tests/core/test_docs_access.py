"""T-19: in production the description of the API is staff's."""

from typing import Any

import pytest
from django.test import Client

from apps.accounts.models import User

pytestmark = [pytest.mark.django_db, pytest.mark.parametrize("path", ["/docs", "/api/v1/openapi.json"])]


def test_everybody_reads_it_where_apps_are_made(client: Client, path: str) -> None:
    assert client.get(path).status_code == 200


def test_staff_alone_read_it_in_production(client: Client, staff: User, settings: Any, path: str) -> None:
    settings.DOCS_FOR_STAFF_ONLY = True
    refused = client.get(path)
    assert (refused.status_code, refused["Content-Type"]) == (401, "application/problem+json")
    assert refused.json()["code"] == "authentication_required"
    client.force_login(staff)
    assert client.get(path).status_code == 200
