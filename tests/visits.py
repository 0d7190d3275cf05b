"""Opening a page of `tests.pages` in the browser as its visitor, in any look."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib.auth import SESSION_KEY
from django.db import connection
from django.test import Client
from django.utils import timezone
from playwright.sync_api import Browser, Page

from benefits.actions.assess_shard import assess, terms_in_force
from benefits.actions.load_benefits import load_benefits
from benefits.actions.load_tier_terms import load_tier_terms
from benefits.actions.refresh_entitlements import refresh_entitlements
from benefits.models import Booking, Case, DeskWorker, Entitlement, FamilyGuest, Tier, TierPeriod
from benefits.queries.places import next_free_slots
from members.assurance import Context
from members.catalogue import event_specs
from members.entrances import Entrance
from members.events import OneTimeCodeIssued, one_time_code_issued
from members.models import Member, OneTimeCode
from members.sessions import session_of
from notifications.models import EventType, Message, PlatformEvent
from points.actions.accrue import accrue
from points.actions.lapse_lots import lapse_lots
from points.actions.load_earning_rules import load_earning_rules
from points.actions.load_rewards import load_rewards
from points.actions.open_hold import open_hold
from points.actions.redeem_reward import redeem_reward
from points.actions.spend import spend
from points.actions.undo import refund, reverse
from points.models import CharityProject, EarningCampaign, Posting, Redemption, Reward, VoucherBatch, VoucherCode
from tests.benefits.booking_cast import give_visits
from tests.benefits.desk_cast import a_desk
from tests.codes import OTP
from tests.factories import CustomerFactory, MemberFactory, PolicyFactory, ProductFactory
from tests.members.accounts import verified
from tests.notifications.conftest import make_event_type
from tests.pages import MemberPage
from tests.points.reward_cast import give_back
from tests.portal.proving import has_proved

MESSAGES = (
    ("续期保费扣款成功", "您的保单 P202600001 续期保费 6,800.00 元已扣款成功,感谢您的信任。"),
    ("您的联系地址已更新", "联系地址已于今日更新。如非本人操作,请立即致电客服。"),
    ("年度分红通知", "您的保单本年度红利 312.50 元已累积生息。\n\n详情见红利通知书。"),
    ("欢迎加入会员", "您可以在这里查看保单、办理业务。"),
)
#: An old phone, and a desk.
SIZES = {"narrow": (360, 740), "wide": (1440, 900)}
PATIENCE_MS = 10_000
BENEFITS = "/me/benefits"


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
    client = visitor_of(shown)
    if shown.chosen_at:
        assert client.post(shown.chosen_at, what_is_chosen(shown)).status_code == 302
    if shown.number_at:
        type_number(client, shown)
    if settings.SESSION_COOKIE_NAME in client.cookies:
        cookies[settings.SESSION_COOKIE_NAME] = client.cookies[settings.SESSION_COOKIE_NAME].value
    context.add_cookies([{"name": name, "value": value, "url": live_server.url} for name, value in cookies.items()])
    page = context.new_page()
    try:
        page.goto(shown.path)
        yield page
    finally:  # or the connections of some dozen tests that failed leave the others none
        context.close()


def visitor_of(shown: MemberPage) -> Client:
    """The browser of whoever looks at the page. Below /points, and of benefits, it is the same member every time."""
    if shown.who == "visitor":
        return Client()
    if shown.who in ("desk", "patient"):
        return at_a_desk(shown.who)
    if shown.who == "debtor":
        return in_debt()
    if shown.who == "member" or not shown.path.startswith(("/points", f"{BENEFITS}/")):
        client = a_member(is_verified=shown.who == "verified")
        if shown.path == "/me/tier":
            give_tier(Member.objects.get(pk=client.session[SESSION_KEY]))
        if shown.who == "verified" and shown.path in (BENEFITS, "/me/family"):
            give_benefits(Member.objects.get(pk=client.session[SESSION_KEY]))
        return client
    sort = Booking if shown.path.startswith(BENEFITS) else Redemption
    if known := sort.objects.order_by("pk").first():
        client = Client()
        client.force_login(known.member)
        has_proved(client, known.member)
        return client
    client = a_member(is_verified=True)
    member = Member.objects.get(pk=client.session[SESSION_KEY])
    if sort is Booking:
        give_visits(member)
    else:
        give_points(member)
        give_rewards(client, member)
    return client


def at_a_desk(who: str) -> Client:
    """The browser of somebody at a provider's desk, or of the member whose cases are there: the same every time."""
    if not DeskWorker.objects.exists():
        with connection.cursor() as cursor:
            for table in ("booking", "case", "settlement", "settlementline"):
                cursor.execute(f"SELECT setval('benefits_{table}_id_seq', 1, false)")
        a_desk()
    client, worker = Client(), DeskWorker.objects.select_related("member").get()
    client.force_login(worker.member if who == "desk" else Case.objects.get(pk=2).member)
    return client


