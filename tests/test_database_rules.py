"""What the database refuses, whoever asks: each rule of points, purchases and emoji, by what breaks it alone.

A bug of ours must not be able to corrupt money, so each rule stands in PostgreSQL and is seen to refuse here.
"""

from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest
from django.db.models import F
from django.utils import timezone

from apps.accounts.models import Device, User
from apps.billing.models import CustomerAlias, Order, RevenueCatEvent, Subscription
from apps.core.snowflake import next_id
from apps.emoji.models import AbandonedGeneration, Detection, EmojiTask, EmojiTemplate, PhotoUpload, TaskReport
from apps.points.models import Clawback, GrantLot, PendingAdjustment, UserPoints
from tests.past_the_ledger import past_the_ledger
from tests.rows_with_rules import Break, World, refused, rules_of, twice

OURS = "^(points|billing|emoji)_"


@pytest.fixture
def world(user: User, new_device: Callable[[], Device], staff: User, task: EmojiTask) -> World:
    return World(user, new_device().user, staff, task)


BETWEEN_BUCKETS = "UPDATE points_userpoints SET granted = granted + 5, purchased = purchased - 5 WHERE purchased > 5"
BY_STAFF: dict[str, Any] = {"reason": "A test"}
NOW = timezone.now()
NEXT = F("last_sequence") + 1
SQUARE = {"width": 400, "height": 400}
FLAT = {"result_width": 1, "result_height": 0}
NARROW = {"result_width": 0, "result_height": 1}
# A repair may end where the rows before it do not lead to.
BELOW_NOTHING: dict[str, Any] = {"balance_after": -1, "reference": "repair:by hand"}
# What an approval lacks, or another decision has too much.
HALF_DECIDED: list[dict[str, Any]] = [
    {"decided_by_id": None},
    {"decided_at": None},
    {"row_id": None},
    {"row_id": None, "decided_by_id": None, "decided_at": None},
    {"decision": "refused"},
    {"decision": "refused", "row_id": None, "decided_by_id": None},
    {"decision": "refused", "row_id": None, "decided_at": None},
    {"decision": "waiting", "row_id": None, "decided_by_id": None},
    {"decision": "waiting", "row_id": None, "decided_at": None},
    {"decision": "waiting", "decided_by_id": None, "decided_at": None},
    {"decision": "unheard of"},
]

