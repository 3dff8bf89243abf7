"""Every list of the back-office costs a handful of queries, however many rows it shows."""

import re
from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.apps import apps
from django.contrib import admin
from django.contrib.admin.models import CHANGE, LogEntry
from django.db import connection
from django.http import HttpRequest
from django.test import Client, RequestFactory
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from apps.accounts import consents, data_export, deletion
from apps.accounts.models import Device, UnusedAvatar, User
from apps.backoffice.sidebar import SUBJECTS
from apps.billing.models import CustomerAlias
from apps.core.models import IdempotencyRecord
from apps.core.snowflake import next_id
from apps.emoji.models import AbandonedGeneration, Detection, EmojiTask, EmojiTemplate, PhotoUpload, TaskReport
from apps.points import ledger, reversals
from apps.points.ledger import Bucket, Kind
from apps.points.models import PendingAdjustment
from apps.staff import audit, second_factor
from apps.staff.models import Letter, SecondFactor
from tests.billing.conftest import pack, period
from tests.conftest import spend_for

PEOPLE = 4
MOST_QUERIES = 12
TABLES = [label for tables in SUBJECTS.values() for label in tables]
# One row for each of few things: of staff, of what is configured, of runs of a job.
FEW_ROWS = {
    *("core.snowflakenode", "core.invariantrun", "core.backuprun", "backoffice.dailyfigures", "emoji.providerhealth"),
    *("points.weeklyrewardrun", "remoteconfig.configrevision", "remoteconfig.nacoscopy", "remoteconfig.pointspack"),
    *("remoteconfig.subscriptionproduct", "emoji.emojitemplate", "staff.secondfactor", "staff.mailbox", "auth.group"),
    *("django_celery_beat.clockedschedule", "django_celery_beat.crontabschedule"),
    *("django_celery_beat.intervalschedule", "django_celery_beat.periodictask"),
}


@pytest.fixture
def busy(
    staff: User, template: EmojiTemplate, new_device: Callable[[], Device], send_event: Callable[..., Any]
) -> None:
    """A row or more of every table that grows, for each of some people."""
    for _ in range(PEOPLE):
        user = new_device().user
        buy(user, send_event)
        make_emoji(user, template)
        leave_traces(user, staff)


def buy(user: User, send_event: Callable[..., Any]) -> None:
    name = str(user.id)
    row, _ = ledger.credit(
        user.id, 100, kind=Kind.PROMO, bucket=Bucket.GRANTED, reference=name, title="Test", expires_at=soon()
    )
    reversals.claw_back(row, title="Test")
    ledger.credit(
        user.id, 9, kind=Kind.PROMO, bucket=Bucket.GRANTED, reference=f"{name}:9", title="", expires_at=soon()
    )
    send_event("NON_RENEWING_PURCHASE", **pack(user, transaction_id=f"p-{name}"))
    send_event("INITIAL_PURCHASE", **period(user, transaction_id=f"s-{name}", original_transaction_id=f"s-{name}"))
    CustomerAlias.objects.create(user=user, name=f"alias-{name}")


def make_emoji(user: User, template: EmojiTemplate) -> None:
    photo = {"content_type": "image/jpeg", "content_length": 1, "expires_at": soon()}
    upload = PhotoUpload.objects.create(user=user, key=f"photos/{user.id}", **photo)
    task_id = next_id()
    spend_id = spend_for(task_id, user, 1)
    task = EmojiTask.objects.create(
        id=task_id,
        user=user,
        template=template,
        upload=upload,
        cost=1,
        spend_transaction_id=spend_id,
        next_step_at=soon(),
    )
    TaskReport.objects.create(user=user, task=task, reason="wrong")
    AbandonedGeneration.objects.create(task=task, provider_task_id=f"p-{user.id}")
    asked = {"outcome": "pending", "asked_at": timezone.now(), "expires_at": soon()}
    Detection.objects.create(user=user, photo_sha256="x", ratio="1:1", provider="p", **asked)


def leave_traces(user: User, staff: User) -> None:
    consents.decide(user.id, consents.Purpose.AI_PROCESSING, granted=True, version="1", app_version="1.0.0")
    data_export.request(user.id)
    UnusedAvatar.objects.create(user=user, key=f"avatars/{user.id}", due_at=soon())
    deletion.schedule(user.id, "")
    answer = {"scope": "POST /", "key": "k", "body_sha256": b"", "status": 200, "answer": b""}
    IdempotencyRecord.objects.create(user=user, **answer)
    asked = {"amount": 1, "bucket": "granted", "reason": "Test", "requested_by": staff}
    PendingAdjustment.objects.create(user=user, token=uuid4(), expires_at=soon(), **asked)
    LogEntry.objects.log_actions(staff.pk, [user], CHANGE, "Test", single_object=True)
    audit.record(None, "test", user)
    Letter.objects.create(staff=staff, address="boss@staff.example", subject="Test", text="")


def soon() -> Any:
    return timezone.now() + timedelta(days=1)


def shape(sql: str) -> str:
    """The query without what it asks for."""
    return re.sub(r"'[^']*'|\d+", "?", sql)


def test_no_list_asks_for_each_of_its_rows(client: Client, staff: User, busy: None) -> None:
    client.force_login(staff)
    assert second_factor.new_recovery_codes(SecondFactor.objects.get(staff=staff))
    wrong: dict[str, Any] = {}
    for label in TABLES:
        with CaptureQueriesContext(connection) as queries:
            shown = client.get(reverse(f"admin:{label.replace('.', '_')}_changelist")).context["cl"].result_list
        often = Counter(shape(query["sql"]) for query in queries).most_common(1)[0]
        if len(queries) > MOST_QUERIES or often[1] > 2:
            wrong[label] = (len(queries), often)
        if len(shown) < PEOPLE and label not in FEW_ROWS:
            wrong[label] = f"only {len(shown)} rows"
    assert wrong == {}


# Django's own, one row for each thing staff save: it grows slowly.
WALKED = {"admin.logentry"}


def test_no_search_of_a_table_that_grows_walks_through_it(busy: None, staff: User, rf: RequestFactory) -> None:
    """As PostgreSQL plans it when walking costs: what has no index shows."""
    request = rf.get("/")
    request.user = staff
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
    walked = [
        f"{label}: {term}"
        for label in TABLES
        if label not in FEW_ROWS | WALKED
        for term in (str(staff.id), str(staff.billing_user_id), "a-word")
        if "Seq Scan" in plan_of_search(label, term, request)
    ]
    assert walked == []


def plan_of_search(label: str, term: str, request: HttpRequest) -> str:
    """Empty where such a term can be none."""
    page = admin.site._registry[apps.get_model(label)]
    every = page.get_queryset(request).order_by()
    found, _ = page.get_search_results(request, every, term)
    return str(found.explain()) if page.get_search_fields(request) and not found.query.is_empty() else ""
