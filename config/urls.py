"""The platform's addresses."""

from django.urls import include, path

from config import health

urlpatterns = [
    path("healthz", health.healthz, name="healthz"),
    path("readyz", health.readyz, name="readyz"),
    path("", include("agencies.urls")),
    path("", include("feedback.urls")),
    path("api/v1/", include("feedback.api.urls")),
]
