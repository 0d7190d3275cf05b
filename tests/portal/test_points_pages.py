"""What a member sees of points: what they have, what was booked, in words of their own, and a statement of it."""

import csv
import io
import re
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pgtrigger
import pytest
import time_machine
from django.utils import timezone, translation

from members.spreadsheets import BOM, plain
from points.actions.accrue import accrue
from points.actions.load_earning_rules import load_earning_rules
from points.actions.load_rewards import load_rewards
from points.actions.spend import spend
from points.actions.undo import reverse
from points.models import EarningCampaign, EarningRule, Entry, PointAdjustment, Posting, Reward
from points.queries import balance_of
from points.refusals import InsufficientPoints
from points.terms import SHANGHAI
from portal.points_overview import year_chart
from portal.statements.statement_form import StatementForm, period
from portal.views import points as views
from tests.factories import MemberFactory
from tests.members.accounts import verified
from tests.pdf_text import pages, text_of
from tests.points.by_hand import adjust
from tests.portal.test_member_api import App
from tests.visits import give_points

pytestmark = pytest.mark.django_db


@pytest.fixture
def alice(client):
    """With points of every sort."""
    load_earning_rules()
    load_rewards()
    member = MemberFactory(agrees=True, name="王小明", mobile="+8613812345678")
    client.force_login(member)
    give_points(member)
    return member


def shown(client, path, *, stored=False):
    answer = client.get(path, headers={"Accept-Language": "en"})
    assert answer.status_code == 200, answer
    assert stored or ("no-store" in answer["Cache-Control"] and "private" in answer["Cache-Control"])
    return " ".join(answer.text.split())


def earn(member, points=10, **other):
    about = {"scope": "earned", "key": str(Posting.objects.count()), "reason": "daily.quiz"}
    return accrue(member_id=member.pk, points=points, **about | other)


def long_ago(reason):
    """Moves what was booked for it two months back."""
    with pgtrigger.ignore("points.Entry:append_only"):
        Entry.objects.filter(posting__reason=reason).update(posted_at=timezone.now() - timedelta(days=62))


def fetched(client, **asked):
    answer = client.post("/points/statement", asked, headers={"Accept-Language": "en"})
    assert "no-store" in answer["Cache-Control"] and "private" in answer["Cache-Control"]
    return answer


def table(answer):
    text = answer.content.decode()
    assert text.startswith(BOM)
    return list(csv.reader(io.StringIO(text.removeprefix(BOM))))


def test_everything_is_there_at_a_glance(client, alice):
    page, balance = shown(client, "/points"), balance_of(alice.pk)
    assert (balance.pending, balance.held, balance.owed) == (300, 1_200, 0)
    assert f'figure-large">{balance.available:,} ' in page
    assert 'On the way</span><span class="figure">300' in page
    assert "for “iQIYI membership, 1 month”, until it is done" in page
    last_day = timezone.localdate(timezone.now() + timedelta(days=40))
    assert f'datetime="{last_day}"' in page
    assert "Show the figures" not in page  # all of it is of this month
    long_ago("PHONE-10")
    assert "Show the figures" in shown(client, "/points")


def test_when_the_next_points_end_is_said_however_far_away_it_is(client):
    member = MemberFactory(agrees=True)
    client.force_login(member)
    app = App(member)
    assert "The next to end" not in shown(client, "/points")
    assert app("GET", "me/points")["next_to_expire"] is None
    in_a_year = datetime(timezone.now().year + 1, 12, 31, 16, tzinfo=UTC)  # midnight in Shanghai
    earn(member, 10, expires_at=in_a_year)
    earn(member, 20, expires_at=in_a_year)
    earn(member, 1_000)
    page = shown(client, "/points")
    assert f"The next to end: 30, good until Dec. 31, {in_a_year.year}" in page
    assert "Nothing ends within the next 90 days" in page
    assert app("GET", "me/points")["next_to_expire"] == {"points": 30, "last_day": f"{in_a_year.year}-12-31"}


