"""Whose a line is goes by the time of events and transfers, not by their arrival."""

from apps.billing.ownership import Transfer, walk
from apps.billing.revenuecat import Event


def event(at: int, *names: str, user_id: int | None = None) -> Event:
    return Event(f"e{at}", "RENEWAL", at, customer_ids=names, user_id=user_id)


def transfer(at: int, from_name: str, to_name: str) -> Transfer:
    return Transfer(at, f"t{at}", frozenset([from_name]), (to_name,))


def test_without_transfers_it_is_the_newest_events_customers() -> None:
    assert walk([event(2, "b"), event(1, "a")], []).owner == ("b",)


def test_a_transfer_moves_what_was_its_givers() -> None:
    assert walk([event(1, "a")], [transfer(2, "a", "b")]).owner == ("b",)


def test_a_transfer_by_somebody_else_moves_nothing() -> None:
    assert walk([event(1, "a")], [transfer(2, "c", "b")]).owner == ("a",)


def test_an_event_after_the_transfer_says_who_it_is() -> None:
    assert walk([event(1, "a"), event(3, "c")], [transfer(2, "a", "b")]).owner == ("c",)


def test_an_event_of_the_same_moment_is_moved() -> None:
    assert walk([event(2, "a")], [transfer(2, "a", "b")]).owner == ("b",)


def test_transfers_follow_each_other() -> None:
    ownership = walk([event(1, "a")], [transfer(3, "b", "c"), transfer(2, "a", "b")])
    assert (ownership.owner, sorted(ownership.all_names)) == (("c",), ["a", "b", "c"])


def test_a_user_is_found_by_id_first() -> None:
    assert walk([event(1, "a", user_id=7)], []).owner == ("7", "a")


def test_events_without_a_name_own_nothing() -> None:
    assert walk([event(1)], []).owner == ()
