"""A way in that everybody could take stops the start, one that ends some day is told."""

from datetime import timedelta
from typing import Any

import pytest
from django.core.management import call_command
from django.core.management.base import SystemCheckError
from django.utils import timezone


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


def test_an_end_that_has_passed_is_told_and_does_not_stop_a_restart(settings: Any, capsys: Any) -> None:
    settings.DEVICE_AUTH_MODE = "compat"
    settings.DEVICE_COMPAT_UNTIL = timezone.now() - timedelta(days=2)
    call_command("check")
    assert "is past" in capsys.readouterr().err
