"""Secrets and faces are in no row, no key of Redis, no log, no answer that did not give them, no page of staff."""

import secrets
from collections.abc import Iterator
from typing import Any

import pytest
import redis
from django.contrib.admin import site
from django.db import connection
from django.test import Client
from django.urls import reverse
from psycopg import sql

from apps.accounts.models import User
from apps.emoji.models import EmojiTask
from dev.mobile_app import MobileApp
from tests.conftest import revenuecat_event
from tests.journeys.conftest import Product, wait_until
from tests.journeys.test_logs import everything

WEBHOOK_SECRET = secrets.token_urlsafe(32)


@pytest.fixture
def canaries(product: Product) -> dict[str, str]:
    """What a user and RevenueCat have shown, while an emoji was made and things went wrong."""
    product.env |= {"LOG_FORMAT": "json", "REVENUECAT_WEBHOOK_SECRET": WEBHOOK_SECRET}
    product.start_web()
    product.start_worker()
    product.start_beat()
    app = product.app_with_points(400)
    first = app.login()
    renewed = app.http.post(
        f"{app.api}/auth/refresh", json={"refresh_token": first["refresh_token"]}, timeout=10
    ).json()
    task = app.create_task("mengwa_kaixin", product.upload(app))
    wait_until(lambda: EmojiTask.objects.filter(id=int(task["id"]), status="succeeded").exists(), "it is made")
    canaries = {
        "device id": app.device_id,
        "device secret": app.device_secret,
        "access token": first["access_token"],
        "refresh token": first["refresh_token"],
        "refresh token that lives": renewed["refresh_token"],
        "webhook secret": WEBHOOK_SECRET,
        "photo": product.portrait[2000:2024].hex(),
    }
    go_wrong(app, canaries)
    return canaries


def go_wrong(app: MobileApp, canaries: dict[str, str]) -> None:
    """Each secret where it is not expected; the answer does not repeat it."""
    event = revenuecat_event("TEST")
    hooks = f"{app.api}/webhooks/revenuecat"
    for name, secret in canaries.items():
        bearer = {"Authorization": f"Bearer {secret}x"}
        answers = [
            app.storage.get(f"{app.api}/user/profile", headers=bearer, timeout=30),
            app.storage.post(hooks, json=event, headers=bearer, timeout=30),
            app.storage.post(f"{app.api}/auth/refresh", json={"refresh_token": f"{secret}x"}, timeout=30),
            app.storage.post(f"{app.api}/auth/login", json={"device_id": f" {secret}", "platform": secret}, timeout=30),
            app.storage.post(f"{app.api}/auth/login", data=f'{{"device_secret": "{secret}', timeout=30),
            app.http.post(f"{app.api}/emoji/tasks", json={"upload_id": secret, secret: secret}, timeout=30),
            app.http.get(f"{app.api}/points/transactions", params={"cursor": secret}, timeout=30),
        ]
        for answer in answers:
            assert answer.status_code < 500
            assert secret not in answer.text, f"{name}: {answer.request.url}"


def test_a_secret_is_nowhere_in_clear(product: Product, canaries: dict[str, str], staff: User) -> None:
    places = {"the database": database(), "Redis": valkey(product), "the logs": everything(product)}
    places |= staff_pages(staff)
    for name, canary in canaries.items():
        for place, content in places.items():
            assert canary not in content, f"{name} is in {place}"


def test_the_search_would_find_one(product: Product, canaries: dict[str, str], staff: User) -> None:
    user = User.objects.get(is_staff=False)
    User.objects.filter(id=user.id).update(nickname=canaries["device secret"])
    assert canaries["device secret"] in database()
    assert any(canaries["device secret"] in page for page in staff_pages(staff).values())
    redis.Redis.from_url(product.env["REDIS_URL"]).set("a key", canaries["device secret"])
    assert canaries["device secret"] in valkey(product)


def database() -> str:
    """Every row of every table, as a dump would have it; bytes in hexadecimal."""
    with connection.cursor() as cursor:
        return "\n".join(
            str(row) for table in connection.introspection.table_names(cursor) for row in rows(cursor, table)
        )


def rows(cursor: Any, table: str) -> Iterator[str]:
    cursor.execute(sql.SQL("SELECT t::text FROM {} t").format(sql.Identifier(table)))
    return (row[0] for row in cursor.fetchall())


def valkey(product: Product) -> str:
    client: Any = redis.Redis.from_url(product.env["REDIS_URL"])
    kinds = {
        b"string": client.get,
        b"hash": client.hgetall,
        b"set": client.smembers,
        b"list": lambda key: client.lrange(key, 0, -1),
        b"zset": lambda key: client.zrange(key, 0, -1),
    }
    return "\n".join(f"{key!r} {kinds[client.type(key)](key)!r}" for key in client.scan_iter())


def staff_pages(staff: User) -> dict[str, str]:
    """Each list, and the page of each list's first row."""
    client = Client()
    pages: dict[str, str] = {}
    client.force_login(staff)
    for model in site._registry:
        name = f"admin:{model._meta.app_label}_{model._meta.model_name}"
        urls = [reverse(f"{name}_changelist")]
        if row := model._default_manager.order_by("-pk").first():
            urls.append(reverse(f"{name}_change", args=[row.pk]))
        pages |= {url: client.get(url, follow=True).content.decode() for url in urls}
    return pages
