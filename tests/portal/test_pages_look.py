"""What holds for every page that members meet: tests/pages.py lists them."""

import re

import pytest
from django.urls import resolve
from playwright.sync_api import expect

from portal.embedded import ROOT
from portal.urls import urlpatterns
from tests.accessible import complaints, obstacles
from tests.pages import ELSEWHERE, PAGES, MemberPage
from tests.visits import SIZES, open_as

STYLES = ROOT / "portal" / "static" / "portal" / "banyan.css"
MOST_BYTES = 40_000
FORM = MemberPage("form", "/styleguide/form")

pytestmark = pytest.mark.usefixtures("untold")


def test_every_address_that_members_meet_is_looked_at():
    named = {route.name for route in urlpatterns if getattr(route, "name", None)}
    shown = {resolve(page.path).url_name for page in PAGES if page.name != "missing"}
    twice = {"account_request_login_code"}  # the sign-in by another name
    assert named - twice == shown | set(ELSEWHERE)
    assert not shown & set(ELSEWHERE)


def test_the_stylesheet_is_light_enough_for_an_old_phone():
    assert len(STYLES.read_bytes()) <= MOST_BYTES


def test_the_stylesheet_asks_nobody_else():
    assert not re.search(r"@import|url\(|https?:", STYLES.read_text())


def test_every_colour_is_a_token():
    """Or dark and care mode would leave it behind."""
    rules = STYLES.read_text().partition("@layer base {")[2].partition("@layer print {")[0]
    assert set(re.findall(r"#[0-9a-f]{3,8}\b", rules)) == {"#7a5a36"}  # the tree's bark


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("shown", PAGES, ids=lambda page: page.name)
def test_every_page_is_for_everybody(browser, live_server, shown):
    """Opened once for all that is proved of it: to set its stage takes longer than any of the proofs."""
    with open_as(browser, live_server, shown, theme="") as page:
        found = {
            "too small to be touched": too_small(page),
            "out of the keyboard's reach": out_of_reach(page),
            "inline": inline(page),
            "in the way": in_the_way_in_every_look(page, live_server.url),
        }
    assert {check: elements for check, elements in found.items() if elements} == {}


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(("care", "columns"), [(False, 2), (True, 1)])
def test_facts_have_one_column_where_letters_are_large_on_a_phone(browser, live_server, care, columns):
    (shown,) = (page for page in PAGES if page.name == "reward-owed")
    with open_as(browser, live_server, shown, care=care) as page:
        left = page.evaluate("[...document.querySelectorAll('.facts > *')].map(e => e.getBoundingClientRect().left)")
    assert len(set(left)) == columns


def too_small(page):
    """Less than 44 px; a link within a sentence is as high as the sentence."""
    return page.evaluate(
        "[...document.querySelectorAll('a.button, button, select, input:not([type=hidden]), .cell, .places a, .back')]"
        ".map(e => e.closest('label') ?? e)"
        ".filter(e => e.offsetParent && e.getBoundingClientRect().height < 44).map(e => e.outerHTML)"
    )


def out_of_reach(page):
    """What Tab does not come to though it is a link, button or field, once all is unfolded; and what it comes to though
    it is none, is not on the screen then, or not marked."""
    page.evaluate("document.querySelectorAll('details').forEach(part => part.open = true)")
    # Of radio buttons one is reached, the others by arrows.
    count = page.evaluate(
        "window.wanted = new Set([...document.querySelectorAll('a[href], button:enabled:not([aria-hidden=true]),"
        " select, textarea, summary, input:not([type=hidden]):enabled')].filter(e => e.checkVisibility()"
        " && (e.type !== 'radio' || e === e.form.elements[e.name][0]))), window.left = new Set(wanted), wanted.size"
    )
    wrong = (
        "(e => { const box = e.getBoundingClientRect(), { outlineStyle } = getComputedStyle(e); left.delete(e);"
        " const right = wanted.has(e) && box.bottom > 0 && box.top < innerHeight && outlineStyle === 'solid';"
        " return right ? [] : [e.outerHTML] })(document.activeElement)"
    )
    found = []
    page.keyboard.press("Tab")
    # A field for a date is reached in four parts; who never comes to the end is caught.
    for _ in range(4 * count):
        if page.evaluate("document.activeElement === document.body"):
            return found + page.evaluate("[...left].map(e => e.outerHTML)")
        found += page.evaluate(wrong)
        page.keyboard.press("Tab")
    return [*found, "no way out"]


def inline(page):
    """Scripts and styles: the content security policy would switch them off, and the browser says so on its console."""
    said = []
    page.on("console", lambda message: said.append(message.text) if message.type == "error" else None)
    answer = page.reload()
    assert "unsafe-inline" not in answer.headers["content-security-policy"]
    found = re.findall(r"<style| style=| on\w+=\"|<script>|javascript:", answer.text())
    return found + [text for text in said if "Content Security Policy" in text]


