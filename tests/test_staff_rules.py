"""What the database refuses of staff: what they configure and did, and how they prove who they are. And of our ids."""

from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest
from django.utils import timezone

from apps.accounts.models import Device, User
from apps.core.models import SnowflakeNode
from apps.emoji.models import EmojiTask
from apps.remoteconfig.models import ConfigRevision, NacosCopy, PointsPack, SubscriptionProduct
from apps.staff.models import Mailbox, RecoveryCode, SecondFactor, StaffAction
from tests.rows_with_rules import Break, World, refused, rules_of, twice

OURS = "^(remoteconfig_|staff_|core_snowflakenode$)"
NOW = timezone.now()


@pytest.fixture
def world(user: User, new_device: Callable[[], Device], staff: User, task: EmojiTask) -> World:
    PointsPack.objects.create(product_id="points_500", points=500)
    SubscriptionProduct.objects.create(product_id="vip_weekly", plan="weekly")
    NacosCopy.objects.create(source="a/b/c", asked_at=NOW)
    ConfigRevision.objects.create(key="k", sequence=1, before={}, after={}, reason="A test", staff=staff)
    StaffAction.objects.create(staff=staff, action="user.test")
    factor = SecondFactor.objects.create(staff=staff, secret=b"1", sessions_since=NOW)
    RecoveryCode.objects.create(factor=factor, code_sha256=b"1")
    Mailbox.objects.create(staff=staff, address="boss@example.com")
    return World(user, new_device().user, staff, task)


def undo(world: World) -> None:
    first = ConfigRevision.objects.earliest("id").id
    world.copy(ConfigRevision, first, key=str(uuid4()), undoes_id=first)


def lease(node: int) -> Break:
    return lambda world: world.make(SnowflakeNode, node_id=node, holder=uuid4(), ceiling_ms=0)


def asked(**said: Any) -> Break:
    def change(_: World) -> None:
        NacosCopy.objects.update(**said)

    return change


RULES: list[tuple[str, Break]] = [
    ("remoteconfig_pointspack_product_id_key", lambda w: w.copy(PointsPack)),
    ("pack_gives_points", lambda w: w.change(PointsPack, points=2_000_000_001)),
    ("bonus_is_a_part_of_the_pack", lambda w: w.change(PointsPack, points=0)),
    ("bonus_is_a_part_of_the_pack", lambda w: w.change(PointsPack, bonus_points=500)),
    ("bonus_is_a_part_of_the_pack", lambda w: w.change(PointsPack, bonus_points=-1)),
    ("remoteconfig_subscriptionproduct_product_id_key", lambda w: w.copy(SubscriptionProduct)),
    ("nacos_copy_is_whole", asked(md5="x")),
    ("nacos_copy_is_whole", asked(accepted_at=NOW)),
    ("nacos_refusal_is_whole", asked(refused_md5="x")),
    ("nacos_refusal_is_whole", asked(refused_at=NOW)),
    ("one_change_of_a_key_at_a_time", lambda w: w.copy(ConfigRevision)),
    ("config_change_is_explained", lambda w: w.copy(ConfigRevision, sequence=0)),
    ("config_change_is_explained", lambda w: w.copy(ConfigRevision, sequence=2, reason="")),
    ("config_revisions_are_append_only", lambda w: w.change(ConfigRevision, reason="x")),
    ("config_revisions_are_append_only", lambda w: w.run("DELETE FROM remoteconfig_configrevision")),
    ("config_revisions_are_never_emptied", lambda w: w.empty("remoteconfig_configrevision")),
    ("remoteconfig_configrevision_undoes_id_key", twice(undo)),
    ("audit_is_append_only", lambda w: w.change(StaffAction, reason="x")),
    ("audit_is_append_only", lambda w: w.run("DELETE FROM staff_staffaction")),
    ("audit_is_never_emptied", lambda w: w.empty("staff_staffaction")),
    ("staff_secondfactor_staff_id_key", lambda w: w.copy(SecondFactor)),
    ("recovery_code_once_per_factor", lambda w: w.copy(RecoveryCode)),
    ("staff_mailbox_staff_id_key", lambda w: w.copy(Mailbox)),
    ("snowflake_node_has_ten_bits", lease(-1)),
    ("snowflake_node_has_ten_bits", lease(1024)),
]


@pytest.mark.parametrize(("rule", "break_it"), RULES)
def test_the_database_refuses(world: World, rule: str, break_it: Break) -> None:
    refused(world, rule, break_it)


@pytest.mark.django_db
def test_every_rule_is_seen_to_refuse() -> None:
    assert rules_of(OURS) == {rule for rule, _ in RULES}
