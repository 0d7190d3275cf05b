"""What staff see of members' points, and what they do about them."""

import csv
from uuid import uuid4

import pytest
from django.urls import reverse
from wagtail.models import ModelLogEntry

from members.actions.merge_accounts import join_accounts
from members.models import Member
from members.roles import Role
from points.actions.lapse_lots import lapse_lots
from points.actions.open_hold import open_hold
from points.actions.seal_postings import seal_postings
from points.actions.spend import spend
from points.models import PointAdjustment, Posting, Reward
from points.queries import balance_of
from points.tasks import audit_ledger
from tests.factories import CustomerFactory, MemberFactory
from tests.members.accounts import staff
from tests.points.earning import rule, told
from tests.points.reward_cast import PHONE, redeem, redeemer
from tests.points.test_adjusting import adjust, decide
from tests.points.test_adjusting import ben as ben
from tests.points.test_adjusting import olga as olga
from tests.points.test_merging_and_closing import in_days, owe


@pytest.fixture
def alice(db) -> Member:
    return MemberFactory(name="欧阳爱丽", mobile="+8613811112222", customer=CustomerFactory(name="欧阳爱丽"))


def enter(client, who: Member) -> None:
    client.force_login(who)
    client.defaults["HTTP_ACCEPT_LANGUAGE"] = "en"


def text(answer) -> str:
    return " ".join(answer.content.decode().split())


def ledger_of(client, member: Member, **query: object) -> str:
    answer = client.get(reverse("points_ledgers:member", args=[member.pk]), query)
    assert answer.status_code == 200
    assert "no-store" in answer["Cache-Control"]
    return text(answer)


def fill_in(client, member: Member, **data: object):
    about = {"direction": "give", "points": 20, "reason": "goodwill", "note": "等了两小时", "request_id": uuid4()}
    return client.post(reverse("points_ledgers:adjust", args=[member.pk]), about | data, follow=True)


def press(client, name: str, adjustment: PointAdjustment, **data: object) -> str:
    return text(client.post(reverse(f"points_adjustments:{name}", args=[adjustment.pk]), data, follow=True))


def test_ledger_shows_everything_that_was_booked(client, alice, olga, earn):
    booked = earn(alice, 1300, cause="event:core/42")
    open_hold(member_id=alice.pk, points=200, scope="redemption", key="r7", reason="PHONE-10", expires_at=in_days(1))
    earn(alice, 70, available_at=in_days(3))
    seal_postings()
    enter(client, olga)
    page = ledger_of(client, alice)
    for shown in ("1,100", "daily.quiz", "event:core/42", "earned · 0", "PHONE-10", "redemption · r7", "1,370"):
        assert shown in page, shown
    assert f"<td>{booked.posting_id}</td> <td>1</td>" in page  # posting and seal
    assert "138****2222" in page
    assert "13811112222" not in page


def test_what_is_set_aside_for_a_redemption_has_no_end_of_its_own(client, rewards, ben):
    """The hold's clock would end in ten years; the redemption does it long before."""
    asked = redeem(redeemer(), PHONE)
    enter(client, ben)
    page = ledger_of(client, asked.member)
    assert reverse("redemptions:inspect", args=[asked.pk]) in page and "until this is delivered" in page
    assert str(asked.hold.expires_at.year) not in page


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_figures_are_grouped_everywhere(client, rewards, language):
    """In lists, on pages, and signed ones, too."""
    client.force_login(staff(Role.ADMINISTRATOR, "Carl"))
    asked, one, language = redeem(redeemer(), PHONE), rule(points=12_345), {"Accept-Language": language}
    Reward.objects.filter(sku=PHONE).update(face_value=1234)
    told(asked.member)
    for page, shown in (
        (reverse("redemptions:index"), "1,000"),
        (reverse("rule_payments:index"), "12,345"),
        (reverse("earning_rules:inspect", args=[one.pk]), "12,345"),
        (reverse("points_ledgers:member", args=[asked.member_id]), "+12,345"),
        (reverse("rewards:inspect", args=[asked.reward_id]), "1,000"),
        (reverse("rewards:edit", args=[asked.reward_id]), "1,234.00"),
    ):
        assert shown in text(client.get(page, headers=language)), page


def test_who_looked_is_on_record(client, alice, olga):
    enter(client, olga)
    ledger_of(client, alice)
    entry = ModelLogEntry.objects.get(action="points.read_ledger")
    assert (entry.user, entry.object_id) == (olga, str(alice.pk))