def in_the_way_in_every_look(page, site):
    """On an old phone with and without care, and at a desk, in both languages; in the light and, since colours speak no
    language, in one of them in the dark."""
    narrow, wide = (width for width, _ in SIZES.values())
    found = []
    for language, schemes in (("zh-hans", ("light", "dark")), ("en", ("light",))):
        for care, widths in (("", [narrow, wide]), ("on", [narrow])):
            look = {"django_language": language, "care": care}
            page.context.clear_cookies(name="care")
            page.context.add_cookies(
                [{"name": name, "value": value, "url": site} for name, value in look.items() if value]
            )
            page.reload()
            assert page.locator("html").get_attribute("lang").lower() == language
            there = obstacles(page, schemes=schemes, widths=widths)
            found += [f"{language} {care and 'care '}{obstacle}" for obstacle in there]
    return found


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("scripts", [True, False])
@pytest.mark.parametrize("button", ["display-language", "display-care"])
def test_a_half_filled_form_survives_another_language_and_larger_letters(browser, live_server, button, scripts):
    with open_as(browser, live_server, FORM, scripts=scripts) as page:
        page.fill("#id_name", "王小明")
        page.check("#id_way_1")
        page.check("#id_agreed")
        page.fill("#id_password", "hunter2-hunter2")
        page.click(f"button[name={button}]")
        page.wait_for_url("**/styleguide/form")
        assert page.locator("html").get_attribute("lang") == ("en" if button == "display-language" else "zh-Hans")
        assert page.input_value("#id_name") == "王小明"
        assert page.is_checked("#id_way_1") and page.is_checked("#id_agreed")
        assert page.input_value("#id_password") == ""


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("scripts", [True, False])
def test_enter_in_a_field_sends_the_form_and_does_not_change_the_language(browser, live_server, scripts):
    with open_as(browser, live_server, FORM, language="en", scripts=scripts) as page:
        page.evaluate("document.querySelector('#page-form').noValidate = true")
        page.fill("#id_mobile", "1380000")
        page.press("#id_mobile", "Enter")
        expect(page.locator("#id_mobile_error")).to_contain_text("A mobile number has 11 figures")
        assert page.locator("html").get_attribute("lang") == "en"


@pytest.mark.django_db(transaction=True)
def test_a_form_says_at_the_field_what_is_wrong_before_it_is_sent(browser, live_server):
    with open_as(browser, live_server, FORM, language="en") as page:
        page.fill("#id_mobile", "1380000")
        page.locator("#id_email").focus()
        expect(page.locator("#id_mobile_error")).to_have_text("A mobile number has 11 figures and begins with 1.")
        page.fill("#id_mobile", "13800001234")
        expect(page.locator("#id_mobile_error")).to_have_text("")
        page.locator("#page-form button[type=submit]").click()
        expect(page.locator("#id_name_error")).to_have_text("Please write your name.")
        expect(page.locator("#id_name")).to_be_focused()
        assert "id_name_error" in page.get_attribute("#id_name", "aria-describedby")
        assert page.input_value("#id_mobile") == "13800001234"


@pytest.mark.django_db(transaction=True)
def test_without_scripts_the_server_says_it_and_the_first_mistake_has_the_focus(browser, live_server):
    with open_as(browser, live_server, FORM, language="en", scripts=False) as page:
        page.evaluate("document.querySelector('#page-form').noValidate = true")
        page.fill("#id_name", "王小明")
        page.fill("#id_mobile", "1380000")
        page.locator("#page-form button[type=submit]").click()
        expect(page.locator("#id_mobile_error")).to_contain_text("A mobile number has 11 figures")
        expect(page.locator("#id_mobile")).to_be_focused()
        assert page.input_value("#id_name") == "王小明"


@pytest.mark.django_db(transaction=True)
def test_a_refused_form_is_accessible_and_leads_to_each_mistake(browser, live_server):
    with open_as(browser, live_server, FORM, language="en") as page:
        page.locator("#page-form").evaluate("form => HTMLFormElement.prototype.submit.call(form)")
        page.wait_for_selector(".form-errors")
        assert complaints(page) == []
        page.get_by_role("link", name="Mobile number · Please write your mobile number.").click()
        expect(page.locator("#id_mobile")).to_be_focused()


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("scripts", [True, False])
def test_a_dialog_opens_and_closes_by_keyboard(browser, live_server, scripts):
    guide = MemberPage("styleguide", "/styleguide/")
    with open_as(browser, live_server, guide, language="en", scripts=scripts) as page:
        page.get_by_role("link", name="Open a dialog").focus()
        page.keyboard.press("Enter")
        expect(page.get_by_role("dialog")).to_be_visible()
        page.get_by_role("link", name="Close").focus()
        page.keyboard.press("Enter")
        expect(page.locator("dialog")).to_be_hidden()


@pytest.mark.django_db(transaction=True)
def test_the_showcase_is_a_tap_away_on_a_phone_too(browser, live_server):
    with open_as(browser, live_server, MemberPage("me", "/me", "member")) as page:
        page.locator(".bar").get_by_role("link", name="体验台").click()
        expect(page).to_have_url(f"{live_server}/showcase/")


def test_the_device_decides_between_light_and_dark_until_the_reader_does(page):
    ground = "getComputedStyle(document.body).backgroundColor"
    page.emulate_media(color_scheme="dark")
    page.goto("/display")
    dark = page.evaluate(ground)
    page.click("button[value=light]")
    page.goto("/display")
    light = page.evaluate(ground)
    assert dark != light
    page.click("button[value=dark]")
    page.goto("/display")
    assert page.evaluate(ground) == dark


@pytest.mark.django_db(transaction=True)
def test_whoever_asks_the_system_for_more_contrast_gets_it(page):
    page.goto("/")
    usual = page.evaluate("getComputedStyle(document.body).color")
    page.emulate_media(contrast="more")
    assert page.evaluate("getComputedStyle(document.body).color") == "rgb(0, 0, 0)" != usual
