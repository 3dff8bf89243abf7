"""Whatever the provider does, an emoji is made once, or fails in our own words, and is paid once.

F45 to F56 and F60 of the failure model, between real processes. What concerns one photo happens to many customers at
once, as in life; what concerns the whole account comes after it, one fault at a time.
"""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta

import pytest
from django.utils import timezone

from apps.emoji.models import AbandonedGeneration, EmojiTask, ProviderHealth
from dev.dashscope_behaviours import (
    answers,
    cut_short,
    drips,
    ends_as,
    expired,
    fails,
    hangs_up,
    loses_the_answer,
    throttles,
)
from dev.dashscope_trouble import (
    RUBBISH,
    announces,
    as_usual,
    gone,
    hangs,
    says,
    sends_elsewhere,
    tells_of_another,
    without_end,
)
from dev.fake_dashscope import CLIP, Behaviour, Call, Exchange
from dev.mobile_app import MobileApp, Refused
from tests.journeys.conftest import wait_until
from tests.journeys.in_kitchen.kitchen import PROBE_SECONDS, SUBMISSIONS_PER_SECOND, Kitchen, Order, photo_of

WORDS = "upstream-7 said no"
PAGE = f"<html>Bad Gateway: {WORDS}</html>".encode()
ARREARS = fails("Arrearage", "Access denied, please pay.", 400)
AN_MP4 = CLIP[:12]
GIGABYTE = 1024**3


def lies_on_this_machine(exchange: Exchange, usual: Callable[[], None]) -> None:
    """And is a good one; but that is no name of the provider's."""
    there = f"http://localhost:{exchange.fake.port}/clip.mp4"
    says("SUCCEEDED", video_url=there)(exchange, usual)


def is_moved_to_this_machine(exchange: Exchange, usual: Callable[[], None]) -> None:
    """Where it is a good one too."""
    sends_elsewhere(exchange.fake.clip_url)(exchange, usual)


@dataclass(frozen=True)
class Trouble:
    """What one customer's photo meets, by operation; `error` is how it ends, else it is made."""

    error: str = ""
    detect: list[Behaviour] = field(default_factory=list)
    submit: list[Behaviour] = field(default_factory=list)
    ask: list[Behaviour] = field(default_factory=list)
    download: list[Behaviour] = field(default_factory=list)