def in_debt() -> Client:
    """The browser of a verified member who owes points that were earned, used, and taken back."""
    client = a_member(is_verified=True)
    member = Member.objects.get(pk=client.session[SESSION_KEY])
    load_earning_rules()
    load_rewards()

    def about(reason: str) -> dict[str, Any]:
        return {"scope": "owed", "key": f"{member.pk}:{Posting.objects.count()}", "reason": reason}

    claim = accrue(member_id=member.pk, points=1_500, **about("self_service.claim"))
    spend(member_id=member.pk, points=1_000, **about("PHONE-10"))
    reverse(posting_id=claim.posting_id, **about("self_service.claim"))
    accrue(member_id=member.pk, points=30, **about("daily.quiz"))
    return client


def what_is_chosen(shown: MemberPage) -> dict[str, str]:
    """Of a visit the first free time; a reward asks for nothing."""
    if not shown.path.startswith(BENEFITS):
        return {}
    (slot,) = next_free_slots(int(shown.chosen_at.rpartition("/")[2]), timezone.now(), 1)
    return {"starts_at": slot.starts_at.isoformat()}


def type_number(client: Client, shown: MemberPage) -> None:
    """A number without an account and, where the page is behind it, the code that was sent there."""
    if not EventType.objects.filter(pk=OTP).exists():
        make_event_type(OTP, variables=event_specs()[OTP].variables, channels=["sms"])
    sent: list[str] = []

    def keep(fact: OneTimeCodeIssued, **_: object) -> None:
        sent.append(fact.code)

    one_time_code_issued.connect(keep)
    number = f"139{Member.objects.count():04}{OneTimeCode.objects.count():04}"  # nobody is sent two in a minute
    assert client.post(shown.number_at, {"mobile": number}).status_code == 302
    if shown.code_at:
        assert client.post(shown.code_at, {"code": sent[-1]}).status_code == 302
    one_time_code_issued.disconnect(keep)


def a_member(*, is_verified: bool) -> Client:
    """The browser of 王小明, 65, signed in a moment ago here and on a phone: new, or verified with policies."""
    client, phone = Client(), Client()
    customer = CustomerFactory(name="王小明", birth_date=date(1960, 5, 17))
    member = MemberFactory(agrees=True, name="王小明", customer=customer)
    for device, user_agent in ((client, "Mozilla/5.0 (Windows NT 10.0) Chrome/156.0"), (phone, "iPhone Safari/605")):
        device.force_login(member)
        has_proved(device, member)
        UserSession.objects.create(
            user=member, session_key=device.session.session_key, ip="127.0.0.1", user_agent=user_agent
        )
    if is_verified:
        verified(member)
        for status in ("in_force", "lapsed", "in_force", "matured"):
            PolicyFactory(policyholder=customer, status=status)
        for title, body in MESSAGES:
            tell(member, title, body)
    return client


def give_tier(member: Member) -> None:
    """Gold since last spring, Platinum since a month ago; a policy that doesn't count, and one that doesn't yet."""
    load_tier_terms()
    customer, today = member.customer, timezone.localdate()
    assert customer
    past = {"policyholder": customer, "cooling_off_ends_on": today - timedelta(days=400)}
    PolicyFactory(**past, premium=Decimal(36_000))
    short = ProductFactory(product_code="PA_DRIVE", name_zh="百万驾乘两全保险", name_en="Million Drive", term="short")
    PolicyFactory(**past, premium=Decimal(900), product=short)
    for months, premium in ((8, None), (1, Decimal(8_000))):
        if premium:
            PolicyFactory(**past, premium=premium, frequency="monthly", premium_term_years=5)
        on = today - timedelta(days=30 * months)
        assess([customer.pk], on=on, terms=terms_in_force(on), cause=TierPeriod.Cause.POLICY_CHANGE)
    PolicyFactory(policyholder=customer, premium=Decimal(20_000), cooling_off_ends_on=today + timedelta(days=9))


def give_benefits(member: Member) -> None:
    """Of every sort that a page shows: whole, booked, used up, without end, withdrawn; and a family."""
    load_benefits()
    customer, today = member.customer, timezone.localdate()
    assert customer
    for tier in (Tier.DIAMOND, Tier.PLATINUM):
        TierPeriod.objects.filter(customer=customer).update(ended_on=today)
        TierPeriod.objects.create(
            customer=customer, tier=tier, starts_on=today, valid_to=today + timedelta(days=365), cause="monthly"
        )
        refresh_entitlements(customer_ids=[customer.pk], on=today)
        Entitlement.objects.filter(service__code="second_opinion").update(held=1)
    mine = Entitlement.objects.filter(customer=customer)
    mine.filter(service__code="tele_doctor").update(used=7, held=1)
    mine.filter(service__code="hospital_guidance").update(used=2)
    mine.filter(service__code="dental_cleaning").update(held=1)
    guests = (("李小红", "spouse", "110101196203076345"), ("王大力", "parent", "110101193507150312"))
    for place, (name, relation, id_no) in enumerate(guests, 1):
        born = date(int(id_no[6:10]), int(id_no[10:12]), int(id_no[12:14]))
        FamilyGuest.objects.create(
            customer=customer, name=name, relation=relation, id_no=id_no, birth_date=born, place=place
        )


