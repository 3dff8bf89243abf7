"""One user who has one of everything, and a stranger."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from rest_framework.test import APIClient

from apps.accounts.models import DataExport, Device, Session, User
from apps.billing.models import Order
from apps.emoji.models import EmojiTask
from apps.points.models import PointTransaction
from tests.billing.conftest import pack
from tests.conftest import app_of
from tests.emoji.conftest import create, upload

API = "/api/v1"


@dataclass
class Owned:
    user: User
    app: APIClient
    upload_id: str
    task: EmojiTask
    transaction: PointTransaction
    order: Order
    session: Session
    export: DataExport


@pytest.fixture
def owned(
    app: APIClient,
    user: User,
    template: object,
    portrait: bytes,
    give_points: Callable[..., None],
    send_event: Callable[..., Any],
) -> Owned:
    give_points(user, 1000)
    upload_id = upload(app, portrait)
    task = EmojiTask.objects.get(id=int(create(app, upload_id).json()["id"]))
    send_event("NON_RENEWING_PURCHASE", **pack(user))
    export = app.post(f"{API}/user/export").json()["export_id"]
    return Owned(
        user,
        app,
        upload(app, portrait),
        task,
        PointTransaction.objects.filter(user=user).latest("id"),
        Order.objects.get(user=user),
        Session.objects.filter(user=user).latest("id"),
        DataExport.objects.get(id=int(export)),
    )


@pytest.fixture
def stranger(new_device: Callable[[], Device]) -> APIClient:
    client = app_of(new_device())
    # The first request of a session is noted.
    client.get(f"{API}/points/balance")
    return client
