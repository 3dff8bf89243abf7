"""Sessions begin, are seen, and end."""

from django.utils import timezone

from apps.accounts import sessions
from apps.accounts.models import Device, Session

Reason = Session.Reason


def test_a_device_keeps_its_twenty_newest_sessions(device: Device) -> None:
    started = [sessions.start(device).id for _ in range(sessions.MOST_OF_A_DEVICE + 5)]
    living = [session.id for session in sessions.living(device.user_id).order_by("id")]
    assert living == started[5:]
    assert set(Session.objects.exclude(id__in=living).values_list("revoked_reason", flat=True)) == {Reason.SUPERSEDED}


def test_what_has_ended_keeps_its_first_reason(device: Device) -> None:
    session = sessions.start(device)
    sessions.end(session.id, Reason.LOGOUT)
    sessions.end_all(device.user_id, Reason.DELETION)
    session.refresh_from_db()
    assert session.revoked_reason == Reason.LOGOUT


def test_ending_all_ends_them_and_every_token_under_way(device: Device) -> None:
    sessions.start(device)
    sessions.end_all(device.user_id, Reason.LOGOUT_ALL)
    assert not sessions.living(device.user_id).exists()
    device.user.refresh_from_db()
    assert device.user.token_version == 2


def test_the_first_use_of_a_session_is_a_use_of_its_device(device: Device) -> None:
    assert device.first_used_at is None
    now = timezone.now()
    sessions.note_use(sessions.start(device), now)
    device.refresh_from_db()
    assert device.first_used_at == now