@pytest.mark.parametrize("path", ["", "/history", "/earning", "/statement", "/rewards", "/redemptions"])
def test_points_have_one_name_on_members_pages(client, alice, settings, path):
    """The insurer's; what the catalogue calls its rules and rewards is its own."""
    settings.POINTS_NAME = {"zh-hans": "星豆", "en": "Star Beans"}
    chinese = client.get(f"/points{path}", headers={"Accept-Language": "zh-hans"}).text
    english = client.get(f"/points{path}", headers={"Accept-Language": "en"}).text
    for named in (*EarningRule.objects.all(), *Reward.objects.all()):
        chinese, english = chinese.replace(named.name_zh, ""), english.replace(named.name_en, "")
    assert "星豆" in chinese and "榕豆" not in chinese and "积分" not in chinese
    words = re.sub(r"<[^>]*>", " ", english.partition("<body")[2])
    assert "Star Beans" in words and not re.search(r"\bpoints?\b", words, re.IGNORECASE)


@pytest.fixture
def bob(client, alice):
    """Owes 1,200; alice, who owes nothing, is signed out."""
    member = verified(MemberFactory(agrees=True))
    client.force_login(member)
    taken = earn(member, 1_500, reason="care.birthday")
    spend(member_id=member.pk, points=1_200, scope="t", key="used", reason="PHONE-10")
    reverse(posting_id=taken.posting_id, scope="t", key="back", reason="care.birthday")
    assert balance_of(member.pk).owed == 1_200
    return member


def test_whoever_owes_has_that_to_earn_before_a_reward(client, bob):
    page = shown(client, "/points/rewards")
    assert "You owe 1,200: what you earn next pays it." in page and ">2,200 more needed<" in page
    page = shown(client, "/points/rewards/PHONE-10")
    assert "2,200 Banyan Beans are missing: it costs 1,000 Banyan Beans, you can use 0 Banyan Beans now" in page
    assert "what you earn next first pays the 1,200 Banyan Beans that you owe" in page
    with pytest.raises(InsufficientPoints) as refused:
        spend(member_id=bob.pk, points=1_000, scope="t", key="more", reason="PHONE-10")
    assert (refused.value.missing, refused.value.to_earn) == (1_000, 2_200)


def test_whoever_owes_nothing_reads_nothing_of_it(client, alice):
    assert "You owe" not in shown(client, "/points/rewards")
    assert "Still owed" not in fetched(client, which="this_month", **{"as": "csv"}).content.decode()


def test_a_statement_ends_with_what_is_owed(client, bob):
    answer = fetched(client, which="this_month", **{"as": "csv"})
    (owed,) = [line for line in table(answer) if line[1] == "Still owed"]
    assert owed[4] == "-1200"
    text = " ".join(text_of(fetched(client, which="this_month", **{"as": "pdf"}).content).split())
    assert "Closing balance 0 Still owed -1,200" in text
    yesterday = (timezone.localdate() - timedelta(days=1)).isoformat()
    before = fetched(client, which="other", since=yesterday, until=yesterday, **{"as": "csv"})
    assert "Still owed" not in before.content.decode()


def test_what_is_owed_is_explained_with_what_made_it(client, alice):
    bob = MemberFactory(agrees=True)
    client.force_login(bob)
    birthday = earn(bob, 40, reason="care.birthday")
    spend(member_id=bob.pk, points=40, scope="t", key="b", reason="PHONE-10")
    assert "Owed" not in shown(client, "/points")
    reverse(posting_id=birthday.posting_id, scope="t", key="r", reason="care.birthday")
    earn(bob, 15)
    page = shown(client, "/points")
    assert balance_of(bob.pk).owed == 25
    assert "What you earn next pays it" in page
    assert "Taken back: Birthday" in page and "40 of it had been used already: you owe them" in page
    assert "15 of it paid what you owed" in page


def test_whoever_has_nothing_is_told_what_will_be_here(client):
    client.force_login(MemberFactory(agrees=True))
    page = shown(client, "/points")
    assert "No Banyan Beans yet" in page and "<svg" not in page.partition("main")[2].replace('<svg class="icon"', "")
    assert "Nothing yet" in shown(client, "/points/history")


