"""Staff lock a phone out: whatever it shows opens nothing, until they let it in again. Its account stays as it is."""

from django.db import transaction
from django.utils import timezone

from apps.accounts import sessions
from apps.accounts.models import Device, Session


@transaction.atomic
def lock_out(device: Device) -> bool:
    """Ends its sessions, too. False when it is locked out already, or is no more."""
    now = timezone.now()
    # A login writes to this row before it begins a session, so it is refused, or its session ends here.
    if not Device.objects.filter(id=device.id, revoked_at=None).update(revoked_at=now, updated_at=now):
        return False
    sessions.end_of_device(device, Session.Reason.STAFF)
    return True


def let_in(device: Device) -> bool:
    """It logs in with its secret, as before. False when it is not locked out, or is no more."""
    locked_out = Device.objects.filter(id=device.id, revoked_at__isnull=False)
    return bool(locked_out.update(revoked_at=None, updated_at=timezone.now()))