# Of one row, whatever the others are.
LEDGER_ROWS: list[tuple[str, Break]] = [
    ("transaction_moves_points", lambda w: w.row("adjustment", staff_id=w.staff.id, **BY_STAFF)),
    ("transaction_is_its_parts", lambda w: w.row("promo", 10, purchased_amount=5)),
    ("balance_after_not_negative", lambda w: w.row("adjustment", -1, staff_id=w.staff.id, **BY_STAFF, **BELOW_NOTHING)),
    ("adjustment_has_staff_and_reason", lambda w: w.row("adjustment", 10, staff_id=w.staff.id)),
    ("adjustment_has_staff_and_reason", lambda w: w.row("adjustment", 10, **BY_STAFF)),
    ("spending_takes_points", lambda w: w.row("spend", 10)),
    ("spending_takes_points", lambda w: w.row("spend", 1, -20)),
    ("spending_takes_points", lambda w: w.row("spend", -20, 1)),
    *(
        ("giving_gives_points", lambda w, kind=kind: w.row(kind, -10))
        for kind in ("purchase", "subscription_grant", "signup_bonus", "promo", "transfer_in")
    ),
    ("giving_gives_points", lambda w: w.row("purchase", 10, -1)),
    ("giving_gives_points", lambda w: w.row("weekly_reward", -1, 10, reward_week="2026-W01")),
    ("giving_gives_points", lambda w: w.row("clawback_reversal", -5, related_id=w.pack.id)),
    ("taking_back_takes_points", lambda w: w.row("transfer_out", 10)),
    ("taking_back_takes_points", lambda w: w.row("clawback", 10, related_id=w.pack.id)),
    ("taking_back_takes_points", lambda w: w.row("clawback", 1, -20, related_id=w.pack.id)),
    ("taking_back_takes_points", lambda w: w.row("clawback", -20, 1, related_id=w.pack.id)),
    ("taking_back_takes_points", lambda w: w.row("expiry", 0, 10, related_id=w.gift.id)),
    ("bought_points_never_expire", lambda w: w.row("expiry", -10, related_id=w.pack.id)),
    *(
        ("weekly_reward_has_its_week", lambda w, week=week: w.row("weekly_reward", 0, 10, reward_week=week))
        for week in (None, "", "2026-48", "2026-W00", "2026-W54", "2026-W1", "26-W481")
    ),
    ("weekly_reward_has_its_week", lambda w: w.row("promo", 10, reward_week="2026-W48")),
]
# Of a row and those that are there.
LEDGER: list[tuple[str, Break]] = [
    ("one_transaction_per_fact", lambda w: w.row("purchase", 10, reference=w.pack.reference)),
    ("one_reward_per_user_and_week", twice(lambda w: w.row("weekly_reward", 0, 5, reward_week="2026-W48"))),
    ("one_refund_per_spend", twice(lambda w: w.row("refund", 0, 10, related_id=w.spend.id))),
    ("row_goes_on_from_the_last", lambda w: w.row("promo", 10, sequence=99)),
    ("row_goes_on_from_the_last", lambda w: w.row("promo", 10, sequence=1)),
    ("row_goes_on_from_the_last", lambda w: w.row("promo", 10, balance_after=10_000)),
    ("row_goes_on_from_the_last", lambda w: w.row("promo", 10, balance_after=10)),
    ("row_goes_on_from_the_last", lambda w: w.row("promo", 10, balance_after=10_000, reference="repair:by hand")),
    ("row_goes_on_from_the_last", lambda w: w.row("adjustment", 10, balance_after=10, staff_id=w.staff.id, **BY_STAFF)),
    ("row_goes_on_from_the_last", lambda w: w.row("spend", -10, balance_after=10_000)),
    ("refund_is_within_its_spend", lambda w: w.row("refund", 10)),
    ("refund_is_within_its_spend", lambda w: w.row("refund", 0, 10, related_id=w.others_spend.id)),
    ("refund_is_within_its_spend", lambda w: w.row("refund", 0, 10, related_id=w.gift.id)),
    ("refund_is_within_its_spend", lambda w: w.row("refund", 5, related_id=w.taken_back.id)),
    ("refund_is_within_its_spend", lambda w: w.row("refund", 0, 201, related_id=w.spend.id)),
    ("refund_is_within_its_spend", lambda w: w.row("refund", 0, 111, related_id=w.spend.id)),
    ("refund_is_within_its_spend", lambda w: w.row("refund", 91, 0, related_id=w.spend.id)),
    ("what_is_taken_back_was_given", lambda w: w.row("clawback", -10)),
    ("what_is_taken_back_was_given", lambda w: w.row("clawback", -51, related_id=w.gift.id)),
    ("what_is_taken_back_was_given", lambda w: w.row("clawback", -10, related_id=w.others_gift.id)),
    ("what_is_taken_back_was_given", lambda w: w.row("clawback", -10, related_id=w.spend.id)),
    ("what_is_taken_back_was_given", lambda w: w.row("clawback_reversal", 1001, related_id=w.pack.id)),
    ("what_is_taken_back_was_given", lambda w: w.row("expiry", 0, -10, related_id=w.others_gift.id)),
    ("ledger_is_append_only", lambda w: w.run("UPDATE points_pointtransaction SET title = 'x'")),
    ("ledger_is_append_only", lambda w: w.run("DELETE FROM points_pointtransaction")),
    ("ledger_is_never_emptied", lambda w: w.empty("points_pointtransaction")),
]
BALANCES: list[tuple[str, Break]] = [
    ("purchased_points_not_negative", lambda w: w.change(UserPoints, purchased=-1)),
    ("granted_points_not_negative", lambda w: w.change(UserPoints, granted=-1)),
    ("points_userpoints_user_id_key", lambda w: w.make(UserPoints, user=w.user)),
    ("balance_moves_with_its_rows", lambda w: w.change(UserPoints, granted=5)),
    ("balance_moves_with_its_rows", lambda w: w.change(UserPoints, purchased=10_000)),
    ("balance_moves_with_its_rows", lambda w: w.change(UserPoints, last_sequence=1)),
    ("balance_moves_with_its_rows", lambda w: w.change(UserPoints, last_sequence=99)),
    ("balance_moves_with_its_rows", lambda w: w.make(UserPoints, user=w.staff, granted=5)),
    ("balance_moves_with_its_rows", lambda w: w.make(UserPoints, user=w.staff, purchased=5)),
    ("balance_moves_with_its_rows", lambda w: w.make(UserPoints, user=w.staff, last_sequence=5)),
    # What one row says moves the balance once, its owner's, and as it says.
    ("balance_moves_with_its_rows", lambda w: moved(w.user, NEXT, granted=w.plain_gift.amount)),
    ("balance_moves_with_its_rows", lambda w: moved(w.user, w.plain_gift.sequence, granted=w.plain_gift.amount)),
    ("balance_moves_with_its_rows", lambda w: moved(w.other, w.plain_gift.sequence, granted=w.plain_gift.amount)),
    ("balance_moves_with_its_rows", lambda w: moved_with_a_promo_of_ten(w, purchased=1, granted=10)),
    ("balance_moves_with_its_rows", lambda w: moved_with_a_promo_of_ten(w, granted=11)),
    ("balance_moves_with_its_rows", lambda w: w.run("DELETE FROM points_userpoints")),
    ("balance_moves_with_its_rows", lambda w: w.run(BETWEEN_BUCKETS)),
    ("balance_moves_with_its_rows", lambda w: w.change(UserPoints, user_id=w.staff.id)),
    ("balances_are_never_emptied", lambda w: w.empty("points_userpoints")),
    ("lot_not_negative", lambda w: w.change(GrantLot, remaining=-1)),
    ("points_grantlot_credit_id_key", lambda w: w.copy(GrantLot)),
    ("lot_is_within_its_credit", lambda w: w.copy(GrantLot, credit_id=w.plain_gift.id, remaining=61)),
    ("lot_is_within_its_credit", lambda w: w.copy(GrantLot, credit_id=w.pack.id, remaining=1)),
    ("lot_is_within_its_credit", lambda w: w.copy(GrantLot, credit_id=w.others_gift.id, remaining=1)),
    ("lot_stays_within_its_credit", lambda w: w.change(GrantLot, remaining=51)),
    ("lot_stays_within_its_credit", lambda w: w.change(GrantLot, user_id=w.other.id)),
    ("lot_stays_within_its_credit", lambda w: w.change(GrantLot, credit_id=w.others_gift.id)),
    ("clawback_not_negative", lambda w: w.change(Clawback, taken=-1)),
    ("clawback_not_negative", lambda w: w.change(Clawback, shortfall=-1)),
    ("one_clawback_of_a_credit_at_a_time", lambda w: w.copy(Clawback)),
]
ADJUSTMENTS: list[tuple[str, Break]] = [
    ("pending_adjustment_moves_points", lambda w: w.change(PendingAdjustment, amount=0)),
    ("pending_adjustment_moves_points", lambda w: w.change(PendingAdjustment, reason="")),
    ("points_pendingadjustment_token_key", lambda w: w.copy(PendingAdjustment)),
    *(
        ("decided_adjustment_tells_by_whom", lambda w, odd=odd: w.change(PendingAdjustment, **decided(w, **odd)))
        for odd in HALF_DECIDED
    ),
    (
        "nobody_approves_their_own_adjustment",
        lambda w: w.change(PendingAdjustment, **decided(w, decided_by_id=w.staff.id)),
    ),
    (
        "points_pendingadjustment_row_id_key",
        twice(lambda w: w.copy(PendingAdjustment, w.asked.id, token=uuid4(), **decided(w))),
    ),
]
PURCHASES: list[tuple[str, Break]] = [
    ("billing_revenuecatevent_event_id_key", lambda w: w.copy(RevenueCatEvent)),
    ("billing_customeralias_name_key", lambda w: w.copy(CustomerAlias, user_id=w.other.id)),
    ("one_row_per_subscription_line", lambda w: w.copy(Subscription, user_id=w.other.id)),
    ("one_order_per_payment", lambda w: w.copy(Order, user_id=w.other.id)),
    ("order_grants_no_negative_points", lambda w: w.change(Order, points_granted=-1, points_taken_back=-1)),
    ("order_takes_back_what_it_granted", lambda w: w.change(Order, points_granted=5, points_taken_back=6)),
    ("order_takes_back_what_it_granted", lambda w: w.change(Order, points_granted=5, points_taken_back=-1)),
    ("order_has_a_quantity", lambda w: w.change(Order, quantity=0)),
]
EMOJI: list[tuple[str, Break]] = [
    ("emoji_task_costs_points", lambda w: w.change(EmojiTask, cost=0)),
    (
        "emoji_emojitask_spend_transaction_id_key",
        lambda w: w.order(spend_transaction_id=w.task.spend_transaction_id),
    ),
    ("task_is_paid_for", lambda w: w.order(spend_transaction_id=next_id())),
    ("task_is_paid_for", lambda w: w.order(spend_transaction_id=w.spend.id)),
    ("task_is_paid_for", lambda w: w.order(spend_transaction_id=w.gift.id)),
    ("task_is_paid_for", lambda w: w.order(user_id=w.other.id)),
    ("task_is_paid_for", lambda w: w.order(cost=199)),
    ("task_is_paid_for", lambda w: w.order(id=next_id())),
    ("task_stays_paid_for", lambda w: w.change(EmojiTask, spend_transaction_id=w.spend.id)),
    ("task_stays_paid_for", lambda w: w.change(EmojiTask, user_id=w.other.id)),
    ("task_stays_paid_for", lambda w: w.change(EmojiTask, cost=100)),
    ("emoji_emojitask_refund_transaction_id_key", lambda w: w.order(refund_transaction_id=w.gift.id)),
    ("emoji_emojitask_provider_task_id_key", lambda w: w.order(provider_task_id="provider-1")),
    ("never_a_third_submission", lambda w: w.change(EmojiTask, submit_no=3)),
    ("succeeded_task_has_a_result", lambda w: w.change(EmojiTask, **succeeded(result_key=""))),
    ("succeeded_task_has_a_result", lambda w: w.change(EmojiTask, **succeeded(result_size=0))),
    ("succeeded_task_has_a_result", lambda w: w.change(EmojiTask, **succeeded(result_sha256=""))),
    *(
        ("clip_has_a_length_and_a_size_or_none", lambda w, odd=odd: w.change(EmojiTask, **odd))
        for odd in ({"result_duration_ms": 0}, {"result_width": 1}, {"result_height": 1}, FLAT, NARROW)
    ),
    ("failed_task_has_a_code", lambda w: w.change(EmojiTask, status="failed", completed_at=NOW)),
    ("ended_task_has_an_end", lambda w: w.change(EmojiTask, status="canceled")),
    ("ended_task_has_an_end", lambda w: w.change(EmojiTask, completed_at=NOW)),
    ("ended_task_has_an_end", lambda w: w.change(EmojiTask, status="unheard of")),
    ("deleted_task_has_ended", lambda w: w.change(EmojiTask, deleted_at=NOW)),
    ("emoji_photoupload_key_key", lambda w: w.copy(PhotoUpload)),
    ("checked_photo_has_dimensions", lambda w: w.change(PhotoUpload, checked_at=NOW, width=1)),
    ("checked_photo_has_dimensions", lambda w: w.change(PhotoUpload, checked_at=NOW, height=1)),
    ("checked_photo_is_the_declared", lambda w: w.change(PhotoUpload, checked_at=NOW, **SQUARE, declared_sha256="b")),
    ("removed_photo_was_closed", lambda w: w.change(PhotoUpload, removed_at=NOW)),
    ("one_detection_per_photo", lambda w: w.copy(Detection)),
    ("detection_names_a_photo", lambda w: w.change(Detection, photo_sha256="")),
    ("passed_detection_has_boxes", lambda w: w.change(Detection, outcome="passed", face_box=[1, 2, 3, 4])),
    ("passed_detection_has_boxes", lambda w: w.change(Detection, outcome="passed", extended_box=[1, 2, 3, 4])),
    ("refused_detection_says_why", lambda w: w.change(Detection, outcome="refused")),
    ("emoji_abandonedgeneration_provider_task_id_key", lambda w: w.copy(AbandonedGeneration)),
    ("one_report_per_user_and_task", lambda w: w.copy(TaskReport)),
    ("emoji_emojitemplate_driven_id_key", lambda w: w.copy(EmojiTemplate, w.task.template_id)),
    ("clips_of_a_template_last", lambda w: w.change(EmojiTemplate, duration_ms=0)),
    ("template_names_are_by_language", lambda w: w.change(EmojiTemplate, names=[])),
]
# Others refuse the same before them.
BEHIND: list[tuple[str, Break]] = [
    ("one_row_per_user_and_sequence", lambda w: w.row("promo", 10, sequence=1)),
    ("reversal_names_what_it_reverses", lambda w: w.row("refund", 10)),
    ("reversal_names_what_it_reverses", lambda w: w.row("clawback", -10)),
    ("reversal_names_what_it_reverses", lambda w: w.row("clawback_reversal", 10)),
]
RULES = [*LEDGER_ROWS, *LEDGER, *BALANCES, *ADJUSTMENTS, *PURCHASES, *EMOJI]


