"""What goes wrong goes wrong in its order, and for whom it was meant."""

from dev.misfortune import Misfortune


def test_behaviours_come_in_their_order_and_end() -> None:
    told = Misfortune[str]()
    told.next("ask", "first", "second")
    assert [told.of("ask", "") for _ in range(3)] == ["first", "second", None]


def test_another_operation_meets_nothing() -> None:
    told = Misfortune[str]()
    told.next("ask", "first")
    assert told.of("submit", "") is None


def test_what_is_meant_for_one_does_not_happen_to_another() -> None:
    told = Misfortune[str]()
    told.next("ask", "for seven", of="/7/")
    assert told.of("ask", "photos/8/1.jpg") is None
    assert told.of("ask", "photos/7/1.jpg") == "for seven"


def test_what_is_still_to_come_can_be_asked_and_forgotten() -> None:
    told = Misfortune[str]()
    told.next("ask", "first", of="/7/")
    assert (told.left("/7/"), told.left()) == (["ask"], [])
    told.forget()
    assert told.left("/7/") == []