def give_points(member: Member) -> None:
    """Of every sort that a page shows: earned, used, given back, expired, on the way, set aside, owed."""

    def about(reason: str) -> dict[str, Any]:
        return {
            "member_id": member.pk,
            "scope": "shown",
            "key": f"{member.pk}:{Posting.objects.count()}",
            "reason": reason,
        }

    now = timezone.now()
    earlier = now - timedelta(days=1)
    accrue(points=40, available_at=earlier, expires_at=now - timedelta(hours=1), **about("festival.task"))
    lapse_lots()
    claim = accrue(points=100, **about("self_service.claim"))
    accrue(points=5_000, expires_at=now + timedelta(days=40), **about("care.commitment_missed"))
    accrue(points=50, **about("care.birthday"))
    accrue(points=300, available_at=now + timedelta(days=9), **about("feedback.suggestion"))
    used = spend(points=1_000, **about("PHONE-10"))
    undoing = {name: value for name, value in about("PHONE-10").items() if name != "member_id"}
    refund(posting_id=used.posting_id, points=500, **undoing)
    open_hold(points=1_200, expires_at=now + timedelta(days=1), **about("IQIYI-M1"))
    undoing = {name: value for name, value in about("self_service.claim").items() if name != "member_id"}
    reverse(posting_id=claim.posting_id, **undoing)
    accrue(points=30, **about("daily.quiz"))
    accrue(points=12_345, **about("feedback.survey"))


def give_rewards(client: Client, member: Member) -> None:
    """Rules, a campaign, rewards and codes; and of theirs, as redemptions 1 to 4, a top-up on its way, a code, a
    donation, and one that was given back."""
    load_earning_rules()
    run_campaign()
    load_rewards()
    project = CharityProject.objects.create(name_zh="乡村图书室", name_en="Village libraries", charity="榕树公益基金会")
    CharityProject.objects.create(name_zh="山区儿童午餐", name_en="Lunches for children", charity="榕树公益基金会")
    give_codes(member)
    with connection.cursor() as cursor:
        cursor.execute("SELECT setval('points_redemption_id_seq', 1, false)")
    at_web = Context(entrance=Entrance.WEB, session=session_of(client.session.session_key))
    for sku, points, project_id in (
        ("PHONE-10", 1_000, None),
        ("HEALTH-TELEDOC", 800, None),
        ("DONATE-500", 500, project.pk),
        ("DONATE-100", 100, project.pk),
    ):
        made = redeem_reward(member=member, sku=sku, context=at_web, key=sku, points=points, project_id=project_id)
    give_back(made, reason="booked_twice")


def run_campaign() -> None:
    """Of the quiz and the survey, for two weeks from yesterday on."""
    now = timezone.now()
    people = {name: MemberFactory(is_staff=True) for name in ("drafted_by", "proposed_by", "decided_by")}
    EarningCampaign.objects.create(
        name_zh="客服节双倍榕豆",
        name_en="Double beans for the customer festival",
        multiplier=2,
        rules=["daily.quiz", "feedback.survey"],
        starts_at=now - timedelta(days=1),
        ends_at=now + timedelta(days=13),
        reason="客服节",
        state="approved",
        decided_at=now,
        **people,
    )


def give_codes(by: Member) -> None:
    """Two into every pool; `by`: who has bought them."""
    for reward in Reward.objects.pools():
        batch = VoucherBatch.objects.create(
            reward=reward, file_name="codes.csv", added=2, duplicates=0, rejected=0, imported_by=by
        )
        for number in range(2):
            VoucherCode.objects.create(reward=reward, batch=batch, code=f"{reward.sku}-A1B2C3D4E{number}")


def tell(member: Member, title: str, body: str) -> Message:
    """A message in the member's inbox."""
    event_type, _ = EventType.objects.get_or_create(
        code="service.told", defaults={"name_zh": "告知", "name_en": "Told", "deadline": "P1D"}
    )
    event = PlatformEvent.objects.create(
        code=event_type.code, key=str(PlatformEvent.objects.count()), occurred_at=timezone.now(), data={}, member=member
    )
    return Message.objects.create(
        cause=f"{event.code}:{event.key}",
        platform_event=event,
        event_type=event_type,
        recipient=f"m{member.pk}",
        role="member",
        member=member,
        channel="app",
        track="inbox",
        language="zh-hans",
        title=title,
        body=body,
        state="delivered",
        priority=2,
        send_after=event.occurred_at,
        due_at=event.occurred_at,
    )
