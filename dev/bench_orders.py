"""Tasks that wait in the queue until all are there. Run inside Django, like dev.bench_world."""

import hashlib
import time

from django.utils import timezone

from apps.accounts.models import User
from apps.core.snowflake import next_id
from apps.emoji import backends, submission
from apps.emoji.models import EmojiTask, EmojiTemplate, PhotoUpload
from apps.emoji.tasks import advance
from apps.points import ledger
from dev.project import ROOT
from pickitchen.celery import app

PHOTO = ROOT / "dev" / "portrait.jpg"
QUEUE = "celery"


def fill(tasks: int, photos: int) -> None:
    """With closed doors; then open them, and tell when."""
    app.control.cancel_consumer(QUEUE, reply=True)
    user = User.objects.create_user()
    kind, bucket = ledger.Kind.PROMO, ledger.Bucket.GRANTED
    ledger.credit(user.id, 1000 * tasks, kind=kind, bucket=bucket, reference=f"bench:{user.id}", title="Bench")
    template = EmojiTemplate.objects.get(driven_id="mengwa_kaixin")
    uploads = [put_away(user, number) for number in range(photos)]
    first = submission.submit(user.id, submission.Wish(template, uploads[0], "")).task
    copies = [_copy(first, uploads[number % photos]) for number in range(1, tasks)]
    EmojiTask.objects.bulk_create(copies, batch_size=500)
    with app.producer_or_acquire() as producer:
        for copy in copies:
            advance.apply_async((copy.id,), producer=producer)
    print(time.time())
    app.control.add_consumer(QUEUE, reply=True)


def _copy(task: EmojiTask, upload: PhotoUpload) -> EmojiTask:
    """With a payment of its own, which the database asks for."""
    same = ("user_id", "template_id", "cost", "next_step_at", "turn_at", "rung_at")
    facts = {name: getattr(task, name) for name in same}
    task_id = next_id()
    spend = ledger.charge(task.user_id, task.cost, reference=f"emoji_task:{task_id}", title="Bench")
    return EmojiTask(id=task_id, upload=upload, spend_transaction_id=spend.id, **facts)


def put_away(user: User, number: int) -> PhotoUpload:
    """A photo as uploads.checked leaves one. What follows a JPEG's end makes each a photo of its own."""
    content = PHOTO.read_bytes() + b"%d" % number
    upload = PhotoUpload.objects.create(
        user=user,
        key=f"photos/bench/{user.id}/{number}.jpg",
        content_type="image/jpeg",
        content_length=len(content),
        expires_at=timezone.now(),
        checked_at=timezone.now(),
        width=800,
        height=800,
        sha256=hashlib.sha256(content).hexdigest(),
    )
    backends.photo_store().write(upload.key, content, content_type="image/jpeg")
    return upload
