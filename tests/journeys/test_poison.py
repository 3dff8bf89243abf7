"""A task that kills whoever works on it ends, and the others go on."""

from apps.emoji.models import EmojiTask, PhotoUpload
from apps.points.models import PointTransaction
from tests.journeys.conftest import Product, wait_until


def test_a_task_that_kills_its_workers_ends_and_the_others_are_made(product: Product) -> None:
    deadly = product.folder / "deadly-photos"
    product.env |= {"DEADLY_PHOTOS": str(deadly), "EMOJI_LEASE_SECONDS": "6"}
    product.start_web()
    # Of two users: one user's photo is not looked at twice.
    app, other = product.app_with_points(200), product.app_with_points(200)
    poison, harmless = product.upload(app), product.upload(other)
    deadly.write_text(f"{PhotoUpload.objects.get(id=int(poison)).key}.copy.jpg")
    poisoned_id = int(app.create_task("mengwa_kaixin", poison)["id"])
    harmless_id = int(other.create_task("mengwa_kaixin", harmless)["id"])
    product.start_worker("--include", "tests.journeys.deadly_photos")
    product.start_beat()
    wait_until(lambda: EmojiTask.objects.get(id=harmless_id).status == "succeeded", "the harmless task succeeds")
    wait_until(lambda: EmojiTask.objects.get(id=poisoned_id).status == "failed", "the poisoned task ends")
    task = EmojiTask.objects.get(id=poisoned_id)
    assert (task.error_code, task.error_raw) == ("worker_lost", "3 workers died in stage detecting")
    assert PointTransaction.objects.filter(kind="spend").count() == 2
