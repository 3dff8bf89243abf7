"""Rows of every kind that a rule of the database is about, for tests that break them one by one."""

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from apps.accounts.models import User
from apps.billing.models import CustomerAlias, Order, RevenueCatEvent, Subscription
from apps.core.snowflake import next_id
from apps.emoji.models import AbandonedGeneration, Detection, EmojiTask, TaskReport
from apps.points import ledger, reversals
from apps.points.ledger import Bucket, Kind, PointTransaction
from apps.points.models import PendingAdjustment
from tests.conftest import spend_for

NAMES = r"""
    SELECT conname FROM pg_constraint
    WHERE contype IN ('c', 'u') AND conrelid::regclass::text ~ %(ours)s AND conname !~ '_check$'
    UNION
    SELECT indexrelid::regclass::text FROM pg_index
    WHERE indisunique AND NOT indisprimary AND indrelid::regclass::text ~ %(ours)s
    UNION
    SELECT tgname FROM pg_trigger WHERE NOT tgisinternal AND tgrelid::regclass::text ~ %(ours)s
"""
# Rules that count, and are written in a trigger, say so in a sentence.
SENTENCES = {
    "ledger_is_append_only": "append-only",
    "ledger_is_never_emptied": "TRUNCATE on points_pointtransaction",
    "balances_are_never_emptied": "TRUNCATE on points_userpoints",
    "consents_are_append_only": "append-only",
    "consents_are_never_emptied": "TRUNCATE on accounts_consentrecord",
    "config_revisions_are_append_only": "append-only",
    "config_revisions_are_never_emptied": "append-only: TRUNCATE",
    "audit_is_append_only": "append-only",
    "audit_is_never_emptied": "TRUNCATE on staff_staffaction",
    "row_goes_on_from_the_last": "does not go on from",
    "refund_is_within_its_spend": "refunds no spend of this user, or more",
    "what_is_taken_back_was_given": "is of no credit of this user, or more",
    "task_is_paid_for": "has no spend of its user and cost",
    "task_stays_paid_for": "has no spend of its user and cost",
    "balance_moves_with_its_rows": "moves without rows",
    "lot_is_within_its_credit": "is of no credit of this user, or more",
    "lot_stays_within_its_credit": "is of no credit of this user, or more",
}