def test_what_was_booked_is_said_in_plain_words(client, alice):
    page = shown(client, "/points/history")
    for words in (
        *(
            "Birthday",
            "Redeemed: Phone credit CNY 10",
            "Given back: Phone credit CNY 10",
            "Taken back: Self-service claim",
        ),
        *("Expired", "redeemed on", "earned on", "+12,345", "−1,000"),
    ):
        assert words in page, words
    assert "care.birthday" not in page and "PHONE-10" not in page
    page = client.get("/points/history", headers={"Accept-Language": "zh-hans"}).text
    assert "生日关怀" in page and "手机话费10元" in page


def test_lines_stand_under_shanghais_days(client, alice):
    day = timezone.localdate()
    page = client.get("/points/history", headers={"Accept-Language": "zh-hans"}).text
    assert f"{day.year}年{day.month}月{day.day}日" in page


@pytest.mark.parametrize(
    ("only", "there", "absent"),
    [
        ("earned", ["Birthday", "Given back"], ["Redeemed:", "Expired</span>", "Taken back"]),
        ("used", ["Redeemed:", "Taken back"], ["Birthday", "Given back"]),
        ("expired", ["Expired</span>"], ["Birthday", "Redeemed:"]),
    ],
)
def test_of_one_sort(client, alice, only, there, absent):
    page = shown(client, f"/points/history?only={only}")
    assert [words for words in there if words not in page] == []
    assert [words for words in absent if words in page] == []


def test_page_by_page_to_the_first_line_and_no_line_twice(client, alice):
    for _ in range(45):
        earn(alice)
    path, amounts = "/points/history", 0
    for _ in range(10):
        page = shown(client, path)
        amounts += page.count('<strong class="figure')
        if 'rel="next"' not in page:
            break
        path = "/points/history" + page.partition('rel="next" href="')[2].partition('"')[0]
    assert amounts == 45 + 11
    assert "To the newest" in page


@pytest.mark.parametrize("query", ["before=nonsense", "before=-1", "before=999999999999999999", "before=１"])
def test_a_place_that_is_none_shows_nothing_or_all(client, alice, query):
    assert client.get(f"/points/history?{query}").status_code == 200


def test_there_is_no_such_sort(client, alice):
    assert client.get("/points/history?only=stolen").status_code == 404


def test_a_strangers_place_shows_nothing_of_hers(client, alice):
    bob = MemberFactory(agrees=True)
    theirs = alice.point_accounts.get(kind="points").entries.latest("pk").pk
    client.force_login(bob)
    assert "Birthday" not in shown(client, f"/points/history?before={theirs}")
    assert App(bob)("GET", f"me/points/history?before={theirs}")["bookings"] == []


def test_a_table_for_excel(client, alice):
    answer = fetched(client, which="this_year", **{"as": "csv"})
    today = timezone.localdate()
    assert answer["Content-Disposition"] == f'attachment; filename="points-{today.year}0101-{today:%Y%m%d}.csv"'
    head, opening, *lines = table(answer)
    assert head == ["Time (Beijing)", "What it was for", "More about it", "Banyan Beans", "Balance"]
    assert opening[1:] == ["Opening balance", "", "", "0"]
    closing = next(line for line in lines if line[1] == "Closing balance")
    booked = lines[: lines.index(closing)]
    total = balance_of(alice.pk)
    assert int(closing[4]) == total.available + total.pending + total.held
    balance = 0
    for line in booked:
        balance += int(line[3])
        assert int(line[4]) == balance
    sums = {line[1]: int(line[3]) for line in lines[lines.index(closing) + 1 :]}
    assert sum(sums.values()) == balance
    assert sums["Sum: Redeemed"] == -1_000 and sums["Sum: Given back"] == 500


@pytest.mark.parametrize("text", ["=1+1", "+86", "-1", "@SUM(A1)", "\tx", "\r=x", "＝1", "＠x"])
def test_no_text_is_taken_for_a_formula(text):
    assert plain(text) == f"'{text}"
    assert plain("Birthday") == "Birthday" and plain("") == ""


