"""A billing event's page, with the way to process it again."""

from django.contrib import admin

from apps.billing.admin import RevenueCatEventAdmin
from apps.billing.models import RevenueCatEvent

admin.site.unregister(RevenueCatEvent)


@admin.register(RevenueCatEvent)
class EventAdmin(RevenueCatEventAdmin):
    change_form_outer_before_template = "admin/backoffice/event.html"  # type: ignore[assignment]  # the theme says None
