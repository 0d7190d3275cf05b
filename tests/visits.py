"""Opening a page of `tests.pages` in the browser as its visitor, in any look."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date

from allauth.usersessions.models import UserSession
from django.conf import settings
from django.test import Client
from playwright.sync_api import Browser, Page

from tests.factories import CustomerFactory, MemberFactory
from tests.pages import MemberPage

#: An old phone, and a desk.
SIZES = {"narrow": (360, 740), "wide": (1440, 900)}
PATIENCE_MS = 10_000


@contextmanager
def open_as(
    browser: Browser,
    live_server,
    shown: MemberPage,
    *,
    size: str = "narrow",
    theme: str = "light",
    care: bool = False,
    language: str = "zh",
    scripts: bool = True,
) -> Iterator[Page]:
    """The page, opened. Whoever is signed in is 65 and has not been asked about care mode unless it is on.

    `theme`: what the visitor has chosen; "" follows the system's.
    """
    width, height = SIZES[size]
    context = browser.new_context(
        base_url=live_server.url,
        locale="en-GB" if language == "en" else "zh-CN",
        timezone_id="Asia/Shanghai",
        viewport={"width": width, "height": height},
        java_script_enabled=scripts,
    )
    context.set_default_timeout(PATIENCE_MS)
    cookies = {"django_language": "en" if language == "en" else "zh-hans"}
    if theme:
        cookies["theme"] = theme
    if care:
        cookies["care"] = "on"
    if shown.who == "member":
        cookies[settings.SESSION_COOKIE_NAME] = session_of_a_member()
    context.add_cookies([{"name": name, "value": value, "url": live_server.url} for name, value in cookies.items()])
    page = context.new_page()
    page.goto(shown.path)
    yield page
    context.close()


def session_of_a_member() -> str:
    """The session key of 王小明, 65, signed in here and on a phone."""
    client, phone = Client(), Client()
    member = MemberFactory(agrees=True, customer=CustomerFactory(birth_date=date(1960, 5, 17)))
    for device, user_agent in ((client, "Mozilla/5.0 (Windows NT 10.0) Chrome/156.0"), (phone, "iPhone Safari/605")):
        device.force_login(member)
        UserSession.objects.create(
            user=member, session_key=device.session.session_key, ip="127.0.0.1", user_agent=user_agent
        )
    return client.cookies[settings.SESSION_COOKIE_NAME].value