def test_a_reward_with_a_wicked_name_is_only_a_text(client, alice):
    Reward.objects.filter(sku="PHONE-10").update(name_en='=HYPERLINK("http://x","y")')
    spend(member_id=alice.pk, points=5, scope="t", key="k", reason="PHONE-10")
    cells = [cell for line in table(fetched(client, which="this_month", **{"as": "csv"})) for cell in line]
    assert not any(cell[:1] in ("=", "@") for cell in cells)


@pytest.mark.parametrize("path", ["/points/history", "/points/statement"])
def test_what_a_balance_includes_is_said(client, alice, path):
    assert "Balances include what can be used later and what is set aside." in shown(client, path)


def test_between_two_days_of_shanghai(client, alice):
    """Both belong to it; what was booked before is the opening balance, and after it nothing is said of."""
    account = alice.point_accounts.get(kind="points")
    today = timezone.localdate()
    answer = fetched(client, which="other", since=today.isoformat(), until=today.isoformat(), **{"as": "csv"})
    assert len([line for line in table(answer)[1:] if line[4]]) == account.entries.count() + 2
    yesterday = (today - timedelta(days=1)).isoformat()
    answer = fetched(client, which="other", since=yesterday, until=yesterday, **{"as": "csv"})
    assert [line[1] for line in table(answer)[1:]] == ["Opening balance", "Closing balance"]
    with time_machine.travel(timezone.now() + timedelta(days=2)):
        tomorrow = (today + timedelta(days=1)).isoformat()
        client.force_login(alice)
        answer = fetched(client, which="other", since=tomorrow, until=tomorrow, **{"as": "csv"})
        total = balance_of(alice.pk)
    assert table(answer)[1][4] == table(answer)[2][4] == str(account.balance)
    assert account.balance == total.available + total.pending + total.held


def test_a_pdf_to_print(client, alice):
    answer = fetched(client, which="this_month", **{"as": "pdf"})
    assert answer["Content-Type"] == "application/pdf" and answer["Content-Disposition"].endswith('.pdf"')
    text = text_of(answer.content)
    for words in ("Statement of Banyan Beans", "王小明", "138****5678", "Opening balance", "Birthday", "Page 1 of 1"):
        assert words in text, words
    assert "13812345678" not in text
    assert pages(answer.content) == 1


def test_a_long_one_goes_on_over_pages_with_its_head(client, alice):
    for _ in range(60):
        earn(alice)
    answer = fetched(client, which="this_month", **{"as": "pdf"})
    text = text_of(answer.content)
    assert (pages(answer.content), text.count("What it was for")) == (3, 3)
    assert "Page 3 of 3" in text


def test_a_name_that_the_fonts_lack_still_gets_a_statement(client, alice):
    alice.name = "王𠮷😀"
    alice.save()
    assert "王" in text_of(fetched(client, which="this_month", **{"as": "pdf"}).content)


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"since": "2026-03-01"}, "Please choose a day."),
        ({"since": "2026-03-02", "until": "2026-03-01"}, "This day is before the first one"),
        ({"since": "2025-01-01", "until": "2026-01-01"}, "This is more than a year"),
        ({"since": "2099-01-01", "until": "2099-02-01"}, "This day is yet to come"),
        ({"since": "gestern", "until": "2026-03-01"}, "Enter a valid date"),
    ],
)
def test_days_that_make_no_sense_are_named_and_kept(client, alice, asked, said):
    answer = fetched(client, which="other", **asked, **{"as": "pdf"})
    assert answer["Content-Type"].startswith("text/html")
    assert said in answer.text
    assert all(f'value="{value}"' in answer.text for value in asked.values())


def test_too_many_lines_for_a_pdf_are_a_table_still(client, alice, monkeypatch):
    monkeypatch.setattr(views, "PDF_LINES", 5)
    answer = fetched(client, which="this_year", **{"as": "pdf"})
    assert "more than 5 lines" in answer.text and "take the table for Excel" in answer.text
    assert fetched(client, which="this_year", **{"as": "csv"})["Content-Type"].startswith("text/csv")


