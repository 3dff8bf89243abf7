"""A device gets another secret. The one before it opens the account for some days more, until the new one is shown, so
that a lost answer locks nobody out."""

from datetime import timedelta

from django.db import transaction
from django.utils import timezone

from apps.accounts import device_proof, device_secret, sessions
from apps.accounts.device_proof import DeviceSecretInvalid
from apps.accounts.models import Device, Session
from apps.accounts.sessions import SessionRevoked

OVERLAP = timedelta(days=7)


@transaction.atomic(durable=True)
def rotate(session: Session, shown: str, wanted: str = "") -> str:
    """The secret we made, or nothing when the app made its own. Ends the device's other sessions.

    Raises DeviceSecretInvalid; SessionRevoked for who was forgotten meanwhile.
    """
    device = Device.objects.select_for_update().filter(id=session.device_id).first()
    if device is None:
        raise SessionRevoked
    if not device_proof.is_secret_of(device, shown):
        raise DeviceSecretInvalid
    issued = "" if wanted else device_secret.new_secret()
    device.secret_prev_sha256, device.secret_prev_until = device_secret.sha256(shown), timezone.now() + OVERLAP
    device.secret_sha256 = device_secret.sha256(wanted or issued)
    device.secret_state = Device.SecretState.CONFIRMED
    device.save()
    sessions.end_of_device(device, Session.Reason.NEW_SECRET, but=session)
    return issued
