"""Staff lock a phone out, and let it in again, by pages that ask why and write down who did it."""

from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.test import Client
from rest_framework.test import APIClient

from apps.accounts.models import Device, User
from tests.audit_log import written


@pytest.fixture
def desk(client: Client, staff: User) -> Client:
    client.force_login(staff)
    return client


def person(device: Device) -> str:
    return f"/admin/accounts/user/{device.user_id}/change/"


def deed(desk: Client, device: Device, name: str, reason: str = "The phone was stolen") -> Any:
    return desk.post(f"/admin/devices/{device.id}/do/{name}/", {"reason": reason})


def test_a_stolen_phone_is_locked_out_and_that_is_written_down(
    desk: Client, device: Device, app: APIClient, staff: User
) -> None:
    answer = deed(desk, device, "lock-out")
    assert answer["Location"] == person(device)
    assert app.get("/api/v1/user/profile").json()["code"] == "session_revoked"
    (told,) = written()
    assert (told.staff, told.action, told.reason) == (staff, "device.lock_out", "The phone was stolen")
    assert told.object_id == str(device.user_id)
    assert told.before == {"device": str(device.id), "revoked_at": None}
    assert (told.after or {})["revoked_at"] is not None


def test_a_phone_that_was_found_is_let_in_again(desk: Client, device: Device) -> None:
    deed(desk, device, "lock-out")
    assert deed(desk, device, "let-in", "It was found").status_code == 302
    device.refresh_from_db()
    assert device.revoked_at is None
    assert [told.action for told in written()] == ["device.lock_out", "device.let_in"]


def test_the_persons_page_offers_what_is_possible_and_tells_what_was_done(desk: Client, device: Device) -> None:
    assert f"/admin/devices/{device.id}/do/lock-out/" in desk.get(person(device)).content.decode()
    deed(desk, device, "lock-out")
    page = desk.get(person(device)).content.decode()
    assert f"/admin/devices/{device.id}/do/let-in/" in page
    assert "do/lock-out/" not in page
    assert "device.lock_out" in page.partition('id="person-deeds"')[2]


def test_without_a_reason_nothing_is_done(desk: Client, device: Device) -> None:
    assert deed(desk, device, "lock-out", " ").status_code == 200
    device.refresh_from_db()
    assert device.revoked_at is None
    assert written() == []


def test_a_second_click_is_refused_in_words(desk: Client, device: Device) -> None:
    deed(desk, device, "lock-out")
    assert "It is locked out already" in deed(desk, device, "lock-out").content.decode()
    deed(desk, device, "let-in")
    assert "It is not locked out" in deed(desk, device, "let-in").content.decode()
    assert len(written()) == 2


def test_it_is_for_those_who_may(client: Client, device: Device) -> None:
    clerk = User.objects.create_user("clerk", "a-long-password-here", is_staff=True)
    clerk.user_permissions.add(Permission.objects.get(codename="view_user"))
    client.force_login(clerk)
    assert "do/lock-out/" not in client.get(person(device)).content.decode()
    for name in ("lock-out", "let-in"):
        assert deed(client, device, name).status_code == 403
    clerk.user_permissions.add(Permission.objects.get(codename="suspend_user"))
    assert client.get(f"/admin/devices/{device.id}/do/lock-out/").status_code == 200


@pytest.mark.parametrize("address", ["/admin/devices/1/do/lock-out/", "/admin/devices/{}/do/destroy/"])
def test_there_is_nothing_else(desk: Client, device: Device, address: str) -> None:
    assert desk.get(address.format(device.id)).status_code == 404