class World:
    """Somebody with a little of everything, and somebody else who was given points."""

    def __init__(self, user: User, other: User, staff: User, task: EmojiTask) -> None:
        self.user, self.other, self.staff, self.task = user, other, staff, task
        self.pack = self.credit(user, 1000, Kind.PURCHASE, Bucket.PURCHASED)
        self.gift = self.credit(user, 50, Kind.PROMO, Bucket.GRANTED, days=7)
        self.plain_gift = self.credit(user, 60, Kind.SIGNUP_BONUS, Bucket.GRANTED)
        self.others_gift = self.credit(other, 70, Kind.PROMO, Bucket.GRANTED)
        self.spend = ledger.charge(user.id, 200, reference="test:spend", title="A test")
        self.others_spend = ledger.charge(other.id, 20, reference="test:other", title="A test")
        reversals.claw_back(self.credit(user, 5, Kind.PURCHASE, Bucket.PURCHASED), title="A test")
        self.taken_back = PointTransaction.objects.get(user=user, kind=Kind.CLAWBACK)
        self.have_bought()
        self.have_made()

    def credit(self, user: User, amount: int, kind: Kind, bucket: Bucket, days: int | None = None) -> PointTransaction:
        end = timezone.now() + timedelta(days=days) if days else None
        given: Any = {"kind": kind, "bucket": bucket, "reference": f"test:{uuid4()}", "title": "A test"}
        return ledger.credit(user.id, amount, **given, expires_at=end)[0]

    def have_bought(self) -> None:
        line = {"user": self.user, "store": "APP_STORE", "environment": "PRODUCTION", "product_id": "points_1000"}
        now = timezone.now()
        Subscription.objects.create(**line, original_transaction_id="s-1", started_at=now)
        RevenueCatEvent.objects.create(event_id="e-1", event_at_ms=0, user=self.user)
        Order.objects.create(**line, kind="points", status="paid", transaction_id="p-1", purchased_at=now)
        CustomerAlias.objects.create(name="an alias", user=self.user)

    def have_made(self) -> None:
        EmojiTask.objects.filter(id=self.task.id).update(
            provider_task_id="provider-1", refund_transaction_id=self.gift.id
        )
        about = {"user": self.user, "photo_sha256": "a" * 64, "ratio": "1:1", "provider": "mock"}
        end = timezone.now() + timedelta(days=1)
        Detection.objects.create(**about, asked_at=timezone.now(), expires_at=end)
        AbandonedGeneration.objects.create(task=self.task, provider_task_id="provider-0")
        TaskReport.objects.create(user=self.user, task=self.task, reason="other")
        self.asked = PendingAdjustment.objects.create(
            user=self.user,
            amount=5,
            bucket="granted",
            reason="A test",
            token=uuid4(),
            requested_by=self.staff,
            expires_at=end,
        )

    def row(self, kind: str, purchased: int = 0, granted: int = 0, **changes: Any) -> None:
        """The next row of the user's ledger, as it should be but for the changes."""
        last = PointTransaction.objects.filter(user=self.user).latest("sequence")
        fields: dict[str, Any] = {
            "kind": kind,
            "sequence": last.sequence + 1,
            "amount": purchased + granted,
            "purchased_amount": purchased,
            "granted_amount": granted,
            "balance_after": last.balance_after + purchased + granted,
            "reference": f"by hand:{uuid4()}",
            "related_id": None,
            "reward_week": None,
        }
        self.copy(PointTransaction, self.pack.id, **fields | changes)

    def copy(self, model: Any, like: int | None = None, **changes: Any) -> None:
        """One more row like that one, or like the only one."""
        like = like or model.objects.get().id
        table = model._meta.db_table
        made = f"(jsonb_populate_record(one, %s::jsonb)).* FROM {table} AS one WHERE id = %s"
        self.run(f"INSERT INTO {table} SELECT {made}", [json.dumps({"id": next_id()} | changes, default=str), like])

    def order(self, **changes: Any) -> None:
        """One more task like the only one, with a spend of its own."""
        order = {"id": next_id(), "refund_transaction_id": None, "provider_task_id": None}
        order["spend_transaction_id"] = spend_for(int(str(order["id"])), self.user, self.task.cost)
        self.copy(EmojiTask, **order | changes)

    def make(self, model: Any, **fields: Any) -> None:
        model.objects.create(**fields)

    def change(self, model: Any, **changes: Any) -> None:
        model.objects.filter(id=model.objects.order_by("id").first().id).update(**changes)

    def empty(self, table: str) -> None:
        # A table with deferred checks of this transaction waiting cannot be emptied.
        self.run("SET CONSTRAINTS ALL IMMEDIATE")
        self.run(f"TRUNCATE {table} CASCADE")

    def run(self, statement: str, values: Any = ()) -> None:
        with connection.cursor() as cursor:
            cursor.execute(statement, values)


Break = Callable[[World], None]


def twice(break_it: Break) -> Break:
    def run(world: World) -> None:
        break_it(world)
        break_it(world)

    return run


def refused(world: World, rule: str, break_it: Break) -> None:
    with pytest.raises(IntegrityError, match=SENTENCES.get(rule, f'"{rule}"')), transaction.atomic():
        _broken(world, break_it)


def _broken(world: World, break_it: Break) -> None:
    break_it(world)
    world.run("SET CONSTRAINTS ALL IMMEDIATE")


def rules_of(tables: str) -> set[str]:
    """Every check, unique index and trigger of tables whose names match; but not of Django's positive numbers."""
    with connection.cursor() as cursor:
        cursor.execute(NAMES, {"ours": tables})
        return {name for (name,) in cursor.fetchall()}
