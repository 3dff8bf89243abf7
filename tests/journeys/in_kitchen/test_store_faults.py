"""Whatever the photo store does, a clip that is made is kept, and success is told when it is.

F57 and F58 of the failure model, between real processes: OSS over HTTP, with every signature checked.
"""

from collections.abc import Mapping
from datetime import timedelta

import pytest

from dev.fake_oss import Behaviour, fails, hangs_up, keeps_half, keeps_nothing, loses_the_answer, slow
from dev.mobile_app import MobileApp, Refused
from tests.journeys.conftest import wait_until
from tests.journeys.in_kitchen.kitchen import Kitchen, Order, photo_of

# By HTTP method, what one customer's clip meets.
FAULTS: dict[str, Mapping[str, list[Behaviour]]] = {
    "F57 refuses": {"PUT": [fails(403, "AccessDenied")]},
    "F57 fails": {"PUT": [fails(500, "InternalError"), fails(503, "ServiceBusy")]},
    "F57 is silent": {"PUT": [slow(3)]},
    "F57 hangs up": {"PUT": [hangs_up]},
    "F57 keeps it and hangs up": {"PUT": [loses_the_answer]},
    "F57 keeps nothing": {"PUT": [keeps_nothing]},
    "F57 keeps half": {"PUT": [keeps_half]},
    "F57 does not say what it has": {"HEAD": [fails(500, "InternalError"), hangs_up]},
}


def clip_of(app: MobileApp) -> str:
    """What the keys of a customer's clips begin with."""
    return f"results{photo_of(app)}"


@pytest.fixture(scope="module")
def ordered(kitchen: Kitchen) -> dict[str, Order]:
    """All at once."""
    return {name: order_with(kitchen, trouble) for name, trouble in FAULTS.items()}


def order_with(kitchen: Kitchen, trouble: Mapping[str, list[Behaviour]]) -> Order:
    app = kitchen.customer()
    for method, behaviours in trouble.items():
        kitchen.oss.next(method, *behaviours, of=clip_of(app))
    return kitchen.order(app)


@pytest.mark.parametrize("fault", FAULTS)
def test_the_trouble_of_one_clip(kitchen: Kitchen, ordered: dict[str, Order], fault: str) -> None:
    order = ordered[fault]
    kitchen.require_made(order)
    assert kitchen.oss.misfortune.left(clip_of(order.app)) == []
    kitchen.require_alive()


def test_f57_a_photo_that_cannot_be_copied_at_first(quiet: Kitchen) -> None:
    app = quiet.customer()
    upload_id = quiet.product.upload(app)
    quiet.oss.next("PUT", fails(500, "InternalError"), hangs_up, of=f"photos{photo_of(app)}")
    quiet.require_made(quiet.order(app, upload_id))


def test_f57_the_network_is_cut_while_a_clip_is_stored(quiet: Kitchen) -> None:
    order = order_with(quiet, {"PUT": [slow(0.5)]})
    wait_until(lambda: not quiet.oss.misfortune.left(clip_of(order.app)), "the clip is being stored")
    quiet.to_oss.cut()
    quiet.require_made(order)


def test_f57_a_clip_waits_for_a_store_that_stays_away_and_staff_are_told(quiet: Kitchen) -> None:
    alarms = quiet.logged("cannot be kept")
    order = order_with(quiet, {"PUT": [fails(403, "AccessDenied")] * 50})
    wait_until(lambda: quiet.logged("cannot be kept") > alarms + 7, "it was tried more often than a step usually is")
    task = order.row
    assert (task.status, task.stage, task.error_raw) == ("processing", "saving", "403 AccessDenied")
    assert task.submit_sent_at
    assert task.deadline_at == task.submit_sent_at + timedelta(hours=20)
    assert (order.shown()["status"], order.shown()["error"]) == ("processing", None)
    quiet.oss.misfortune.forget()
    quiet.require_made(order)


def test_f57_nothing_is_sold_while_photos_cannot_be_looked_at(quiet: Kitchen) -> None:
    app = quiet.customer()
    upload_id, before = quiet.product.upload(app), app.balance()
    quiet.oss.is_down = True
    with pytest.raises(Refused) as refused:
        app.create_task("mengwa_kaixin", upload_id)
    assert refused.value.status == 503
    assert app.balance() == before
    quiet.oss.is_down = False
    quiet.require_made(quiet.order(app, upload_id))


def test_f58_a_clock_that_the_store_does_not_believe_is_an_alarm_and_no_words_for_the_user(quiet: Kitchen) -> None:
    alarms = quiet.logged("clock is more than 15 minutes wrong")
    order = order_with(quiet, {"PUT": [fails(403, "RequestTimeTooSkewed")] * 3})
    wait_until(lambda: quiet.logged("clock is more than 15 minutes wrong") > alarms, "staff are told")
    assert "Skewed" not in str(order.shown())
    quiet.require_made(order)
    assert "Skewed" not in str(order.shown())
