"""The photos that the bench of the workers makes emoji of."""

import pytest

from apps.accounts.models import User
from apps.emoji import working_copy
from dev.bench_orders import put_away

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_worker_takes_each_for_a_photo_of_its_own() -> None:
    user = User.objects.create_user()
    photos = [put_away(user, number) for number in range(2)]
    assert len({working_copy.make(each) for each in photos}) == len({each.sha256 for each in photos}) == 2
