"""What every test may use: a browser, and a page of it at the running site."""

import os
from collections.abc import Iterator

import hypothesis
import pytest
from django.core.signals import setting_changed
from django.db import connection
from django.dispatch import Signal, receiver
from django.test import TransactionTestCase
from django.utils import translation
from playwright.sync_api import Browser, Page, expect, sync_playwright

from benefits import events as benefit_events
from members import events as member_events
from points import events as point_events
from tests.application_role import application, role  # noqa: F401  # fixtures
from tests.browser import ARGUMENTS, NoBrowser, ensure_chromium
from tests.codes import codes  # noqa: F401  # fixture
from tests.emptying import empty
from tests.sandbox import sandbox, web  # noqa: F401  # fixtures
from tests.template_database import template_database


@receiver(setting_changed)
def choose_the_face_services_anew(setting: str, **_: object) -> None:
    """They are chosen once a process; a test that chose a vendor would leave it to the tests that follow."""
    if setting.startswith("FACE_"):
        from members.face import seams

        for seam in (seams.liveness_check, seams.face_matcher, seams.reference_photos):
            seam.cache_clear()


@receiver(setting_changed)
def choose_the_provider_of_top_ups_anew(setting: str, **_: object) -> None:
    if setting == "TOPUP_PROVIDER":
        from points.rewards.providers import top_up_provider

        top_up_provider.cache_clear()


@receiver(setting_changed)
def choose_the_providers_system_anew(setting: str, **_: object) -> None:
    if setting == "VISIT_SYSTEM":
        from benefits.provider_systems import visit_system

        visit_system.cache_clear()


TransactionTestCase._fixture_teardown = empty


# A busy machine is no failure: speed is the benchmarks' subject.
hypothesis.settings.register_profile("untimed", deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow])
hypothesis.settings.load_profile("untimed")

#: A page waits this long for what a test expects of it.
PATIENCE_MS = 10_000

expect.set_options(timeout=PATIENCE_MS)


@pytest.fixture(scope="session")
def django_db_modify_db_settings(django_db_modify_db_settings_parallel_suffix) -> None:
    """Of pytest-django, before it makes the database."""
    connection.settings_dict["TEST"]["TEMPLATE"] = template_database()


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Chromium. A machine that can't have one fails these tests: what nobody looked at is not proved."""
    try:
        program = ensure_chromium()
    except NoBrowser as error:
        pytest.fail(str(error))
    # Playwright keeps an event loop in this thread, and Django would refuse to speak to the database beside it.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    # Beside a loop Django has another connection than without. The one until now is found again by processes that
    # tests fork, where no loop runs: open, all of them would speak through it at once.
    connection.close()
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=program, args=ARGUMENTS)
        yield chromium
        chromium.close()


@pytest.fixture
def page(browser: Browser, live_server) -> Iterator[Page]:
    """A fresh visitor with a phone, at the running site: `page.goto("/")`."""
    context = browser.new_context(
        base_url=live_server.url, locale="zh-CN", timezone_id="Asia/Shanghai", viewport={"width": 390, "height": 844}
    )
    context.set_default_timeout(PATIENCE_MS)
    yield context.new_page()
    context.close()


@pytest.fixture(autouse=True)
def language_of_the_settings() -> None:
    """A request in another language leaves it behind in the thread, for whatever test comes next."""
    translation.deactivate()


@pytest.fixture
def untold(monkeypatch) -> None:
    """What members, points and benefits tell reaches no notification: without the catalogue it has no texts for it."""
    for signal in (each for told in (member_events, point_events, benefit_events) for each in vars(told).values()):
        if isinstance(signal, Signal):
            heard = [each for each in signal.receivers if not each[1]().__module__.startswith("notifications")]
            monkeypatch.setattr(signal, "receivers", heard)
            signal.sender_receivers_cache.clear()
