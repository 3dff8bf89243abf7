from django.conf import settings
from django.contrib import admin
from django.urls import URLPattern, URLResolver, include, path
from drf_spectacular.renderers import OpenApiJsonRenderer
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView

from apps.core.error_catalogue import ErrorCatalogueViewSet, problem_type_page
from apps.core.health_views import healthz, readyz
from apps.core.metrics_page import metrics_page

api: list[URLPattern | URLResolver] = [
    # What is asked for most stands first.
    path("emoji/", include("apps.emoji.urls")),
    path("points/", include("apps.points.urls")),
    path("", include("apps.accounts.urls")),
    path("", include("apps.billing.urls")),
    path("", include("apps.remoteconfig.urls")),
    # As the predecessor had it, for the balancers that ask there.
    path("health", healthz),
    path("utils/health-check", healthz),
    path("errors", ErrorCatalogueViewSet.as_view({"get": "list"})),
    path("openapi.json", SpectacularAPIView.as_view(renderer_classes=[OpenApiJsonRenderer]), name="openapi"),
]

urlpatterns = [
    path("api/v1/", include(api)),
    path("docs", SpectacularSwaggerSplitView.as_view(url_name="openapi"), name="docs"),
    path("problems/<slug:code>", problem_type_page),
    path("healthz", healthz),
    path("readyz", readyz),
    path("metrics", metrics_page),
    path(f"{settings.ADMIN_PATH}/", admin.site.urls),
]

handler400 = "apps.core.views.bad_request"
handler403 = "apps.core.views.forbidden"
handler404 = "apps.core.views.not_found"
handler500 = "apps.core.views.server_error"