FOR_EVER = 50
FAULTS = {
    "F45 throttled": Trouble(detect=[throttles()], submit=[throttles(1)], ask=[throttles(1), throttles()]),
    "F47 fails": Trouble(
        detect=[fails("InternalError", WORDS), answers(PAGE, 502)],
        submit=[fails("InternalError", WORDS), fails("ModelServingError", WORDS, 503)],
        ask=[answers(PAGE, 503), fails("SystemError", WORDS)],
    ),
    "F47 fails to say whether it took the photo": Trouble(submit=[answers(PAGE, 502)]),
    "F49 hangs": Trouble(detect=[hangs], ask=[hangs], download=[hangs]),
    "F49 hangs with the photo": Trouble(submit=[hangs]),
    "F50 drips": Trouble(detect=[drips], ask=[drips], download=[drips]),
    "F51 rubbish about the face": Trouble(
        detect=[answers(b"null"), answers([]), answers({"output": {"bbox_face": [1, 2]}}), answers(b""), answers(PAGE)]
    ),
    "F51 rubbish about the photo": Trouble(submit=[answers({"output": {"task_status": "PENDING"}})]),
    "F51 a word nobody knows": Trouble(ask=[says("POST-PROCESSING"), says("WARMING-UP")]),
    "F51 too much": Trouble(ask=[announces(50 * 1024**2), without_end(2, b"[")]),
    **{
        f"F51 rubbish {number}": Trouble(ask=[*RUBBISH.values()][number * 5 : number * 5 + 5])
        for number in range(-(-len(RUBBISH) // 5))
    },
    "F53 does not know it yet": Trouble(ask=[ends_as("UNKNOWN")] * 3),
    "F54 the clip is gone": Trouble(download=[expired, gone]),
    "F54 the clip is gone for ever": Trouble("result_unavailable", download=[expired, gone] * FOR_EVER),
    "F55 no whole clip": Trouble(
        download=[cut_short, answers(b""), answers(PAGE), announces(2 * GIGABYTE), without_end(55, AN_MP4)]
    ),
    "F55 never a clip": Trouble("result_unavailable", download=[answers(PAGE)] * FOR_EVER),
    "F56 the clip lies in our own network": Trouble("result_unavailable", ask=[lies_on_this_machine]),
    "F56 the clip is sent for into our own network": Trouble(
        "result_unavailable", download=[is_moved_to_this_machine] * FOR_EVER
    ),
    "F60 tells of another's clip": Trouble(ask=[tells_of_another, tells_of_another]),
}


@pytest.fixture(scope="module")
def ordered(kitchen: Kitchen) -> dict[str, Order]:
    """All at once; the list of all tasks brings nothing of use either."""
    kitchen.dashscope.next("list", answers(PAGE, 500), answers(b"null"), answers({"data": 5}))
    return {name: order_with(kitchen, trouble) for name, trouble in FAULTS.items()}


def order_with(kitchen: Kitchen, trouble: Trouble) -> Order:
    app = kitchen.customer()
    for operation in ("detect", "submit", "ask", "download"):
        kitchen.dashscope.next(operation, *getattr(trouble, operation), of=photo_of(app))
    return kitchen.order(app)


@pytest.mark.parametrize("fault", FAULTS)
def test_the_trouble_of_one_photo(kitchen: Kitchen, ordered: dict[str, Order], fault: str) -> None:
    order, error = ordered[fault], FAULTS[fault].error
    if error:
        kitchen.require_failed(order, error)
    else:
        kitchen.require_made(order)
        assert kitchen.dashscope.misfortune.left(photo_of(order.app)) == []
        assert f"?of={order.row.provider_task_id}&" in order.row.provider_result_url
    assert WORDS not in str(order.shown())
    kitchen.require_alive()


def account_is_out() -> bool:
    return ProviderHealth.objects.filter(open_until__isnull=False).exists()


@contextmanager
def account_left_alone() -> Iterator[None]:
    """Meanwhile nobody tries whether it works again: an order that comes when it is time for that is taken."""
    wait_until(account_is_out, "the account is left alone")
    ProviderHealth.objects.update(open_until=timezone.now() + timedelta(hours=1))
    yield
    ProviderHealth.objects.update(open_until=timezone.now())


def require_nothing_is_sold(app: MobileApp, upload_id: str) -> None:
    """And nothing is charged."""
    before = app.balance()
    with pytest.raises(Refused) as refused:
        app.create_task("mengwa_kaixin", upload_id)
    assert (refused.value.status, refused.value.code) == (503, "generation_paused")
    assert app.balance() == before


def busiest(calls: list[Call], operation: str, seconds: float) -> int:
    """Most calls of this kind in a window of so many seconds."""
    moments = [call.at for call in calls if call.operation == operation]
    return max(sum(begin <= at < begin + seconds for at in moments) for begin in moments)


def test_f12_nobody_gets_what_may_be_anothers_when_two_answers_are_lost(quiet: Kitchen) -> None:
    """One of the photos was taken and one was not, and the list of tasks does not say which: both are sent again."""
    taken, not_taken = quiet.customer(), quiet.customer()
    quiet.dashscope.next("submit", loses_the_answer, of=photo_of(taken))
    quiet.dashscope.next("submit", hangs_up, of=photo_of(not_taken))
    orders = [quiet.order(not_taken), quiet.order(taken)]
    for order, submissions in zip(orders, (1, 2), strict=True):
        quiet.require_made(order, submissions)
        assert order.row.submit_no == 2
    given_up = AbandonedGeneration.objects.get(task__user_id__in=[int(taken.user_id), int(not_taken.user_id)])
    assert given_up.provider_task_id not in [order.row.provider_task_id for order in orders]


def test_f45_the_whole_account_rests_for_as_long_as_it_is_told(quiet: Kitchen) -> None:
    quiet.dashscope.next("submit", throttles(2))
    first = quiet.order()
    wait_until(lambda: "Throttling" in first.row.error_raw, "it is throttled")
    second = quiet.order()
    quiet.require_made(first)
    quiet.require_made(second)
    told, *later = [call.at for call in quiet.dashscope.calls if call.operation == "submit"][-3:]
    assert min(later) - told >= 2


def test_f45_a_burst_is_spread_over_the_time_that_the_account_has_for_it(quiet: Kitchen) -> None:
    burst = 4 * SUBMISSIONS_PER_SECOND
    app, seen = quiet.customer(burst), len(quiet.dashscope.calls)
    upload_id = quiet.product.upload(app)
    orders = [quiet.order(app, upload_id) for _ in range(burst)]
    assert [quiet.ended(order).status for order in orders] == ["succeeded"] * burst
    quiet.require_paid_once(orders[0], submissions=burst)
    # Each of four children may be held up between its leave to call and the call.
    assert busiest(quiet.dashscope.calls[seen:], "submit", seconds=2) <= 2 * SUBMISSIONS_PER_SECOND + 4


def test_f46_nothing_is_sold_while_the_account_is_in_arrears(quiet: Kitchen) -> None:
    app = quiet.customer()
    upload_id = quiet.product.upload(app)
    quiet.dashscope.next("submit", *[ARREARS] * FOR_EVER)
    first = quiet.order()
    with account_left_alone():
        require_nothing_is_sold(app, upload_id)
        assert (first.row.status, ProviderHealth.objects.get().fault) == ("processing", "account")
    quiet.dashscope.misfortune.forget()
    quiet.require_made(first)
    quiet.require_made(quiet.order(app, upload_id))


def is_refused(kitchen: Kitchen, order: Callable[[], Order]) -> Order:
    kitchen.to_dashscope.refuse()
    try:
        ordered = order()
        wait_until(lambda: "refused" in ordered.row.error_raw, "nobody listens")
    finally:
        kitchen.to_dashscope.accept_again()
    return ordered


def is_cut(kitchen: Kitchen, order: Callable[[], Order]) -> Order:
    """While the photo is handed over, and it is taken all the same."""
    cut, before = threading.Event(), submits(kitchen)

    def take_it_when_cut(exchange: Exchange, usual: Callable[[], None]) -> None:
        cut.wait(10)
        usual()

    kitchen.dashscope.next("submit", take_it_when_cut)
    ordered = order()
    wait_until(lambda: submits(kitchen) > before, "the photo is handed over")
    kitchen.to_dashscope.cut()
    cut.set()
    return ordered


def is_silent(kitchen: Kitchen, order: Callable[[], Order]) -> Order:
    kitchen.to_dashscope.is_silent = True
    ordered = order()
    wait_until(lambda: "timed out" in ordered.row.error_raw, "nobody answers")
    kitchen.to_dashscope.is_silent = False
    return ordered


def submits(kitchen: Kitchen) -> int:
    return [call.operation for call in kitchen.dashscope.calls].count("submit")


@pytest.mark.parametrize("network", [is_refused, is_cut, is_silent])
def test_f48_the_network_is_away(quiet: Kitchen, network: Callable[[Kitchen, Callable[[], Order]], Order]) -> None:
    quiet.require_made(network(quiet, quiet.order))


def test_f52_a_task_does_not_go_back_for_its_user(quiet: Kitchen) -> None:
    back_and_forth = [says("RUNNING"), says("PENDING"), says("RUNNING"), as_usual, says("RUNNING")]
    order = order_with(quiet, Trouble(ask=back_and_forth, download=[expired]))
    progress = [0]
    while not order.has_ended:
        progress.append(order.shown()["progress"])
    assert progress == sorted(progress)
    quiet.require_made(order)


def test_f59_the_provider_is_away_for_long(quiet: Kitchen) -> None:
    app = quiet.customer()
    upload_id = quiet.product.upload(app)
    running, late = [order_with(quiet, Trouble(ask=[says("RUNNING")] * FOR_EVER)) for _ in range(2)]
    for order in (running, late):
        quiet.in_stage(order, "generating")
    quiet.dashscope.is_down = True
    EmojiTask.objects.filter(id=int(late.task_id)).update(deadline_at=timezone.now())
    begun = quiet.order()
    with account_left_alone():
        require_nothing_is_sold(app, upload_id)
    seen, since = len(quiet.dashscope.calls), time.monotonic()
    time.sleep(2 * PROBE_SECONDS)
    made, probes = len(quiet.dashscope.calls) - seen, (time.monotonic() - since) / PROBE_SECONDS
    # Beside the probes, what was under way in four children when the account was given up.
    assert made <= probes + 1 + 4
    quiet.require_failed(late, "deadline_exceeded")
    quiet.dashscope.misfortune.forget()
    quiet.dashscope.is_down = False
    for order in (running, begun):
        quiet.require_made(order)
    quiet.require_made(quiet.order(app, upload_id))
