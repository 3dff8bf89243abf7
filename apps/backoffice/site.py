"""The admin site: the theme's, with pages that belong to no table."""

from django.urls import URLPattern
from unfold.sites import UnfoldAdminSite


class BackofficeSite(UnfoldAdminSite):
    def extra_urls(self) -> list[URLPattern]:
        return []
