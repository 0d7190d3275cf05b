"""The showcase in a real browser: what arrives shows by itself, by keyboard, without scripts, and for everybody."""

import pytest
from playwright.sync_api import expect

from members.catalogue import event_specs
from notifications.models import Message
from tests.accessible import obstacles
from tests.factories import CustomerFactory, MemberFactory, PolicyFactory, WeChatBindingFactory
from tests.notifications.conftest import make_event_type
from tests.sandbox import text

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def alice(sandbox):
    alice = CustomerFactory(reachable=True, name="王小明")
    WeChatBindingFactory(member=MemberFactory(customer=alice), openid="openid-alice")
    PolicyFactory(policyholder=alice, policy_no="P202600001")
    make_event_type("renewal.debit_failed", variables=event_specs()["renewal.debit_failed"].variables)
    return alice


@pytest.mark.parametrize("care", [True, False])
def test_pages_are_accessible_and_fit(page, alice, sandbox, care):
    sandbox.post(text("1", to=alice.mobile))
    page.goto("/showcase/")
    if care:
        page.locator("button[name=display-care]").click()
        expect(page.locator("html")).to_have_attribute("data-care", "")
    for path in ("/showcase/", f"/showcase/c{alice.pk}/"):
        page.goto(path)
        assert obstacles(page, widths=[375, 1440]) == []
        small = page.evaluate(
            "[...document.querySelectorAll('a.button, button, select, .app, .cell')]"
            ".filter(e => e.offsetParent && e.getBoundingClientRect().height < 44).map(e => e.outerHTML)"
        )
        assert small == []


def test_what_arrives_shows_without_reloading(page, alice, sandbox):
    page.goto(f"/showcase/c{alice.pk}/")
    expect(page.locator(".pane-sms .bubble")).to_have_count(0)
    sandbox.post(text("1", to=alice.mobile, text="刚到的短信"))
    expect(page.locator(".pane-sms .bubble")).to_have_text("刚到的短信")
    expect(page.locator("#count-sms")).to_have_text("1")


def test_an_event_sent_from_the_page_reaches_the_phone(page, alice, sandbox):
    """Intake, log, consumer, route, text, sending, provider, phone."""
    page.goto(f"/showcase/c{alice.pk}/")
    page.locator("button[form=event]").click()
    expect(page.locator("#sample [role=status]")).to_be_visible()
    expect(page.locator(".pane-sms .bubble")).to_contain_text("P202600001")
    expect(page.locator("#count-inbox")).to_have_text("1")
    expect(page.locator(".timeline > li")).to_have_count(1)
    assert Message.objects.filter(channel="sms", state__in=["sent", "delivered"]).count() == 1


def test_another_event_type_brings_its_own_form(page, alice):
    page.goto(f"/showcase/c{alice.pk}/")
    page.select_option("#type", "loan.disbursed")
    expect(page.locator("#sample code")).to_have_text("loan.disbursed")


def test_the_phone_opens_on_the_app_that_has_something(page, alice, sandbox):
    page.goto(f"/showcase/c{alice.pk}/")
    expect(page.locator(".pane-sms")).to_be_visible()
    sandbox.post(text("1", to="openid-alice", title="保费扣款失败"), service="wechat")
    page.reload()
    expect(page.locator(".pane-wechat .notice")).to_be_visible()
    expect(page.locator(".pane-sms")).to_be_hidden()


def test_the_phone_is_used_by_keyboard(page, alice):
    page.goto(f"/showcase/c{alice.pk}/")
    page.locator("#app-sms").focus()
    page.keyboard.press("ArrowRight")
    expect(page.locator(".pane-wechat")).to_be_visible()
    expect(page.locator(".pane-sms")).to_be_hidden()
    page.keyboard.press("ArrowRight")
    expect(page.locator(".pane-inbox")).to_be_visible()


def test_it_works_without_scripts(browser, live_server, alice, sandbox):
    context = browser.new_context(base_url=live_server.url, java_script_enabled=False, locale="en")
    page = context.new_page()
    page.goto("/showcase/")
    page.fill("#search", "王小明")
    page.get_by_role("search").get_by_role("button").click()
    assert page.url.endswith(f"/showcase/c{alice.pk}/")
    page.select_option("#type", "loan.disbursed")
    page.locator("noscript button").click()
    assert page.locator("#sample code").inner_text() == "loan.disbursed"
    page.select_option("#type", "renewal.debit_failed")
    page.locator("noscript button").click()
    page.locator("button[form=event]").click()
    assert page.locator("[role=status]").is_visible()
    page.reload()
    assert page.locator(".pane-sms .bubble").count() == 1
    context.close()
