"""Fifty requests at once spend what is there, and not a point more."""

import threading

from apps.emoji.models import EmojiTask
from apps.points.models import PointTransaction, UserPoints
from dev.mobile_app import MobileApp, Refused
from tests.journeys.conftest import Product


def test_of_fifty_creations_at_once_exactly_those_succeed_that_are_paid_for(product: Product) -> None:
    product.start_web()
    app = product.app_with_points(2000)
    upload_id = product.upload(app)
    outcomes: list[str] = []
    start = threading.Barrier(50)

    def create() -> None:
        phone = MobileApp(app.api.removesuffix("/api/v1"))
        phone.http.headers.update(app.http.headers)
        start.wait()
        try:
            phone.create_task("mengwa_kaixin", upload_id)
            outcomes.append("created")
        except Refused as refusal:
            outcomes.append(refusal.code)

    threads = [threading.Thread(target=create) for _ in range(50)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["created"] * 10 + ["insufficient_points"] * 40
    assert EmojiTask.objects.count() == PointTransaction.objects.filter(kind="spend").count() == 10
    assert UserPoints.objects.get().balance == 0
