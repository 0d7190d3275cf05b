"""The page of what is on its way goes on by itself: rarely, quietly, losing nobody's place, asking nothing in vain."""

import re

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from points.actions.fulfil_redemption import claim, settle
from points.models import Redemption
from points.rewards.providers import Answer, Outcome
from tests.accessible import complaints, obstacles
from tests.factories import MemberFactory
from tests.members.accounts import proved, verified
from tests.points.conftest import rewards  # noqa: F401  # fixture
from tests.points.reward_cast import PHONE, earn, redeem
from tests.signing_in import sign_in

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("rewards")]
#: Counts how often what is said is spoken, and what is being asked.
SPOKEN = """() => {
    window.spoken = window.asking = 0;
    const ask = window.fetch;
    window.fetch = (...about) => {
        window.asking++;
        const answer = ask(...about);
        answer.then((found) => found.clone().text(), () => "").catch(() => "").finally(() => window.asking--);
        return answer;
    };
    const said = document.querySelector("[role=status]");
    new MutationObserver(() => window.spoken++).observe(said, { childList: true, subtree: true, characterData: true });
}"""


@pytest.fixture
def on_its_way(page, live_server):
    """Looked at by whom it is for; the page's clock stands until somebody moves it."""
    member = earn(verified(MemberFactory(agrees=True, mobile="+8613800000001")), 12_000)
    proved(member)
    sign_in(page.context, member, live_server)
    made = redeem(member, PHONE)
    page.clock.install()
    page.goto(f"/points/redemptions/{made.pk}")
    page.evaluate(SPOKEN)
    return made


@pytest.fixture
def asked(page):
    """The requests for the page by its script."""
    found = []

    def note(request):
        if request.resource_type == "fetch" and not request.redirected_from:
            found.append(request)

    page.on("request", note)
    return found


def pass_by(page, seconds):
    """Second by second, with time for what is asked to be answered, and for the script to hear it."""
    for _ in range(seconds):
        page.clock.run_for(1_000)
        page.wait_for_timeout(20)
        page.wait_for_function("() => !window.asking", polling=20)


def sent(made):
    """Once more: at first the provider was not to be reached."""
    Redemption.objects.filter(pk=made.pk).update(next_try_at=timezone.now())
    assert claim(made.pk)


def delivered(made):
    made.refresh_from_db()
    settle(is_new=False, redemption_id=made.pk, attempt=made.attempts, answer=Answer(Outcome.DELIVERED))


def status(page):
    return page.locator("[role=status]")


def test_it_asks_more_and_more_rarely_and_says_nothing_twice(page, on_its_way, asked):
    for seconds, times in ((3, 1), (5, 2), (10, 3), (30, 4), (29, 4), (1, 5)):
        pass_by(page, seconds)
        assert len(asked) == times, seconds
    assert page.evaluate("window.spoken") == 0
    delivered(on_its_way)
    pass_by(page, 31)
    expect(status(page)).to_contain_text("已到账")
    assert page.evaluate("window.spoken") == 1
    pass_by(page, 60)
    assert len(asked) == 6  # it has ended, and nothing can change any more


def test_whoever_is_at_a_link_stays_there_while_nothing_changes_and_then_hears_what_did(page, on_its_way, asked):
    link = page.get_by_role("link", name="再看一下")
    link.focus()
    pass_by(page, 9)
    assert len(asked) == 2
    expect(link).to_be_focused()
    delivered(on_its_way)
    pass_by(page, 11)
    expect(status(page)).to_contain_text("已到账")
    expect(status(page)).to_be_focused()
    expect(page.get_by_text("138****0001").first).to_be_attached()


def test_whoever_is_elsewhere_stays_there_when_it_changes(page, on_its_way):
    call = page.locator("a[href^='tel:']").first
    call.focus()
    delivered(on_its_way)
    pass_by(page, 4)
    expect(status(page)).to_contain_text("已到账")
    expect(call).to_be_focused()


def test_that_it_was_sent_is_told_though_it_still_is_on_its_way(page, on_its_way):
    expect(status(page)).to_contain_text("等待服务商接单")
    sent(on_its_way)
    pass_by(page, 4)
    expect(status(page)).to_contain_text("服务商正在办理，现在不能取消")
    delivered(on_its_way)
    pass_by(page, 6)
    expect(status(page)).to_contain_text("已到账")
    assert page.evaluate("window.spoken") == 2


def test_signed_out_it_says_so_once_and_asks_no_more(page, on_its_way, asked):
    page.context.clear_cookies()
    pass_by(page, 4)
    expect(status(page)).to_contain_text("您已退出登录")
    # What was known stays there to read.
    expect(status(page)).to_contain_text("等待服务商接单")
    assert page.evaluate("window.spoken") == 1
    link = page.get_by_role("link", name="登录", exact=True).last
    expect(link).to_have_attribute("href", re.compile(rf"/sign-in\?next=/points/redemptions/{on_its_way.pk}$"))
    assert obstacles(page, widths=[360, 1440]) == []
    assert complaints(page) == []
    pass_by(page, 60)
    assert len(asked) == 1


def test_without_a_network_it_goes_on_asking(page, on_its_way):
    page.context.set_offline(True)
    pass_by(page, 4)
    page.context.set_offline(False)
    delivered(on_its_way)
    pass_by(page, 6)
    expect(status(page)).to_contain_text("已到账")
    assert Redemption.objects.get().state == Redemption.State.DELIVERED
