"""What an order names, and what else it may be refused for before anything is locked, read in one statement."""

from dataclasses import dataclass
from typing import Any

from django.utils import timezone

from apps.core import idempotency
from apps.core.idempotency import IdempotentRequest
from apps.core.prepared_query import Given, PreparedQuery
from apps.emoji import backends, breaker, detections, template_choice
from apps.emoji.models import EmojiTemplate, PhotoUpload

_NAMED: PreparedQuery[Any] = PreparedQuery(
    lambda: PhotoUpload.objects.filter(user_id=Given("user_id"), id=Given("upload_id")).annotate(
        **{
            "template": template_choice.beside(),
            "refusal": detections.refusal_beside(),
            "is_any_account_failing": breaker.is_any_failing(),
            "is_answered": idempotency.is_answered(),
        }
    )
)


@dataclass(frozen=True, slots=True)
class OrderNames:
    """`upload` and `template` are None where there is none of that name. `is_answered` and `is_any_account_failing` are
    true also where it is not known. `refusal` is why the photo was refused, if it had been looked at: `was_looked_at`.
    """

    template: EmojiTemplate | None
    upload: PhotoUpload | None = None
    is_answered: bool = True
    is_any_account_failing: bool = True
    refusal: str | None = None
    was_looked_at: bool = False

    def refusal_of(self, upload: PhotoUpload) -> str | None:
        """Now that it was looked at."""
        return self.refusal if self.was_looked_at else detections.refusal(upload)


def read(once: IdempotentRequest, driven_id: str, upload_id: int) -> OrderNames:
    asked = {"user_id": once.user_id, "scope": once.scope, "key": once.key}
    row = _NAMED.first(
        upload_id=upload_id, driven_id=driven_id, provider=backends.provider_name(), now=timezone.now(), **asked
    )
    if row is None:
        return OrderNames(template_choice.named(driven_id))
    template = template_choice.read(row.template)
    return OrderNames(template, row, row.is_answered, row.is_any_account_failing, row.refusal, bool(row.sha256))
