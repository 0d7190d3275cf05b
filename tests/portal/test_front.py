"""The front page, what a visitor may set without an account, and the error pages."""

import pytest
from django.test import Client
from django.urls import path
from django.utils import translation

from portal.urls import handler400, handler500
from portal.urls import urlpatterns as real_patterns

pytestmark = pytest.mark.django_db


def fail(request):
    raise RuntimeError("on purpose")


urlpatterns = [*real_patterns, path("broken", fail)]
__all__ = ["handler400", "handler500"]


@pytest.fixture(autouse=True)
def english(client):
    client.cookies["django_language"] = "en"
    yield
    translation.deactivate()


def test_it_works(client):
    page = client.get("/")
    assert page.status_code == 200
    assert page.context["insurer_name"] == "Banyan Life"
    assert "/showcase/" in page.text
    assert all(number in page.text for number in ("13900000001", "13800000000"))


def test_outside_the_demo_nobody_learns_a_password(client, settings):
    settings.DEMO = False
    text = client.get("/").text
    assert "banyan-demo" not in text
    assert "13900000001" not in text
    assert "/showcase/" not in text


def test_pages_need_no_inline_script_or_style(client):
    """The content security policy would silently switch them off."""
    page = client.get("/")
    assert "unsafe-inline" not in page["Content-Security-Policy"]
    for inline in ("<style", " style=", " onclick=", "<script>"):
        assert inline not in page.text


def test_a_missing_page_says_so_in_our_clothes(client):
    page = client.get("/nowhere")
    assert page.status_code == 404
    assert "portal/fault.html" in [template.name for template in page.templates]
    assert "banyan.css" in page.text


def test_an_expired_form_says_so():
    answer = Client(enforce_csrf_checks=True).post("/display", {"display-care": "on"})
    assert answer.status_code == 403
    assert "403_csrf.html" in [template.name for template in answer.templates]


@pytest.mark.urls(__name__)
def test_our_own_failure_tells_no_detail(client):
    client.raise_request_exception = False
    page = client.get("/broken")
    assert page.status_code == 500
    assert "500.html" in [template.name for template in page.templates]
    assert "on purpose" not in page.text
