"""The platform's addresses."""

from django.urls import include, path
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView

from config import health

urlpatterns = [
    path("healthz", health.healthz, name="healthz"),
    path("readyz", health.readyz, name="readyz"),
    path("", include("measures.urls")),
    path("api/v1/", include("measures.api.urls")),
    path("", include("agencies.urls")),
    path("", include("feedback.urls")),
    path("api/v1/", include("feedback.api.urls")),
    path("", include("registry.urls")),
    path("api/v1/", include("agencies.api.urls")),
    path("api/v1/", include("registry.api.urls")),
    path("api/v1/schema/", SpectacularAPIView.as_view(), name="api_schema"),
    path("api/v1/docs/", SpectacularSwaggerSplitView.as_view(url_name="api_schema"), name="api_docs"),
]
