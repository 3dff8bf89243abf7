"""What was taken is given back once, what was given is taken back as far as it is there."""

import pytest
from django.db import IntegrityError, transaction

from apps.accounts.models import User
from apps.points import ledger, reversals
from apps.points.ledger import Bucket, Kind
from apps.points.models import PointTransaction, UserPoints


def buy(user: User, amount: int, reference: str = "order:1", bucket: Bucket = Bucket.PURCHASED) -> None:
    kind = Kind.PURCHASE if bucket == Bucket.PURCHASED else Kind.PROMO
    ledger.credit(user.id, amount, kind=kind, bucket=bucket, reference=reference, title="A test")


def charge(user: User, cost: int) -> PointTransaction:
    return ledger.charge(user.id, cost, reference="emoji_task:1", title="Emoji: Happy")


class TestRefund:
    def test_gives_a_spend_back_to_the_buckets_it_came_from(self, user: User) -> None:
        buy(user, 150, "week", Bucket.GRANTED)
        buy(user, 1000)
        row, _ = reversals.refund(charge(user, 200), title="Canceled")
        assert (row.amount, row.granted_amount, row.purchased_amount, row.balance_after) == (200, 150, 50, 1150)

    def test_a_spend_is_refunded_once(self, user: User) -> None:
        buy(user, 1000)
        spend = charge(user, 200)
        assert [reversals.refund(spend, title="Canceled")[1] for _ in range(2)] == [True, False]
        assert UserPoints.objects.get(user=user).balance == 1000

    @pytest.mark.parametrize("amount", [201, 0, -200])
    def test_postgresql_refuses_a_refund_that_is_not_within_its_spend(self, user: User, amount: int) -> None:
        buy(user, 1000)
        self.refused(user, amount, charge(user, 200))

    def test_postgresql_refuses_to_refund_what_is_no_spend_or_anothers(self, user: User, staff: User) -> None:
        buy(user, 1000)
        self.refused(user, 100, PointTransaction.objects.get())
        self.refused(staff, 100, charge(user, 200))

    def refused(self, user: User, amount: int, related: PointTransaction) -> None:
        with pytest.raises(IntegrityError), transaction.atomic():
            PointTransaction.objects.create(
                user=user,
                kind="refund",
                sequence=9,
                amount=amount,
                purchased_amount=amount,
                balance_after=5000,
                reference="by hand",
                title="By hand",
                related=related,
            )


class TestClawback:
    @pytest.fixture
    def pack(self, user: User) -> PointTransaction:
        buy(user, 1000)
        return PointTransaction.objects.get()

    def test_takes_what_the_pack_had_brought(self, user: User, pack: PointTransaction) -> None:
        clawback = reversals.claw_back(pack, title="Refunded by the store")
        assert (clawback.taken, clawback.shortfall, UserPoints.objects.get(user=user).balance) == (1000, 0, 0)

    def test_takes_at_most_what_is_left_and_notes_what_is_missing(self, user: User, pack: PointTransaction) -> None:
        charge(user, 700)
        clawback = reversals.claw_back(pack, title="Refunded by the store")
        assert (clawback.taken, clawback.shortfall, UserPoints.objects.get(user=user).balance) == (300, 700, 0)

    def test_takes_bought_points_before_granted_ones(self, user: User, pack: PointTransaction) -> None:
        buy(user, 500, "week", Bucket.GRANTED)
        reversals.claw_back(pack, title="Refunded by the store")
        points = UserPoints.objects.get(user=user)
        assert (points.purchased, points.granted) == (0, 500)

    def test_takes_granted_points_when_the_bought_ones_are_spent(self, user: User, pack: PointTransaction) -> None:
        charge(user, 900)
        buy(user, 500, "week", Bucket.GRANTED)
        clawback = reversals.claw_back(pack, title="Refunded by the store")
        points = UserPoints.objects.get(user=user)
        assert (clawback.taken, clawback.shortfall, points.purchased, points.granted) == (600, 400, 0, 0)

    def test_what_comes_later_is_safe_from_a_repetition(self, user: User, pack: PointTransaction) -> None:
        charge(user, 1000)
        reversals.claw_back(pack, title="Refunded by the store")
        buy(user, 400, "order:2")
        assert reversals.claw_back(pack, title="Refunded by the store").taken == 0
        assert UserPoints.objects.get(user=user).balance == 400

    def test_a_reversal_gives_back_once_what_was_taken(self, user: User, pack: PointTransaction) -> None:
        charge(user, 700)
        reversals.claw_back(pack, title="Refunded by the store")
        assert [reversals.reverse_clawback(pack, title="Paid again") for _ in range(2)] == [True, False]
        assert UserPoints.objects.get(user=user).purchased == 300

    def test_a_reversal_gives_nothing_where_nothing_could_be_taken(self, user: User, pack: PointTransaction) -> None:
        charge(user, 1000)
        reversals.claw_back(pack, title="Refunded by the store")
        assert reversals.reverse_clawback(pack, title="Paid again")
        assert UserPoints.objects.get(user=user).balance == 0

    def test_each_purchase_is_taken_back_and_given_again_by_itself(self, user: User, pack: PointTransaction) -> None:
        buy(user, 400, "order:2")
        second = PointTransaction.objects.latest("sequence")
        assert [reversals.claw_back(bought, title="Refunded by the store").taken for bought in (pack, second)] == [
            1000,
            400,
        ]
        assert reversals.reverse_clawback(second, title="Paid again")
        assert not reversals.reverse_clawback(second, title="Paid again")
        assert UserPoints.objects.get(user=user).purchased == 400

    def test_a_store_may_refund_again_after_a_reversal(self, user: User, pack: PointTransaction) -> None:
        for _ in range(2):
            reversals.claw_back(pack, title="Refunded by the store")
            assert UserPoints.objects.get(user=user).balance == 0
            reversals.reverse_clawback(pack, title="Paid again")
            assert UserPoints.objects.get(user=user).balance == 1000
