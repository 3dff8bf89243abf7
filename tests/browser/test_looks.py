"""Pages that staff use, as they look: nothing hangs over, nothing breaks, nothing comes from another host."""

from collections.abc import Callable

import pytest

from apps.accounts.models import User

Look = Callable[[str, str], None]

pytestmark = pytest.mark.django_db(transaction=True)


def test_lists_and_forms(look: Look, user: User) -> None:
    look("/admin/", "dashboard")
    look("/admin/accounts/user/", "users")
    look(f"/admin/accounts/user/{user.id}/change/", "user")
    look(f"/admin/points/userpoints/adjust/{user.id}/", "adjust")
    look("/admin/remoteconfig/configrevision/", "config")
    look("/admin/remoteconfig/configrevision/set/points_rules.emoji/", "set-value")
    look("/admin/django_celery_beat/periodictask/add/", "schedule")
