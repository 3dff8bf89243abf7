"""What must be true of tasks is checked, so each check must be able to fail."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from apps.core.invariants import broken_rows, registered
from apps.emoji.models import EmojiTask
from tests.emoji.conftest import LONG_AGO, advance

ENDED = {"completed_at": LONG_AGO, "status": "failed", "error_code": "provider_failed"}
HOURS_AGO = LONG_AGO - timedelta(hours=2)


def broken() -> set[str]:
    """But for I4: nobody paid for the task of these tests."""
    return {one.code for one in registered() if one.code != "I4" and broken_rows(one)}


def test_a_task_that_was_made_breaks_nothing(task: EmojiTask) -> None:
    assert advance(task, 2).stage == "generating"
    assert broken() == set()


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"deadline_at": LONG_AGO}, "I7"),
        ({"provider_task_id": "somebody's"}, "I9"),
        ({**ENDED, "result_key": "a clip"}, "I10"),
        (
            {
                "status": "succeeded",
                "completed_at": LONG_AGO,
                "result_key": "k",
                "result_size": 1,
                "result_sha256": "x",
            },
            "I10",
        ),
        ({"lease_until": HOURS_AGO}, "I17"),
        ({**ENDED, "lease_token": "3e1a1f0e-7d5b-4b8e-9a53-6a0e3f0f2f11"}, "I17"),
    ],
)
def test_each_can_be_broken(task: EmojiTask, changes: dict[str, Any], code: str) -> None:
    EmojiTask.objects.update(**changes)
    assert broken() == {code}


def test_a_third_submission_is_found_even_where_the_constraint_is_gone(task: EmojiTask) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("ALTER TABLE emoji_emojitask DROP CONSTRAINT never_a_third_submission")
    EmojiTask.objects.update(submit_no=3)
    assert broken() == {"I9"}


def test_a_task_that_is_not_begun_has_no_deadline_to_miss(task: EmojiTask) -> None:
    EmojiTask.objects.update(created_at=timezone.now() - timedelta(days=1))
    assert "I7" not in broken()
