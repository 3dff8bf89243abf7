"""A person's page: everything about them, what can be done for them, and the few facts that staff may type."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils import timezone

from apps.accounts.admin import UserAdmin
from apps.accounts.models import User
from apps.backoffice import person, pictures
from apps.billing import subscriptions

admin.site.unregister(User)


@admin.register(User)
class PersonAdmin(UserAdmin):
    change_form_outer_before_template = "admin/backoffice/person.html"  # type: ignore[assignment]  # the theme says None

    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None) -> User | None:
        """Once a request, though two ask for it."""
        if not hasattr(request, "shown_user"):
            request.shown_user = super().get_object(request, object_id, from_field)  # type: ignore[attr-defined]  # ours
        found: User | None = request.shown_user  # type: ignore[attr-defined]  # set above
        return found

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> Any:
        user = self.get_object(request, object_id)
        shown = _shown(request, user) if user and request.method == "GET" else {}
        return super().change_view(request, object_id, form_url, (extra_context or {}) | shown)

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        if "is_tester" in form.changed_data:
            # A tester's sandbox purchases count.
            subscriptions.derive_vip(subscriptions.lock([obj.pk]))


def _shown(request: HttpRequest, user: User) -> dict[str, Any]:
    found = person.of(user, timezone.now())
    shown = {"person": found, "minutes": int(pictures.LINK_LIFETIME.total_seconds() // 60)}
    if pictures.asked_for(request):
        shown["pictures"] = pictures.of(request, user, found.tasks[: pictures.MOST_PICTURES])
        shown["avatar_link"] = pictures.avatar_of(request, user)
    return shown
