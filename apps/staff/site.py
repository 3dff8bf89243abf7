"""The admin's site: a way in by two factors, and pages that are bounded and written down, whoever registers them."""

from collections.abc import Iterable
from typing import Any

from django.contrib import admin, auth
from django.contrib.auth import REDIRECT_FIELD_NAME
from django.db import transaction
from django.db.models import Model
from django.http import HttpRequest
from django.shortcuts import redirect
from django.urls import path
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters

from apps.staff import audit, known_values_filter, letters, login_pages, sessions
from apps.staff.login_forms import PasswordForm
from apps.staff.staff_page import StaffPage

known_values_filter.take_over()


class GuardedSite(admin.AdminSite):
    """To be put before the class of the theme's site."""

    def has_permission(self, request: HttpRequest) -> bool:
        return super().has_permission(request) and sessions.is_sound(request)

    def login(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> Any:
        if self.has_permission(request) and request.method == "GET":
            return redirect("admin:index")
        if request.user.is_authenticated and request.method == "GET":
            auth.logout(request)
        return self._password_step(request, extra_context)

    @transaction.atomic
    def password_change(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> Any:
        response = super().password_change(request, extra_context)
        if request.method == "POST" and response.status_code == 302:
            audit.record(request, "password.changed", request.user)  # type: ignore[arg-type]  # staff
            letters.tell_owner(int(request.user.pk or 0), "Your password was changed")
        return response

    def get_urls(self) -> Any:
        fresh = login_pages.with_fresh_proof
        open_to_all = never_cache(login_pages.second_factor_page)
        own = [
            path("second-factor/", sensitive_post_parameters()(open_to_all), name="second_factor"),
            path("second-factor/again/", self.admin_view(login_pages.again_page), name="second_factor_again"),
            path("second-factor/own/", self.admin_view(fresh(login_pages.codes_page)), name="second_factor_own"),
        ]
        return [*own, *super().get_urls()]

    def register(
        self, model_or_iterable: type[Model] | Iterable[type[Model]], admin_class: Any = None, **options: Any
    ) -> None:
        super().register(model_or_iterable, guarded(admin_class or admin.ModelAdmin), **options)

    def _password_step(self, request: HttpRequest, extra_context: dict[str, Any] | None) -> Any:
        context = {
            **self.each_context(request),
            "title": "Log in",
            "subtitle": None,
            "app_path": request.get_full_path(),
            "username": request.user.get_username(),
            **(extra_context or {}),
        }
        if REDIRECT_FIELD_NAME not in request.GET and REDIRECT_FIELD_NAME not in request.POST:
            context[REDIRECT_FIELD_NAME] = f"{request.path.rpartition('login/')[0]}"
        request.current_app = self.name
        template = self.login_template or "admin/login.html"
        step = login_pages.PasswordStep.as_view(
            extra_context=context, authentication_form=PasswordForm, template_name=template
        )
        return never_cache(step)(request)


def guarded(admin_class: Any) -> Any:
    """The same admin as one that is bounded and written down."""
    if issubclass(admin_class, StaffPage):
        return admin_class
    told = {"__module__": admin_class.__module__, "__doc__": admin_class.__doc__}
    return type(admin_class)(admin_class.__name__, (StaffPage, admin_class), told)
