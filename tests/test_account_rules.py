"""What the database refuses of people, their devices and sessions: whose something is, and that it is done once."""

from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest
from django.utils import timezone

from apps.accounts.models import (
    AccountDeletion,
    ConsentRecord,
    DataExport,
    Device,
    RefreshToken,
    Session,
    UnusedAvatar,
    User,
)
from apps.core.models import IdempotencyRecord
from apps.emoji.models import EmojiTask
from tests.rows_with_rules import Break, World, refused, rules_of, twice

OURS = "^(accounts_(?!user_(groups|user_permissions)$)|core_idempotencyrecord$)"
NOW = timezone.now()


@pytest.fixture
def world(user: User, new_device: Callable[[], Device], staff: User, task: EmojiTask) -> World:
    device = Device.objects.get(user=user)
    about = {"user": user, "device": device, "auth_level": "secret", "expires_at": NOW}
    Session.objects.all().delete()
    session = Session.objects.create(**about)
    RefreshToken.objects.create(session=session, token_sha256=b"1" * 32, expires_at=NOW)
    ConsentRecord.objects.create(user=user, purpose="ai_processing", version="1", granted=True)
    AccountDeletion.objects.create(user=user, due_at=NOW, next_try_at=NOW)
    DataExport.objects.create(user=user, next_try_at=NOW)
    UnusedAvatar.objects.create(user=user, key="avatars/1.jpg", due_at=NOW)
    IdempotencyRecord.objects.create(user=user, scope="s", key="k", body_sha256=b"", status=200, answer=b"")
    return World(user, new_device().user, staff, task)


def rotated(**changes: Any) -> dict[str, Any]:
    """One more refresh token differs in these."""
    return {"token_sha256": r"\x" + uuid4().hex, "rotated_at": NOW, "salt": r"\x00"} | changes


def following(world: World) -> None:
    world.copy(RefreshToken, first(RefreshToken), **rotated(predecessor_id=first(RefreshToken)))


def without_secret(world: World) -> None:
    Device.objects.filter(user=world.user).update(secret_state="issued", secret_sha256=None)


PEOPLE: list[tuple[str, Break]] = [
    ("staff_have_a_username", lambda w: w.change(User, is_staff=True, username=None)),
    ("staff_have_a_username", lambda w: w.change(User, is_superuser=True, username=None)),
    ("suspension_has_a_reason", lambda w: w.change(User, suspended_at=NOW, is_active=False)),
    ("suspension_has_a_reason", lambda w: w.change(User, suspended_at=NOW, suspension_reason="x")),
    ("suspension_has_a_reason", lambda w: w.change(User, suspended_until=NOW)),
    ("suspension_has_a_reason", lambda w: w.change(User, suspension_reason="x")),
    ("suspension_has_a_reason", lambda w: w.change(User, is_active=False, suspension_reason="x")),
    ("accounts_user_username_key", lambda w: w.copy(User, w.staff.id, billing_user_id=uuid4())),
    ("accounts_user_billing_user_id_key", lambda w: w.copy(User, w.user.id)),
    ("accounts_device_device_id_mac_key", lambda w: w.copy(Device, first(Device), user_id=w.other.id)),
    ("device_secret_state_is_known", lambda w: w.change(Device, secret_state="unheard of")),
    ("bound_device_has_a_secret", without_secret),
    ("previous_secret_has_an_end", lambda w: w.change(Device, secret_prev_sha256=b"1")),
    ("previous_secret_has_an_end", lambda w: w.change(Device, secret_prev_until=NOW)),
]
LOGINS: list[tuple[str, Break]] = [
    ("revoked_session_has_a_reason", lambda w: w.change(Session, revoked_at=NOW)),
    ("revoked_session_has_a_reason", lambda w: w.change(Session, revoked_reason="logout")),
    ("one_last_refresh_token_per_session", lambda w: w.copy(RefreshToken, first(RefreshToken), token_sha256=r"\x00")),
    (
        "accounts_refreshtoken_token_sha256_key",
        lambda w: w.copy(RefreshToken, first(RefreshToken), rotated_at=NOW, salt=r"\x00"),
    ),
    ("accounts_refreshtoken_predecessor_id_key", twice(following)),
    ("rotated_refresh_token_has_a_salt", lambda w: w.change(RefreshToken, rotated_at=NOW)),
    ("rotated_refresh_token_has_a_salt", lambda w: w.change(RefreshToken, salt=b"1")),
    ("one_answer_per_idempotency_key", lambda w: w.copy(IdempotencyRecord)),
]
DATA: list[tuple[str, Break]] = [
    ("consent_has_a_known_purpose", lambda w: w.copy(ConsentRecord, purpose="unheard of")),
    ("consents_are_append_only", lambda w: w.change(ConsentRecord, granted=False)),
    ("consents_are_append_only", lambda w: w.run("DELETE FROM accounts_consentrecord")),
    ("consents_are_never_emptied", lambda w: w.empty("accounts_consentrecord")),
    ("one_account_deletion_at_a_time", lambda w: w.copy(AccountDeletion)),
    ("canceled_deletion_was_not_started", lambda w: w.change(AccountDeletion, canceled_at=NOW, started_at=NOW)),
    ("completed_deletion_was_started", lambda w: w.change(AccountDeletion, completed_at=NOW)),
    ("one_export_in_the_making", lambda w: w.copy(DataExport)),
    ("ready_export_has_content", lambda w: w.change(DataExport, status="ready", expires_at=NOW)),
    ("ready_export_has_content", lambda w: w.change(DataExport, status="ready", content=b"1")),
    ("unused_avatar_has_a_key", lambda w: w.change(UnusedAvatar, key="")),
    ("accounts_unusedavatar_key_key", lambda w: w.copy(UnusedAvatar, user_id=w.other.id)),
    ("only_a_ready_export_has_content", lambda w: w.change(DataExport, status="expired", content=b"1")),
]
RULES = [*PEOPLE, *LOGINS, *DATA]


def first(model: Any) -> int:
    return int(model.objects.order_by("id")[0].id)


@pytest.mark.parametrize(("rule", "break_it"), RULES)
def test_the_database_refuses(world: World, rule: str, break_it: Break) -> None:
    refused(world, rule, break_it)


@pytest.mark.django_db
def test_every_rule_is_seen_to_refuse() -> None:
    assert rules_of(OURS) == {rule for rule, _ in RULES}
