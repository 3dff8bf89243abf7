"""Objects that are made plainly are those that Django would have made."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.db.models import Model
from django.db.models.signals import post_init

from apps.accounts.models import User
from apps.core.model_loading import PlainModel, plainly

pytestmark = pytest.mark.django_db


def loaded(by: Any, user: User, names: list[str]) -> Any:
    return by.from_db("default", names, [getattr(user, name) for name in names])


def test_one_is_as_django_makes_it(user: User) -> None:
    names = [field.attname for field in User._meta.concrete_fields]
    plain, as_ever = loaded(plainly(User), user, names), loaded(User, user, names)
    assert isinstance(plainly(User), PlainModel)
    assert {**vars(plain), "_state": None} == {**vars(as_ever), "_state": None}
    assert vars(plain._state) == vars(as_ever._state)


def test_one_can_be_changed_and_stored(user: User) -> None:
    found = loaded(plainly(User), user, [field.attname for field in User._meta.concrete_fields])
    found.nickname = "Kiki"
    found.save()
    user.refresh_from_db()
    assert (user.nickname, User.objects.count()) == ("Kiki", 1)


def test_a_field_that_was_not_asked_for_is_read_when_somebody_looks(user: User, django_assert_num_queries: Any) -> None:
    found = loaded(plainly(User), user, ["id"])
    assert found.get_deferred_fields() >= {"nickname", "created_at"}
    with django_assert_num_queries(1):
        assert found.created_at == user.created_at


@pytest.fixture
def listener() -> Iterator[None]:
    def hears(**_: Any) -> None: ...

    post_init.connect(hears, sender=User)
    yield
    post_init.disconnect(hears, sender=User)


@pytest.mark.usefixtures("listener")
def test_whoever_listens_hears_of_each_of_them() -> None:
    assert plainly(User) is User


def test_a_model_with_a_way_of_its_own_keeps_it() -> None:
    class Own:
        __init__ = Model.__init__

        @classmethod
        def from_db(cls, *_: Any) -> None: ...

    own: Any = Own
    assert plainly(own) is Own
