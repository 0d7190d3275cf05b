"""Every address of the platform."""

from django.urls import include, path
from wagtail.admin import urls as wagtailadmin_urls

from portal import health
from portal.api import api

urlpatterns = [
    path("healthz", health.alive),
    path("readyz", health.ready),
    path("", include("django_prometheus.urls")),
    path("api/v1/", api.urls),
    path("admin/", include(wagtailadmin_urls)),
]
