"""The state of what people asked for: is somebody still here who should be forgotten?"""

from django.db.models import Min
from django.utils import timezone

from apps.accounts.models import AccountDeletion
from apps.core import metrics
from apps.core.metrics import Labels


@metrics.state("pk_erasure_late_seconds", "How long the account has been due that should have been forgotten first")
def erasure_late() -> dict[Labels, float]:
    due = AccountDeletion.objects.filter(canceled_at=None, completed_at=None, due_at__lt=timezone.now())
    first = due.aggregate(first=Min("due_at"))["first"]
    return {(): (timezone.now() - first).total_seconds() if first else 0}