def test_ledger_is_turned_page_by_page(client, alice, olga, earn):
    for points in range(1, 53):
        earn(alice, points)
    enter(client, olga)
    first = client.get(reverse("points_ledgers:member", args=[alice.pk]))
    assert len(first.context["entries"]) == 50
    second = client.get(f"{first.request['PATH_INFO']}?before={first.context['older']}")
    assert [entry.amount for entry, _ in second.context["entries"]] == [2, 1]
    assert second.context["older"] is None
    assert client.get(first.request["PATH_INFO"], {"before": "x"}).status_code == 404


def test_ledger_says_what_is_owed_and_where_a_merged_account_went(client, alice, bob, olga, earn):
    owe(bob, earn, 40)
    enter(client, olga)
    assert "The member owes 40 points" in ledger_of(client, bob)
    join_accounts(kept=alice, closed=bob, entrance="web")
    page = ledger_of(client, bob)
    assert reverse("points_ledgers:member", args=[alice.pk]) in page
    assert reverse("points_ledgers:adjust", args=[bob.pk]) not in page


def test_ledger_shows_what_waits_for_an_account_that_was_merged_into_this_one(client, alice, bob, olga):
    waiting = adjust(bob, 400, olga)
    join_accounts(kept=alice, closed=bob, entrance="web")
    enter(client, olga)
    assert reverse("points_adjustments:inspect", args=[waiting.pk]) in ledger_of(client, alice)


def test_member_is_found_without_a_trace_in_the_address(client, alice, bob, ben, earn):
    earn(alice, 12)
    enter(client, ben)
    answer = client.post(reverse("points_ledgers:index"), {"wanted": "138 1111 2222"}, follow=True)
    assert [(row.pk, row.balance) for row in answer.context["object_list"]] == [(alice.pk, 12)]
    assert "13811112222" not in answer.redirect_chain[-1][0]


def test_file_of_the_member_leads_to_the_points(client, alice, olga):
    enter(client, olga)
    page = text(client.get(reverse("member_files:inspect", args=[alice.pk])))
    assert reverse("points_ledgers:member", args=[alice.pk]) in page
    enter(client, staff(Role.APPROVER, "Ann"))
    page = text(client.get(reverse("member_files:inspect", args=[alice.pk])))
    assert reverse("points_ledgers:member", args=[alice.pk]) not in page


def test_small_adjustment_is_booked_and_shown(client, alice, olga):
    enter(client, olga)
    page = text(fill_in(client, alice))
    assert "Booked." in page
    assert "goodwill" in page
    assert "+20" in page
    assert "Olga" in page


def test_large_one_waits_and_a_second_person_books_it(client, alice, olga, ben):
    enter(client, olga)
    page = text(fill_in(client, alice, points=400))
    assert "a second person has to agree" in page
    assert "You proposed this" in page
    adjustment = PointAdjustment.objects.get()
    page = ledger_of(client, alice)
    assert "+400 points wait for a second person: proposed by Olga" in page
    assert reverse("points_adjustments:inspect", args=[adjustment.pk]) in page
    enter(client, ben)
    assert "Proposed adjustments of points" in text(client.get(reverse("wagtailadmin_home")))
    listed = client.get(reverse("points_adjustments:index"), {"state": "waiting"})
    assert list(listed.context["object_list"]) == [adjustment]
    shown = text(client.get(reverse("points_adjustments:inspect", args=[adjustment.pk])))
    assert "等了两小时" in shown
    assert "<dt>Usable now</dt> <dd> 0 </dd>" in shown
    assert "Booked." in press(client, "decide", adjustment, approve="")
    assert balance_of(alice.pk).available == 400
    assert "wait for a second person" not in ledger_of(client, alice)
    for state, count in (("waiting", 0), ("approved", 1), ("alone", 0), ("refused", 0)):
        listed = client.get(reverse("points_adjustments:index"), {"state": state})
        assert len(listed.context["object_list"]) == count, state


def test_whoever_proposed_is_told_to_ask_somebody_else(client, alice, ben):
    adjustment = adjust(alice, 400, ben)
    enter(client, ben)
    shown = text(client.get(reverse("points_adjustments:inspect", args=[adjustment.pk])))
    assert "Approve and book" not in shown
    assert "Ask somebody else" in press(client, "decide", adjustment, approve="")


