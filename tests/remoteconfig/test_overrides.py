"""Rows of staff are values over all others, as long as they fit."""

import pytest
from django.utils import timezone

from apps.accounts.models import User
from apps.core.snowflake import next_id
from apps.remoteconfig import live, overrides, values
from apps.remoteconfig.document import InvalidConfig
from apps.remoteconfig.models import ConfigRevision
from apps.remoteconfig.overrides import Author, Change, ChangedMeanwhile

pytestmark = pytest.mark.django_db


def test_another_process_sees_it_with_its_next_look(staff: User) -> None:
    overrides.apply(Change("points_rules.emoji", 200, 150, {"value": 150}, 0), Author(staff.id, "Sale"))
    assert values.current().emoji_cost == 200
    live.refresh()
    assert values.current().emoji_cost == 150
    assert live.snapshot().changed_at == ConfigRevision.objects.get().created_at


def test_a_value_that_the_schema_has_left_behind_is_told_and_not_used(staff: User) -> None:
    for key, value in (("points_rules.emoji", 0), ("gone.with.the.schema", 1)):
        ConfigRevision.objects.bulk_create(
            [
                ConfigRevision(
                    id=next_id(),
                    created_at=timezone.now(),
                    key=key,
                    sequence=1,
                    before={"value": 1},
                    after={"value": value},
                    reason="An older schema",
                    staff=staff,
                )
            ]
        )
    live.refresh()
    assert values.current().emoji_cost == 200
    assert len(live.snapshot().problems) == 2


def test_a_change_that_follows_another_than_the_newest_is_refused(staff: User) -> None:
    change = Change("points_rules.emoji", 200, 150, {"value": 150}, 0)
    overrides.apply(change, Author(staff.id, "Sale"))
    with pytest.raises(ChangedMeanwhile):
        overrides.apply(change, Author(staff.id, "Sale"))


def test_a_key_nobody_knows_is_refused(staff: User) -> None:
    with pytest.raises(InvalidConfig, match="secret is no key"):
        overrides.apply(Change("secret", 1, 2, {"value": 2}, 0), Author(staff.id, "Why not"))
