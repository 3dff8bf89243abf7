"""Consents are decisions that are never rewritten."""

import pytest
from django.db import IntegrityError, transaction

from apps.accounts import consents
from apps.accounts.consents import Purpose
from apps.accounts.models import ConsentRecord, User


def decide(user: User, version: str, granted: bool) -> ConsentRecord:
    return consents.decide(user.id, Purpose.AI_PROCESSING, version=version, granted=granted, app_version="1.0.0")


def test_every_change_of_mind_is_kept_and_the_newest_counts(user: User) -> None:
    decide(user, "2026-01", True)
    decide(user, "2026-01", False)
    newest = decide(user, "2026-02", True)
    assert consents.current(user.id) == [newest]
    assert ConsentRecord.objects.count() == 3


def test_the_same_decision_again_is_the_same_record(user: User) -> None:
    assert decide(user, "2026-01", True) == decide(user, "2026-01", True)


def test_the_database_refuses_to_rewrite_a_consent(user: User) -> None:
    record = decide(user, "2026-01", True)
    for change in (ConsentRecord.objects.filter(id=record.id).delete, lambda: record.save(update_fields=["granted"])):
        with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
            change()
