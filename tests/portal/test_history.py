"""What was done on an account, shown to its member: at once, at every entrance, in plain words."""

import pytest
from django.utils import translation

from members.actions.block_account import block_account
from members.actions.record_account_event import record_account_event
from members.actions.unmask_member import UnmaskReason, unmask_member
from members.entrances import Entrance
from members.models import AccountBlock, AccountEvent
from members.roles import Role
from portal.history import ON_A_PAGE, WORDS, Happened
from tests.factories import MemberFactory
from tests.members.accounts import staff, verified
from tests.portal.test_member_api import App

pytestmark = pytest.mark.django_db
Kind = AccountEvent.Kind


@pytest.fixture
def alice():
    return MemberFactory(agrees=True)


def shown(client, path="/me/history"):
    return client.get(path, headers={"Accept-Language": "en"}).content.decode()


def test_what_is_done_at_one_entrance_is_seen_at_the_others_at_once(client, alice):
    client.force_login(alice)
    app = App(alice)
    app("POST", "me/consents", kind="marketing_sms", version=1)
    page = shown(client)
    newest = page[page.index('<ol class="timeline">') :]
    assert "reminders and offers by text message · app" in newest
    unmask_member(member=alice, reason=UnmaskReason.CALLER, entrance=Entrance.HOTLINE, by=staff(Role.SERVICE_AGENT))
    event = app("GET", "me/history")["events"][0]
    assert (event["kind"], event["entrance"], event["by_staff"]) == ("unmasked", "hotline", True)
    assert event["title"] == "Our staff were shown your numbers in full"
    assert event["detail"] == "to make sure who is calling or standing here"
    page = shown(client)
    assert "to make sure who is calling or standing here · hotline · by our staff" in page


def test_it_claims_no_more_than_it_tells_and_leads_to_the_rest(client, alice):
    client.force_login(alice)
    page = shown(client)
    assert "Everything" not in page.partition("<main")[2].partition("Each has a page of its own")[0]
    rest = page.partition("Each has a page of its own")[2]
    for path in ("/points/history", "/points/redemptions", "/me/benefits/bookings", "/me/cases"):
        assert f'href="{path}"' in rest
    assert "Everything that was done" not in shown(client, "/me")


def test_who_of_our_people_it_was_and_what_auditors_read_stays_with_us(client, alice):
    agent = staff(Role.SERVICE_AGENT)
    agent.name = "陈静"
    agent.save()
    record_account_event(
        member=alice, kind=Kind.PHONE_RELEASED, entrance=Entrance.COUNTER, by=agent, record="COUNTER-2026-0042"
    )
    client.force_login(alice)
    page = shown(client)
    assert "The phone number was taken off your account" in page
    assert "陈静" not in page and "COUNTER-2026" not in page


def test_a_block_does_not_say_why_it_was_suspected(alice):
    block_account(
        member=alice, reason=AccountBlock.Reason.DOCUMENTS, entrance=Entrance.HOTLINE, by=staff(Role.APPROVER)
    )
    happened = Happened.of(alice.account_events.get(kind=Kind.BLOCKED))
    assert (happened.detail, happened.look) == ("", "bad")


def test_a_level_says_which_and_how(alice):
    verified(alice)
    with translation.override("en"):
        happened = Happened.of(alice.account_events.get(kind=Kind.LEVEL_GRANTED))
        assert happened.note == "verified · name, document and phone match the insurer's record · website"
    with translation.override("zh-hans"):
        assert Happened.of(alice.account_events.get(kind=Kind.LEVEL_GRANTED)).title == "认证级别提升"


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_there_are_words_for_all_that_can_happen(language):
    with translation.override(language):
        titles = [str(WORDS[kind]) for kind in Kind]
    assert len(set(titles)) == len(Kind)
    assert all(title.isascii() == (language == "en") for title in titles)


def test_it_is_read_page_by_page_to_the_first_line_and_no_line_twice(client, alice):
    for _ in range(2 * ON_A_PAGE):
        record_account_event(member=alice, kind=Kind.SIGNED_OUT, entrance=Entrance.WECHAT)
    app, seen, before = App(alice), [], ""
    while before is not None:
        page = app("GET", f"me/history{before and f'?before={before}'}")
        seen += [event["id"] for event in page["events"]]
        before = page["next_before"]
    assert seen == list(alice.account_events.order_by("-pk").values_list("pk", flat=True))
    client.force_login(alice)
    assert 'rel="next"' in shown(client) and 'rel="prev"' not in shown(client)
    assert 'rel="prev"' in shown(client, "/me/history?page=2")
    assert shown(client, "/me/history?page=nonsense").count("<li") >= ON_A_PAGE


@pytest.mark.parametrize("before", ["0", "-1", "x", str(2**63)])
def test_a_place_that_is_none_is_named(alice, before):
    app = App(alice)
    assert "before" in str(app("GET", f"me/history?before={before}"))
    assert app.status == 422


def test_a_stranger_s_history_is_not_shown(client, alice):
    bob = MemberFactory(agrees=True)
    verified(alice)
    client.force_login(bob)
    assert "A level was reached" not in shown(client)
    last = alice.account_events.latest("pk").pk
    assert {event["kind"] for event in App(bob)("GET", f"me/history?before={last + 1}")["events"]} == {"consent_given"}
    client.logout()
    assert client.get("/me/history").status_code == 302
    app = App(bob)
    app.token = "invented"
    app("GET", "me/history")
    assert app.status == 401
