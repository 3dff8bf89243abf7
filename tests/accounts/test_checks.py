"""A way in that everybody could take stops the start, one that ends some day is told."""

from base64 import b64encode
from datetime import timedelta
from typing import Any

import pytest
from django.core.management import call_command
from django.core.management.base import SystemCheckError
from django.utils import timezone

pytestmark = pytest.mark.django_db

LOCAL = "local:aW5zZWN1cmUtbG9jYWwtand0LXNpZ25pbmcta2V5LXRoYXQtcHJvZHVjdGlvbi1yZWZ1c2Vz"


@pytest.mark.parametrize(
    ("key", "error"),
    [
        (LOCAL, r"pk\.E001"),
        (f"one:{b64encode(b'a' * 32).decode()}", r"pk\.E001"),
        (f"one:{b64encode(b'only 31 bytes, one is missing..').decode()}", r"pk\.E002"),
        ("one:no base64", r"pk\.E002"),
        (f"one:{b64encode(b'the same real secret for two things').decode()}", r"pk\.E002"),
    ],
)
def test_production_refuses_a_key_that_is_none(settings: Any, key: str, error: str) -> None:
    settings.PRODUCTION = True
    settings.DEVICE_ID_PEPPER = "the same real secret for two things"
    settings.JWT_SIGNING_KEYS = [key]
    with pytest.raises(SystemCheckError, match=error) as refusal:
        call_command("check")
    assert key.partition(":")[2] not in str(refusal.value)


@pytest.mark.parametrize(("mode", "until"), [("open", None), ("", None), ("compat", None)])
def test_it_refuses_a_mode_without_meaning_or_end(settings: Any, mode: str, until: Any) -> None:
    settings.DEVICE_AUTH_MODE, settings.DEVICE_COMPAT_UNTIL = mode, until
    with pytest.raises(SystemCheckError, match=r"pk\.E009"):
        call_command("check")


def test_it_counts_the_days_of_compat(settings: Any, capsys: Any) -> None:
    settings.DEVICE_AUTH_MODE = "compat"
    settings.DEVICE_COMPAT_UNTIL = timezone.now() + timedelta(days=12, hours=1)
    call_command("check")
    assert "for 12 more days" in capsys.readouterr().err


def test_an_end_that_has_passed_is_refused(settings: Any) -> None:
    settings.DEVICE_AUTH_MODE = "compat"
    settings.DEVICE_COMPAT_UNTIL = timezone.now() - timedelta(days=2)
    with pytest.raises(SystemCheckError, match=r"pk\.E009.*is past"):
        call_command("check")
