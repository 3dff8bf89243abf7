"""What is broken is found and named; what holds is left alone."""

import json
from collections.abc import Callable
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from apps.accounts.models import User
from apps.core import tasks
from apps.core.models import InvariantRun
from apps.emoji.models import EmojiTask
from apps.points import ledger
from tests.past_the_ledger import past_the_ledger


def check(*arguments: str) -> str:
    out = StringIO()
    call_command("check_invariants", *arguments, stdout=out)
    return out.getvalue()


@pytest.fixture
def spent(user: User, give_points: Callable[..., None]) -> User:
    give_points(user, 500)
    ledger.charge(user.id, 200, reference="test:1", title="A test")
    return user


def test_a_sound_database_holds(spent: User) -> None:
    told = check()
    assert "BROKEN" not in told
    assert "holds   I1   a balance is the sum of its ledger rows, by bucket" in told
    assert not InvariantRun.objects.exists()


@pytest.mark.parametrize(
    ("statement", "code"),
    [
        ("UPDATE points_userpoints SET granted = granted + 5", "I1"),
        ("DELETE FROM points_userpoints", "I1"),
        ("ALTER TABLE points_userpoints DROP CONSTRAINT granted_points_not_negative", "I2"),
        ("UPDATE points_pointtransaction SET balance_after = 999 WHERE kind = 'spend'", "I3"),
        ("UPDATE points_pointtransaction SET sequence = 7 WHERE kind = 'spend'", "I3"),
        ("UPDATE points_pointtransaction SET reference = 'emoji_task:5' WHERE kind = 'spend'", "I4"),
        ("ALTER TABLE points_pointtransaction DROP CONSTRAINT one_transaction_per_fact", "I5"),
        ("UPDATE points_pointtransaction SET created_at = created_at - interval '1 hour'", "I16"),
    ],
)
def test_what_is_broken_by_hand_is_found(spent: User, statement: str, code: str) -> None:
    with past_the_ledger() as cursor:
        cursor.execute(statement)
    with pytest.raises(CommandError, match=rf"broken: {code}$"):
        check()


@pytest.mark.parametrize(
    ("table", "trigger"),
    [
        ("emoji_emojitask", "task_is_paid_for"),
        ("emoji_emojitask", "task_stays_paid_for"),
        ("points_pointtransaction", "ledger_is_append_only"),
        ("points_pointtransaction", "ledger_is_never_emptied"),
        ("points_pointtransaction", "refund_is_within_its_spend"),
        ("points_pointtransaction", "row_goes_on_from_the_last"),
        ("points_pointtransaction", "what_is_taken_back_was_given"),
        ("points_userpoints", "balance_moves_with_its_rows"),
        ("points_userpoints", "balances_are_never_emptied"),
        ("points_grantlot", "lot_is_within_its_credit"),
        ("points_grantlot", "lot_stays_within_its_credit"),
    ],
)
def test_a_trigger_that_looks_no_more_is_found(spent: User, table: str, trigger: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER {trigger}")
    with pytest.raises(CommandError, match=r"broken: I(4|20)$"):
        check()


def test_a_task_nobody_paid_for_is_found(task: EmojiTask) -> None:
    with past_the_ledger() as cursor:
        cursor.execute("UPDATE emoji_emojitask SET spend_transaction_id = 1")
    with pytest.raises(CommandError, match=r"broken: I4$"):
        check()


def test_programs_read_json(spent: User) -> None:
    result = json.loads(check("--json"))
    assert (result["broken"], "I20" in result["checked"]) == ({}, True)


def test_beat_checks_every_night_and_keeps_the_result(spent: User) -> None:
    with past_the_ledger() as cursor:
        cursor.execute("UPDATE points_userpoints SET granted = granted + 5")
    tasks.check_invariants()
    assert InvariantRun.objects.get().broken["I1"]["rows"] == [f"user {spent.id}"]
