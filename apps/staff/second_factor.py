"""The second proof of who a member of staff is: a code of their authenticator app, or a recovery code, each once."""

import base64
import hashlib
import re
import secrets
import time

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings
from django.db import transaction
from django.db.models import Model, QuerySet
from django.utils import timezone

from apps.staff import totp
from apps.staff.models import RecoveryCode, SecondFactor

RECOVERY_CODES = 10
# 80 bits: a fast hash is enough for what cannot be guessed.
RECOVERY_BYTES = 10
NOISE = re.compile(r"[\s-]")


class InUse(Exception):
    """Its first code came just now; its secret is shown no more."""


def of(staff: Model) -> SecondFactor | None:
    """The one in use."""
    factor: SecondFactor | None = getattr(staff, "second_factor", None)
    return factor if factor and factor.confirmed_at else None


def begun(staff: Model, shown: str = "") -> SecondFactor:
    """One that waits for its first code. Who was `shown` it, by its `mark`, keeps it until it is confirmed, so that a
    reload keeps the QR code. Who comes with the same password from elsewhere gets another one, which makes the first
    worthless: a secret that two have seen proves nothing. Raises InUse."""
    fresh = _locked_up(totp.new_secret())
    defaults = {"secret": fresh, "sessions_since": timezone.now()}
    factor, is_new = SecondFactor.objects.get_or_create(staff_id=staff.pk, defaults=defaults)
    if is_new or (factor.confirmed_at is None and shown == mark(factor) and secret_of(factor)):
        return factor
    if not _waiting(factor).update(secret=fresh, updated_at=timezone.now()):
        raise InUse
    factor.secret = fresh
    return factor


def mark(factor: SecondFactor) -> str:
    """Of its secret, which it does not tell."""
    return hashlib.sha256(bytes(factor.secret)).hexdigest()


@transaction.atomic
def confirm(factor: SecondFactor, code: str) -> list[str] | None:
    """Its first code makes it the one in use, and gives recovery codes; None for a wrong code."""
    if not _takes_code(factor, code):
        return None
    if not _waiting(factor).update(confirmed_at=timezone.now()):
        return None
    return new_recovery_codes(factor)


def proves(factor: SecondFactor, code: str) -> bool:
    """A code of now, or an unused recovery code; it is used up."""
    return _takes_code(factor, code) or _takes_recovery_code(factor, code)


@transaction.atomic
def new_recovery_codes(factor: SecondFactor) -> list[str]:
    """They are shown once; the ones before are worth nothing from now on."""
    factor.recovery_codes.all().delete()
    codes = [_recovery_code() for _ in range(RECOVERY_CODES)]
    for code in codes:
        RecoveryCode(factor=factor, code_sha256=_digest(code)).save()
    return codes


def end_sessions(factor: SecondFactor) -> None:
    SecondFactor.objects.filter(id=factor.id).update(sessions_since=timezone.now())


def forget(staff: Model) -> bool:
    """Whether there was one. Without it no session is sound, and the next login enrols anew."""
    return bool(SecondFactor.objects.filter(staff_id=staff.pk).delete()[0])


def secret_of(factor: SecondFactor) -> bytes | None:
    """None when the key it was locked up with is gone."""
    try:
        return _box().decrypt(bytes(factor.secret))
    except InvalidToken:
        return None


def _waiting(factor: SecondFactor) -> QuerySet[SecondFactor]:
    """It, if it is as it was read, and not in use yet."""
    return SecondFactor.objects.filter(id=factor.id, confirmed_at=None, secret=bytes(factor.secret))


def _takes_code(factor: SecondFactor, code: str) -> bool:
    """Of two requests with one code, one wins."""
    secret = secret_of(factor)
    if secret is None:
        return False
    step = totp.matching_step(secret, NOISE.sub("", code), time.time(), after=factor.last_step)
    if step is None:
        return False
    return bool(SecondFactor.objects.filter(id=factor.id, last_step__lt=step).update(last_step=step))


def _takes_recovery_code(factor: SecondFactor, code: str) -> bool:
    unused = RecoveryCode.objects.filter(factor=factor, code_sha256=_digest(code), used_at=None)
    return bool(unused.update(used_at=timezone.now()))


def _recovery_code() -> str:
    text = base64.b32encode(secrets.token_bytes(RECOVERY_BYTES)).decode().lower()
    return "-".join(text[start : start + 4] for start in range(0, len(text), 4))


def _digest(code: str) -> bytes:
    return hashlib.sha256(NOISE.sub("", code).lower().encode()).digest()


def _locked_up(secret: bytes) -> bytes:
    return _box().encrypt(secret)


def _box() -> MultiFernet:
    """A copy of the database alone does not log in. Keys follow SECRET_KEY; older ones still open."""
    keys = [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
    return MultiFernet([Fernet(_key(key)) for key in keys])


def _key(secret_key: str) -> bytes:
    return base64.urlsafe_b64encode(hashlib.sha256(b"staff second factor:" + secret_key.encode()).digest())
