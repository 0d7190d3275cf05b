"""Every address of the platform."""

from django.conf import settings
from django.urls import include, path
from wagtail.admin import urls as wagtailadmin_urls

from portal import health
from portal.api import api
from portal.views import display, front, me, showcase, styleguide

handler400 = "portal.views.errors.bad_request"
handler500 = "portal.views.errors.server_error"

urlpatterns = [
    path("", front.front, name="front"),
    path("display", display.display, name="display"),
    path("me", me.me, name="me"),
    path("styleguide/", styleguide.styleguide, name="styleguide"),
    path("styleguide/form", styleguide.try_form, name="styleguide-form"),
    path("showcase/", showcase.choose, name="showcase"),
    path("showcase/<str:code>/", showcase.show_person, name="showcase-person"),
    path("showcase/<str:code>/live", showcase.show_live, name="showcase-live"),
    path("showcase/<str:code>/sample", showcase.show_sample, name="showcase-sample"),
    path("showcase/<str:code>/events", showcase.send_event, name="showcase-send"),
    path("showcase/<str:code>/dials", showcase.set_dials, name="showcase-dials"),
    path("showcase/<str:code>/letters/<int:letter_id>", showcase.open_letter, name="showcase-letter"),
    path("showcase/<str:code>/mails/<str:key>/<int:number>", showcase.open_attachment, name="showcase-mail"),
    path("healthz", health.alive),
    path("readyz", health.ready),
    path("", include("django_prometheus.urls")),
    path("api/v1/", api.urls),
    path("admin/", include(wagtailadmin_urls)),
]

# Anybody could report bounces where the providers have no secret to show.
if settings.ANYMAIL.get("WEBHOOK_SECRET"):
    urlpatterns.append(path("anymail/", include("anymail.urls")))
