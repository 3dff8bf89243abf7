"""The threads of a process may share a few connections instead of having one each."""

from functools import partial

from django.db import connection

from tests.journeys.conftest import Product, wait_until
from tests.journeys.test_database_lost import DROP_ALL_OTHERS, succeeded


def test_the_product_works_on_a_pool_and_outlives_its_connections(product: Product) -> None:
    product.env["DATABASE_POOL_SIZE"] = "2"
    product.start_web()
    product.start_worker()
    product.start_beat()
    app = product.app_with_points(400)
    upload_id = product.upload(app)
    for number in range(1, 3):
        app.create_task("mengwa_kaixin", upload_id)
        wait_until(partial(succeeded, number), "the task succeeds")
        with connection.cursor() as cursor:
            cursor.execute(DROP_ALL_OTHERS)
    assert app.balance() == 0


def test_a_pool_of_one_connection_is_enough(product: Product) -> None:
    """An order holds the one there is, and must not want another for its ids: this process has made none before."""
    product.env["DATABASE_POOL_SIZE"] = "1"
    product.start_web()
    app = product.app_with_points(200)
    upload_id = product.upload(app)
    product.kill_web()
    product.start_web()
    app.create_task("mengwa_kaixin", upload_id)
    assert app.balance() == 0
