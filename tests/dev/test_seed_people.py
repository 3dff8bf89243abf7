"""Seeded people are whole: what they bought, ordered and got back adds up."""

from collections import Counter

import pytest
from django.utils import timezone

from apps.accounts.models import User
from apps.billing.models import Order
from apps.core import invariants
from apps.emoji.models import EmojiTask, EmojiTemplate
from dev import seed_people


@pytest.mark.django_db(transaction=True)
def test_everybody_has_bought_and_most_have_ordered(template: EmojiTemplate) -> None:
    told = seed_people.fill(6)
    assert told == "6 users who bought points and ordered 6 emoji"
    assert User.objects.filter(nickname="Ada").count() == 1
    assert Counter(Order.objects.values_list("kind", "status")) == {
        ("points", "paid"): 6,
        ("points", "refunded"): 1,
        ("subscription", "paid"): 2,
    }
    assert Counter(EmojiTask.objects.values_list("status", flat=True)) == {"queued": 5, "canceled": 1}
    assert [found for found in invariants.registered() if invariants.broken_rows(found)] == []


@pytest.mark.django_db
def test_an_emoji_that_a_worker_has_begun_is_left_to_it(task: EmojiTask) -> None:
    EmojiTask.objects.update(status="processing", started_at=timezone.now())
    seed_people.cancel(task)
    assert EmojiTask.objects.get().status == "processing"
