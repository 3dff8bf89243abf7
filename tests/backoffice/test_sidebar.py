"""Every table can be found in the back-office, by who may see it."""

import pytest
from django.apps import apps
from django.contrib import admin
from django.contrib.auth.models import Permission
from django.db.models import Model
from django.test import Client
from django.urls import reverse

from apps.accounts.models import User
from apps.backoffice.sidebar import SUBJECTS

# Django's own books, and what would let a reader act as somebody else.
NOT_SHOWN = {
    "auth.permission",
    "contenttypes.contenttype",
    "sessions.session",
    "django_celery_beat.periodictasks",
    "django_celery_beat.solarschedule",
}
SHOWN = [label for tables in SUBJECTS.values() for label in tables]


def label(model: type[Model]) -> str:
    return model._meta.label_lower


def test_every_table_of_every_app_is_in_the_sidebar_once() -> None:
    assert sorted(SHOWN) == sorted({label(model) for model in apps.get_models()} - NOT_SHOWN)


def test_every_page_there_is_can_be_reached() -> None:
    assert {label(model) for model in admin.site._registry} == set(SHOWN)


@pytest.mark.parametrize("table", SHOWN)
def test_every_list_opens_in_the_theme(client: Client, staff: User, table: str) -> None:
    client.force_login(staff)
    page = client.get(reverse(f"admin:{table.replace('.', '_')}_changelist"))
    assert page.status_code == 200
    assert "unfold/css/styles.css" in page.content.decode()


def test_a_member_of_staff_sees_what_they_may(client: Client, db: None) -> None:
    clerk = User.objects.create_user("clerk", "a-long-password-here", is_staff=True)
    clerk.user_permissions.add(Permission.objects.get(codename="view_order"))
    client.force_login(clerk)
    links = [item["link"] for group in client.get("/admin/").context["sidebar_navigation"] for item in group["items"]]
    assert links == ["/admin/", "/admin/find/", "/admin/billing/order/"]


@pytest.mark.parametrize(("environment", "colour"), [("production", "danger"), ("local", "info")])
def test_every_page_says_where_it_runs(
    client: Client, staff: User, settings: pytest.MonkeyPatch, environment: str, colour: str
) -> None:
    settings.ENVIRONMENT, settings.PRODUCTION = environment, environment == "production"  # type: ignore[attr-defined]  # any setting
    client.force_login(staff)
    assert client.get("/admin/").context["environment"] == (environment.capitalize(), colour)
