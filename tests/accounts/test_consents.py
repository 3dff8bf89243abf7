"""Consents are decisions that are never rewritten."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from apps.accounts import consents
from apps.accounts.consents import ConsentRequired, Purpose
from apps.accounts.models import ConsentRecord, User
from apps.accounts.user_serializers import NewConsentSerializer
from apps.remoteconfig.kinds import Problem
from apps.remoteconfig.schema import BY_PATH


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


@pytest.fixture
def asked(settings: Any, tmp_path: Path) -> Callable[..., None]:
    """The configuration asks for consent."""

    def ask(**fields: Any) -> None:
        file = tmp_path / f"{len(list(tmp_path.iterdir()))}.json"
        file.write_text(json.dumps({"consent": {"ai_processing": {"required": True} | fields}}))
        settings.REMOTE_CONFIG_FILE = str(file)

    return ask


def is_let_through(user: User) -> bool:
    try:
        consents.require(user.id, Purpose.AI_PROCESSING)
    except ConsentRequired:
        return False
    return True


@pytest.mark.parametrize("version", ["2026-01", "v2_b.1", "v2 (May 2026)", "第二版", "x" * 33, ""])
def test_a_version_that_may_be_asked_for_is_one_that_apps_can_send(version: str) -> None:
    problems: list[Problem] = []
    BY_PATH["consent.ai_processing.version"].kind.read("", version, problems)
    assert NewConsentSerializer(data={"version": version, "granted": True}).is_valid() is not bool(problems)


def test_nobody_is_asked_unless_the_configuration_says_so(user: User) -> None:
    assert is_let_through(user)


def test_who_has_not_agreed_or_has_withdrawn_goes_no_further(user: User, asked: Callable[..., None]) -> None:
    asked()
    assert not is_let_through(user)
    decide(user, "1", True)
    assert is_let_through(user)
    decide(user, "1", False)
    assert not is_let_through(user)


def test_a_new_version_of_the_text_is_asked_for_again(user: User, asked: Callable[..., None]) -> None:
    decide(user, "2026-01", True)
    asked(version="2026-01")
    assert is_let_through(user)
    asked(version="2026-02")
    assert not is_let_through(user)
    decide(user, "2026-02", True)
    assert is_let_through(user)
