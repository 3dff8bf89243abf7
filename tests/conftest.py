"""The people, and what they hold in their hands."""

import json
import secrets
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from unittest import mock
from uuid import uuid4

import hypothesis
import pytest
import time_machine
from django.contrib.auth.signals import user_logged_in
from django.core.cache import cache
from django.db import connection
from django.http import HttpRequest
from django.test import TransactionTestCase
from django.utils import timezone
from pytest_django import DjangoDbBlocker
from rest_framework.test import APIClient

from apps.accounts import access_token, device_login, sessions
from apps.accounts.models import Device, User
from apps.accounts.shown_device import ShownDevice
from apps.core import database_clock, snowflake
from apps.core.snowflake import next_id
from apps.emoji import backends, breaker
from apps.emoji.models import EmojiTask, EmojiTemplate, PhotoUpload
from apps.points import ledger
from apps.points.ledger import Bucket, Kind
from apps.remoteconfig import live
from apps.staff import sessions as staff_sessions
from apps.staff.models import SecondFactor
from dev.fake_oss import FakeOss
from dev.fake_revenuecat import KEY, FakeRevenueCat
from tests.emptied import Tables

# How fast a machine is must not decide whether a test passes.
hypothesis.settings.register_profile(
    "pickitchen", deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow]
)
hypothesis.settings.load_profile("pickitchen")

TESTS = Path(__file__).parent
PAYLOADS = TESTS / "payloads"
A_TESTS_TIME = timedelta(seconds=30)
WEBHOOK_SECRET = "a webhook secret for tests only, long enough"


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Files whose tests run processes and browsers take longest: begun last, the last of them would keep one core."""
    items.sort(key=lambda item: item.path.relative_to(TESTS).parts[0] not in ("journeys", "browser"))


@contextmanager
def at(moment: datetime | str) -> Iterator[None]:
    """The clocks stand at this moment: ours, and the database's where we ask for it. What it said then is forgotten."""
    asked_here = mock.patch.multiple(database_clock, now=timezone.now, _answer=database_clock._Answer())
    with our_clock_at(moment), asked_here:
        yield


@contextmanager
def our_clock_at(moment: datetime | str) -> Iterator[None]:
    """This process's clock alone; the generator of ids would refuse to follow it back."""
    try:
        with time_machine.travel(moment):
            snowflake.begin_anew()
            yield
    finally:
        snowflake.begin_anew()


@pytest.fixture
def one_day(django_db_setup: None) -> None:
    """No day (UTC), nor a week of rewards, ends within the test: in the last seconds the next one is waited for."""
    now = timezone.now()
    left = now.replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1) - now
    if left < A_TESTS_TIME:
        time.sleep(left.total_seconds() + 1)


@pytest.fixture(autouse=True)
def local_photos(settings: Any, tmp_path: Path) -> Iterator[None]:
    """Each test has a photo folder of its own."""
    settings.LOCAL_PHOTO_DIR = tmp_path / "photos"
    settings.PUBLIC_BASE_URL = "http://testserver"
    settings.REVENUECAT_WEBHOOK_SECRET = WEBHOOK_SECRET
    _forget_backends()
    yield
    _forget_backends()


def _forget_backends() -> None:
    backends.forget()
    breaker.forget()
    cache.clear()
    live.forget()


@pytest.fixture
def oss(settings: Any) -> Iterator[FakeOss]:
    """OSS over HTTP, instead of the folder."""
    fake = FakeOss()
    fake.start()
    settings.OSS_BUCKET, settings.OSS_ENDPOINT = fake.bucket, fake.endpoint
    settings.OSS_ACCESS_KEY_ID = settings.OSS_ACCESS_KEY_SECRET = "a key for tests"
    backends.forget()
    yield fake
    fake.stop()


@pytest.fixture
def revenuecat(settings: Any) -> Iterator[FakeRevenueCat]:
    """Its REST API over HTTP."""
    fake = FakeRevenueCat()
    fake.start()
    settings.REVENUECAT_API_URL, settings.REVENUECAT_API_KEY = fake.url, KEY
    yield fake
    fake.stop()