def test_a_year_is_not_too_long():
    assert StatementForm({"which": "other", "since": "2025-03-01", "until": "2026-02-28"}).is_valid()
    assert period("last_month", date(2026, 1, 31)) == (date(2025, 12, 1), date(2025, 12, 31))
    assert period("last_year", date(2026, 1, 31)) == (date(2025, 1, 1), date(2025, 12, 31))


def test_how_points_are_earned_is_said_by_the_rules_in_force(client, alice):
    page = shown(client, "/points/earning", stored=True)
    assert (
        "Consumer-education quiz" in page and "5 Banyan Beans" in page and "at most 5 a day, at most 30 a month" in page
    )
    EarningRule.objects.filter(code="daily.quiz").update(live=False)
    EarningRule.objects.filter(code="care.birthday").update(ends_at=timezone.now())
    page = shown(client, "/points/earning", stored=True)
    assert "Consumer-education quiz" not in page and "Birthday" not in page and "Register" in page


def test_what_is_rewarded_more_for_a_time_is_said(client, alice):
    now = timezone.now()
    people = {name: MemberFactory(is_staff=True) for name in ("drafted_by", "proposed_by", "decided_by")}
    about = {"name_zh": "问答双倍", "rules": ["daily.quiz"], "reason": "客服节", "state": "approved", "decided_at": now}

    def campaign(name: str, times: str, starts: int, ends: int, **other: object) -> None:
        dates = {"starts_at": now + timedelta(days=starts), "ends_at": datetime(2100, 1, 1 + ends, tzinfo=SHANGHAI)}
        EarningCampaign.objects.create(
            **{"name_en": name, "multiplier": Decimal(times), **dates, **about, **people} | other
        )

    campaign("Quiz weeks", "2.50", -1, 1)
    campaign("Less", "2", -1, 2)
    campaign("Not yet", "3", 1, 3)
    campaign("Used up", "4", -1, 3, budget=100, spent=100)
    campaign("Of another rule", "5", -1, 3, rules=["daily.steps"])
    page = shown(client, "/points/earning", stored=True)
    assert "Quiz weeks: 2.5 times as many until Jan. 1, 2100<" in page
    assert "at most 5 a day, at most 30 a month, without what the campaign adds" in page
    assert page.count("without what the campaign adds") == 2
    assert "Less" not in page and "Not yet" not in page and "Used up" not in page


def test_the_app_is_told_the_same(alice):
    app = App(alice)
    told = app("GET", "me/points")
    assert told["available"] == balance_of(alice.pk).available
    assert [each["points"] for each in told["pending"]] == [300]
    assert told["set_aside"] == [{"points": 1_200, "what": "iQIYI membership, 1 month"}]
    assert (told["owed"], len(told["expiring"])) == (0, 1)
    page = app("GET", "me/points/history")
    assert (page["bookings"][0]["title"], page["bookings"][0]["points"]) == ("Satisfaction survey", 12_345)
    assert [each["title"] for each in app("GET", "me/points/history?only=expired")["bookings"]] == ["Expired"]
    app("GET", "me/points/history?only=stolen")
    assert app.status == 422


def test_a_year_in_twelve_months_of_shanghai(client, alice):
    assert year_chart(alice.pk) is None  # one month is no picture
    long_ago("care.birthday")
    with translation.override("en"):
        labels, series = year_chart(alice.pk)
    assert series["Earned"][-4:].count(50) == 1
    month = timezone.localdate().month
    assert len(labels) == 12 and labels[-1] == str(month)
    assert (series["Used"][-1], series["Expired"][-1]) == (1_100, 40)
    with time_machine.travel(datetime.now(UTC) + timedelta(days=500)):
        assert year_chart(alice.pk) is None


@pytest.mark.parametrize(("reason", "told"), [("goodwill", True), ("fraud", False), ("other", False)])
def test_why_staff_put_something_right_is_told_as_far_as_it_is_for_the_member(client, alice, untold, reason, told):
    words = PointAdjustment.Reason(reason)
    adjust(alice, 7, reason=reason)
    page = shown(client, "/points/history")
    with translation.override("en"):
        assert (f'<span class="soft">{words.label}</span>' in page) == told
    assert "Put right by our staff" in page
