"""The admin site: the theme's behind our way in, with pages that belong to no table."""

from django.urls import URLPattern, path
from unfold.sites import UnfoldAdminSite

from apps.backoffice.device_deeds import device_deed
from apps.backoffice.event_deeds import process_again
from apps.backoffice.find_page import find_page
from apps.backoffice.person_deeds import person_deed
from apps.backoffice.report_page import report_deed, report_page
from apps.backoffice.task_deeds import task_deed
from apps.staff.site import GuardedSite


class BackofficeSite(GuardedSite, UnfoldAdminSite):
    def extra_urls(self) -> list[URLPattern]:
        staff = self.admin_view
        return [
            path("find/", staff(find_page), name="backoffice_find"),
            path("people/<int:user_id>/do/<slug:deed>/", staff(person_deed), name="backoffice_person_deed"),
            path("devices/<int:device_id>/do/<slug:deed>/", staff(device_deed), name="backoffice_device_deed"),
            path("events/<int:event_id>/process/", staff(process_again), name="backoffice_event_process"),
            path("tasks/<int:task_id>/do/<slug:deed>/", staff(task_deed), name="backoffice_task_deed"),
            path("reports/<int:report_id>/", staff(report_page), name="backoffice_report"),
            path("reports/<int:report_id>/do/<slug:deed>/", staff(report_deed), name="backoffice_report_deed"),
        ]
