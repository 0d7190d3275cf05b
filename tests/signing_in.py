"""Signing a member in to a browser, past the pages that ask for a code."""

from django.conf import settings
from django.test import Client
from playwright.sync_api import BrowserContext

from members.models import Member


def sign_in(context: BrowserContext, member: Member, live_server) -> None:
    """In place of whoever was signed in there."""
    client = Client()
    client.force_login(member)
    name = settings.SESSION_COOKIE_NAME
    context.clear_cookies()
    context.add_cookies([{"name": name, "value": client.cookies[name].value, "url": live_server.url}])