@pytest.fixture(autouse=True)
def second_factor_given() -> Iterator[None]:
    """Whoever a test logs in has proved the second factor too; tests of the login itself replace this."""

    def prove(request: HttpRequest, user: User, **_: Any) -> None:
        long_ago = datetime(2000, 1, 1, tzinfo=UTC)
        fresh = {"secret": b"", "sessions_since": long_ago, "confirmed_at": long_ago}
        factor, _is_new = SecondFactor.objects.get_or_create(staff=user, defaults=fresh)
        staff_sessions.prove(request, factor)

    user_logged_in.connect(prove, weak=False, dispatch_uid="second factor of tests")
    yield
    user_logged_in.disconnect(dispatch_uid="second factor of tests")


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[Tables]:
    """Tests that commit empty the tables afterwards."""
    with django_db_blocker.unblock():
        tables = Tables()
    with mock.patch.object(TransactionTestCase, "_fixture_teardown", tables.empty):
        yield tables


@pytest.fixture
def waits_for_disk(db: None) -> Callable[[], bool]:
    """Whether the commit of the test's transaction would, as it was told last; it would at the beginning."""

    def asked() -> bool:
        with connection.cursor() as cursor:
            cursor.execute("SELECT current_setting('synchronous_commit')")
            return bool(cursor.fetchone()[0] != "off")

    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL synchronous_commit TO on")
    return asked


@pytest.fixture
def new_device() -> Callable[[], Device]:
    """A phone that has logged in for the first time."""

    def log_in() -> Device:
        shown = ShownDevice(f"device-{uuid4()}", "pkd1_" + secrets.token_urlsafe(32), "ios", "1.0.0")
        return device_login.log_in(shown).device

    return log_in


@pytest.fixture
def device(db: None, new_device: Callable[[], Device]) -> Device:
    return new_device()


@pytest.fixture
def user(device: Device) -> User:
    return device.user


@pytest.fixture
def staff(db: None) -> User:
    return User.objects.create_superuser("boss", "a-long-password-here")


@pytest.fixture
def app(device: Device) -> APIClient:
    """The user's app, logged in."""
    return app_of(device)


def app_of(device: Device) -> APIClient:
    client = APIClient()
    token = access_token.issue(sessions.start(device))
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {token}")
    return client


@pytest.fixture
def anonymous() -> APIClient:
    return APIClient()


@pytest.fixture
def give_points() -> Callable[..., None]:
    return points_given


def points_given(user: User, amount: int, bucket: Bucket = Bucket.PURCHASED) -> None:
    ledger.credit(user.id, amount, kind=Kind.PROMO, bucket=bucket, reference=f"test:{uuid4()}", title="For a test")


@pytest.fixture
def template(db: None) -> EmojiTemplate:
    return happy_template()


def happy_template() -> EmojiTemplate:
    """Present in every database; tests that empty the tables put it back."""
    made, _ = EmojiTemplate.objects.get_or_create(
        driven_id="mengwa_kaixin", defaults={"name": "Happy", "category": "mengwa"}
    )
    return made


@pytest.fixture
def portrait() -> bytes:
    return a_portrait()


def a_portrait() -> bytes:
    return (PAYLOADS / "portrait.jpg").read_bytes()


@pytest.fixture
def task(user: User, template: EmojiTemplate, portrait: bytes) -> EmojiTask:
    """Queued, with its photo in the store."""
    upload = PhotoUpload.objects.create(
        user=user,
        key="photos/1/1.jpg",
        content_type="image/jpeg",
        content_length=len(portrait),
        expires_at=timezone.now(),
    )
    backends.photo_store().write(upload.key, portrait, content_type="image/jpeg")
    task_id = next_id()
    return EmojiTask.objects.create(
        id=task_id,
        user=user,
        template=template,
        upload=upload,
        cost=200,
        spend_transaction_id=spend_for(task_id, user, 200),
        next_step_at=timezone.now(),
    )


def spend_for(task_id: int, user: User, cost: int) -> int:
    """The id of what a task took from points that were given for it; the balance is as it was."""
    points_given(user, cost)
    return ledger.charge(user.id, cost, reference=f"emoji_task:{task_id}", title="Emoji").id


def revenuecat_event(kind: str, **fields: Any) -> dict[str, Any]:
    """One of the vendor's sample bodies with a fresh event id, and other fields where the test needs them."""
    body: dict[str, Any] = json.loads((PAYLOADS / "revenuecat" / f"{kind}.json").read_text())
    body["event"] |= {"id": str(uuid4()).upper(), **fields}
    return body


@pytest.fixture
def send_event(anonymous: APIClient) -> Callable[..., Any]:
    """RevenueCat's side of the webhook."""

    def send(kind: str, **fields: Any) -> Any:
        return anonymous.post(
            "/api/v1/webhooks/revenuecat",
            revenuecat_event(kind, **fields),
            format="json",
            headers={"Authorization": f"Bearer {WEBHOOK_SECRET}"},
        )

    return send