def test_second_decision_says_who_was_faster(client, alice, olga, ben):
    adjustment = adjust(alice, 400, olga)
    decide(adjustment, ben, approve=False)
    enter(client, staff(Role.ADMINISTRATOR, "Carl"))
    page = press(client, "decide", adjustment, approve="")
    assert "was faster; the decision is: rejected" in page
    assert not Posting.objects.exists()


def test_refusal_stands_at_the_field_and_what_was_typed_stays(client, alice, olga, earn):
    earn(alice, 5)
    enter(client, olga)
    answer = fill_in(client, alice, direction="take")
    assert "15 points are missing" in text(answer)
    assert "等了两小时" in text(answer)
    # Nobody else is asked about what can't be booked anyway.
    assert "1,435 points are missing: 1,440 are needed, and 5 can be used" in text(
        fill_in(client, alice, direction="take", points=1_440)
    )
    assert "required" in text(fill_in(client, alice, note=""))
    for points in ("", "0", "-3", "1.5", "many"):
        assert fill_in(client, alice, points=points).context["form"].errors["points"], points
    assert fill_in(client, alice, points=10**30).context["form"].errors["points"]
    assert not PointAdjustment.objects.exists()


def test_decision_that_can_not_be_booked_stays_open(client, alice, olga, ben, earn):
    earn(alice, 400)
    adjustment = adjust(alice, -400, olga)
    spend(member_id=alice.pk, points=400, scope="test", key="spent", reason="test")
    enter(client, ben)
    assert "Not booked: 400 points are missing" in press(client, "decide", adjustment, approve="")
    adjustment.refresh_from_db()
    assert adjustment.waits


def test_taking_back_is_proposed_on_the_page_of_what_was_given(client, alice, olga, ben):
    given = adjust(alice, 50, olga)
    enter(client, olga)
    assert "Say in a note" in press(client, "take-back", given, note="", request_id=uuid4())
    page = press(client, "take-back", given, note="弄错了", request_id=uuid4())
    assert "This takes back what was given before" in page
    assert "somebody has proposed to" in press(client, "take-back", given, note="弄错了", request_id=uuid4())
    shown = text(client.get(reverse("points_adjustments:inspect", args=[given.pk])))
    assert "Somebody has proposed to take this back" in shown
    enter(client, ben)
    assert "Booked." in press(client, "decide", PointAdjustment.objects.waiting().get(), approve="")
    assert balance_of(alice.pk).available == 0


def test_the_form_says_whose_points_it_is_about(client, alice, olga):
    enter(client, olga)
    page = text(client.get(reverse("points_ledgers:adjust", args=[alice.pk])))
    assert page.count("Adjust points: 欧阳爱丽") >= 2  # of the window, and above the form


def test_figures_are_grouped_by_three_in_chinese_too(client, alice, olga, earn):
    earn(alice, 1_234_567)
    client.force_login(olga)
    assert "1,234,567" in client.get(reverse("points_ledgers:index"), headers={"Accept-Language": "zh-hans"}).text


def test_an_empty_list_says_so_in_chinese(client, olga):
    client.force_login(olga)
    page = client.get(reverse("points_adjustments:index"), headers={"Accept-Language": "zh-hans"}).text
    assert "暂无" in page and "There are no" not in page


def test_nobody_adjusts_staff(client, olga, ben):
    enter(client, olga)
    assert "account of the staff" in text(fill_in(client, ben))
    assert "your own account" in text(fill_in(client, olga))


def test_outstanding_points_in_figures_and_as_a_file(client, alice, bob, clock, earn):
    ana = staff(Role.ANALYST, "Ana")
    enter(client, ana)
    assert "not known yet" in text(client.get(reverse("points_liability:index")))
    earn(bob, 100, expires_at=in_days(2))
    earn(alice, 12000)
    earn(alice, 345, available_at=in_days(300))
    clock.shift(5 * 24 * 3600)
    lapse_lots()
    seal_postings()
    audit_ledger()
    page = text(client.get(reverse("points_liability:index")))
    for shown in ("12,345", "CNY 123.45", "too few points", "2102-12", "all agrees", "block 1", "-12,445"):
        assert shown in page, shown
    answer = client.get(reverse("points_liability:file"))
    assert answer["Content-Type"].startswith("text/csv")
    lines = list(csv.reader(answer.content.decode("utf-8-sig").splitlines()))
    assert lines[0][0] == "Last usable in"
    assert lines[1:] == [["2102-12", "12000", "345", "0", "12345", "123.45"]]
