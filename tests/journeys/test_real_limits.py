"""With an account as small as a real one, everything ordered is made, in turn, and each photo is submitted once."""

from apps.emoji.models import EmojiTask
from dev.dashscope_rules import Rates
from dev.fake_dashscope import FakeDashScope
from tests.journeys.conftest import Product, wait_until

ORDERS = 4


def test_an_account_that_runs_one_task_at_a_time_makes_them_all(product: Product, dashscope: FakeDashScope) -> None:
    dashscope.rates, dashscope.at_once, dashscope.fetches_photos = Rates(), 1, True
    product.start_web()
    app = product.app_with_points(200 * ORDERS)
    upload_id = product.upload(app)
    ordered = [app.create_task("mengwa_kaixin", upload_id) for _ in range(ORDERS)]
    assert [task["queue"]["position"] for task in ordered] == [1, 2, 3, 4]
    product.start_beat()
    for _ in range(2):
        product.start_worker()
    wait_until(lambda: EmojiTask.objects.filter(status="succeeded").count() == ORDERS, "all succeed")
    assert len(dashscope.submissions) == ORDERS
    begun = EmojiTask.objects.order_by("started_at").values_list("id", flat=True)
    turns = [[task["id"] for task in ordered].index(str(task_id)) for task_id in begun]
    # There are two places, so two workers may begin two neighbours in the same moment.
    assert all(abs(turn - place) <= 1 for place, turn in enumerate(turns))
