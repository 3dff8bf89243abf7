"""Connections outlive requests and tasks; when PostgreSQL drops them, nobody but the connection notices."""

from functools import partial

from django.db import connection

from apps.emoji.models import EmojiTask
from tests.journeys.conftest import Product, wait_until

# And wait until they are gone: one that is not yet takes the next request's transaction with it.
DROP_ALL_OTHERS = """
    SELECT count(pg_terminate_backend(pid, 10000)) FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid()
"""


def succeeded(number: int) -> bool:
    return EmojiTask.objects.filter(status="succeeded").count() == number


def test_web_worker_and_beat_go_on_when_their_connections_were_dropped(product: Product) -> None:
    product.start_web()
    product.start_worker()
    product.start_beat()
    app = product.app_with_points(600)
    upload_id = product.upload(app)
    for number in range(1, 4):
        app.create_task("mengwa_kaixin", upload_id)
        wait_until(partial(succeeded, number), "the task succeeds")
        with connection.cursor() as cursor:
            cursor.execute(DROP_ALL_OTHERS)
            dropped = cursor.fetchone()
        assert dropped
        assert dropped[0] >= 2
    assert app.balance() == 0