def succeeded(**changes: Any) -> dict[str, Any]:
    clip = {"result_key": "a clip", "result_size": 1, "result_sha256": "a" * 64}
    return {"status": "succeeded", "completed_at": NOW} | clip | changes


def moved(user: User, sequence: Any, *, purchased: int = 0, granted: int = 0) -> None:
    """The balance alone, as if the row of this number said so."""
    UserPoints.objects.filter(user=user).update(
        purchased=F("purchased") + purchased, granted=F("granted") + granted, last_sequence=sequence
    )


def moved_with_a_promo_of_ten(world: World, **parts: int) -> None:
    world.row("promo", 0, 10)
    moved(world.user, NEXT, **parts)


def decided(world: World, **changes: Any) -> dict[str, Any]:
    """As an approval is, but for the changes."""
    approval = {"decision": "approved", "decided_by_id": world.other.id, "decided_at": NOW, "row_id": world.gift.id}
    return approval | changes


@pytest.mark.parametrize(("rule", "break_it"), RULES)
def test_the_database_refuses(world: World, rule: str, break_it: Break) -> None:
    refused(world, rule, break_it)


@pytest.mark.parametrize(("rule", "break_it"), BEHIND)
def test_the_database_refuses_also_where_no_trigger_looks(world: World, rule: str, break_it: Break) -> None:
    with past_the_ledger():
        refused(world, rule, break_it)


def test_what_breaks_no_rule_is_taken(world: World) -> None:
    """Else the rows above might be refused for something else."""
    world.order()
    world.row("promo", 10)
    world.row("refund", 90, 110, related_id=world.spend.id)
    world.row("weekly_reward", 0, 10, reward_week="2026-W53")
    world.change(EmojiTask, **succeeded())


@pytest.mark.django_db
def test_every_rule_is_seen_to_refuse() -> None:
    assert rules_of(OURS) == {rule for rule, _ in [*RULES, *BEHIND]}
