"""Users for the load: each has a device, points, a ledger of twenty rows, a photo and an emoji. One line of JSON each.

Run inside Django: `manage.py shell -c "from dev.bench_world import tell; tell(400)"`.
"""

import json
from datetime import timedelta
from uuid import uuid4

from django.utils import timezone

from apps.accounts import access_token, device_login
from apps.accounts.shown_device import ShownDevice
from apps.billing.models import CustomerAlias
from apps.emoji import submission
from apps.emoji.models import EmojiTask, EmojiTemplate, PhotoUpload
from apps.points import ledger

SECRET = "pkd1_abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG"  # noqa: S105 - of phones that do not exist
RUN = uuid4().hex[:8]


def tell(users: int) -> None:
    template = EmojiTemplate.objects.get(driven_id="mengwa_kaixin")
    for number in range(users):
        print(json.dumps(_one(template, f"bench-{RUN}-{number:06}")))


def _one(template: EmojiTemplate, device_id: str) -> dict[str, str]:
    login = device_login.log_in(ShownDevice(device_id, SECRET, "ios", "1.0.0"))
    user = login.device.user
    ledger.credit(
        user.id,
        10**9,
        kind=ledger.Kind.PROMO,
        bucket=ledger.Bucket.PURCHASED,
        reference=f"bench:{user.id}",
        title="Bench",
    )
    for number in range(20):
        ledger.charge(user.id, 10, reference=f"bench:{user.id}:{number}", title="Bench")
    CustomerAlias.objects.get_or_create(name=device_id, defaults={"user": user})
    task = _task(template, user.id)
    token = str(access_token.issue(login.issued.session))
    return {"device_id": device_id, "token": token, "user_id": str(user.id), "task_id": str(task.id)}


def _task(template: EmojiTemplate, user_id: int) -> EmojiTask:
    """The driver knows one number of a user: the photo is given the task's."""
    fields = {"user_id": user_id, "content_type": "image/jpeg", "content_length": 1000, "width": 800, "height": 800}
    now = timezone.now()
    good = {"expires_at": now + timedelta(days=1), "checked_at": now, "sha256": "0" * 64}
    first = PhotoUpload.objects.create(key=f"photos/bench/{uuid4()}.jpg", **fields, **good)
    task = submission.submit(user_id, submission.Wish(template, first, "")).task
    PhotoUpload.objects.create(id=task.id, key=f"photos/bench/{uuid4()}.jpg", **fields, **good)
    return task
