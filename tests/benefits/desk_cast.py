"""Providers with desks, members with entitlements, visits and cases, for the tests of what is done at a desk."""

import io
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from itertools import count

from django.core.files.uploadedfile import SimpleUploadedFile
from django.db.models import F
from django.utils import timezone
from PIL import Image

from benefits.actions.dispute_line import dispute_line
from benefits.actions.open_case import open_case
from benefits.actions.settle_month import settle_month
from benefits.actions.take_case import take_case
from benefits.actions.write_in_case import write_as_member, write_as_provider
from benefits.models import (
    Allowance,
    Booking,
    Case,
    Contract,
    ContractPrice,
    DeskWorker,
    Entitlement,
    FamilyGuest,
    Provider,
    Service,
    SiteService,
    Slot,
)
from benefits.settlement_month import last_month
from members.models import Member
from members.roles import Role
from tests.benefits.network import at, dental_cleaning, make_offer, make_provider, make_site
from tests.factories import CustomerFactory, MemberFactory, PolicyFactory
from tests.members.accounts import staff, verified

KEYS = count(1)
#: Price, mode by case: what the catalogue has.
SERVICES = {
    "tele_doctor": ("电话医生", "Telephone doctor", "telemedicine", "PT1H"),
    "second_opinion": ("二次诊疗意见", "Second medical opinion", "expert_panel", "P10D"),
    "hospital_guidance": ("导医导诊", "Hospital guidance and triage", "medical_concierge", "P2D"),
    "emergency_rescue": ("紧急救援", "Emergency rescue", "assistance_company", "PT0S"),
}


def case_service(code: str = "tele_doctor") -> Service:
    name_zh, name_en, partner_kind, lead_time = SERVICES[code]
    return Service.objects.get_or_create(
        code=code,
        defaults={
            "name_zh": name_zh,
            "name_en": name_en,
            "category": "health",
            "mode": Service.Mode.CASE,
            "unit": Service.Unit.CASE,
            "partner_kind": partner_kind,
            "lead_time": lead_time,
        },
    )[0]


def case_provider(code: str = "tele_doctor", *, city: str = "", price: str = "60.00", **fields: object) -> Provider:
    """Under contract this year and next for this service, with a site in `city`."""
    service = case_service(code)
    provider = make_provider(kind=service.partner_kind, **fields)
    year = timezone.localdate().year
    contract = Contract.objects.create(
        contract_no=f"HT-D{next(KEYS)}", provider=provider, starts_on=date(year, 1, 1), ends_on=date(year + 1, 12, 31)
    )
    ContractPrice.objects.create(contract=contract, service=service, price=Decimal(price))
    if city:
        make_site(provider, city=city)
    return provider


def worker_at(provider: Provider, name: str = "前台小李") -> DeskWorker:
    member = MemberFactory(name=name, agrees=True)
    return DeskWorker.objects.create(member=member, provider=provider, added_by=manager())


def manager() -> Member:
    return Member.objects.filter(name="权益经理").first() or staff(Role.BENEFITS_MANAGER, "权益经理")


def customer_member(name: str = "王小明", **fields: object) -> Member:
    return verified(MemberFactory(customer=CustomerFactory(name=name), name=name, agrees=True, **fields))


def entitle(member: Member, service: Service, *, quota: int | None = 12, **terms: object) -> Entitlement:
    """For this year and the next, on terms of their own."""
    family = terms.get("family_quota", 0)
    allowance = Allowance.objects.create(
        service=service, product_code=f"TEST{next(KEYS)}", quota=quota, **{"cancel_hours": 24} | terms
    )
    today = timezone.localdate()
    return Entitlement.objects.create(
        customer=member.customer,
        service=service,
        allowance=allowance,
        source=Entitlement.Source.PRODUCT,
        policy=PolicyFactory(),
        starts_on=today.replace(month=1, day=1),
        ends_on=date(today.year + 1, 12, 31),
        quota=quota,
        family_quota=family,
    )


def patient(code: str = "tele_doctor", name: str = "王小明", **terms: object) -> Member:
    """A verified customer who may have cases of the service opened."""
    member = customer_member(name)
    entitle(member, case_service(code), **terms)
    return member


def ask(member: Member, code: str = "tele_doctor", *, text: str = "头痛两天了", key: str = "", **other: object) -> Case:
    return open_case(member=member, service_code=code, text=text, key=key or f"key {next(KEYS)}", **other)


def mother_of(member: Member) -> FamilyGuest:
    return FamilyGuest.objects.create(
        customer=member.customer,
        name="李桂芳",
        relation="parent",
        birth_date=date(1955, 3, 2),
        id_no="mother",
        place=1,
    )


def a_visit(
    at: SiteService,
    starts_at: datetime,
    *,
    member: Member | None = None,
    guest: FamilyGuest | None = None,
    state: str = "booked",
    ended_at: datetime | None = None,
    price: str = "",
) -> Booking:
    """As `book_visit` leaves it, whatever the day; ended where its state says so."""
    member = member or customer_member()
    entitlement = member.customer.entitlements.filter(service=at.service).first() or entitle(
        member, at.service, family_quota=4, family_relations=["parent"]
    )
    contract_price = ContractPrice.objects.filter(contract__provider=at.site.provider, service=at.service).first()
    slot, _ = Slot.objects.get_or_create(at=at, starts_at=starts_at, defaults={"capacity": 1000})
    if state not in (Booking.State.CANCELLED, Booking.State.CANCELLED_LATE):
        Slot.objects.filter(pk=slot.pk).update(taken=F("taken") + 1)
    over = state in Booking.SPENT or state == Booking.State.CANCELLED
    entitlement.held += not over
    entitlement.used += state in Booking.SPENT
    entitlement.family_used += guest is not None
    entitlement.save()
    return Booking.objects.create(
        customer=member.customer,
        member=member,
        guest=guest,
        entitlement=entitlement,
        slot=slot,
        starts_at=starts_at,
        ends_at=starts_at + timedelta(minutes=at.slot_minutes),
        contract_price=contract_price,
        price=Decimal(price) if price else contract_price.price,
        state=state,
        request_key=f"key {next(KEYS)}",
        checked_in_at=starts_at if state in ("checked_in", "completed") else None,
        ended_at=(ended_at or starts_at + timedelta(hours=1)) if over else None,
    )


@dataclass(frozen=True)
class Desk:
    """What `a_desk` made, by ids."""

    worker_id: int
    visit_id: int
    case_id: int
    settlement_id: int
    line_id: int
    dispute_id: int


def a_desk() -> Desk:
    """A provider with everything that a desk shows: visits today in every state, cases, last month with a dispute."""
    provider = case_provider("hospital_guidance", city="上海市", name_zh="申悦健康管理", name_en="Shenyue Health")
    contract, service = provider.contracts.get(), dental_cleaning()
    ContractPrice.objects.create(contract=contract, service=service, price=Decimal("180.00"))
    dentist = make_offer(provider.sites.get())
    worker = worker_at(provider)
    today = timezone.localdate()
    names = ("欧阳爱丽", "赵子龙", "钱多多", "孙一鸣")
    for hour, (name, state) in enumerate(zip(names, ("completed", "checked_in", "no_show", "booked"), strict=True), 9):
        visit = a_visit(dentist, at(today, hour), member=customer_member(name), state=state)
        if state == "checked_in":
            here = visit
    for day, state in ((3, "completed"), (4, "no_show"), (5, "cancelled_late")):
        a_visit(dentist, at(last_month() + timedelta(days=day), 9), state=state)
    member = patient("hospital_guidance", "王小明", family_quota=2, family_relations=["parent"])
    ask(member, "hospital_guidance", text="想陪母亲看心内科", city="上海市", guest_id=mother_of(member).pk)
    case = ask(member, "hospital_guidance", text="下周去华山医院，不熟悉流程，希望有人陪诊。", city="上海市")
    take_case(case_id=case.pk, worker=worker)
    write_as_provider(case_id=case.pk, worker=worker, text="请问哪天方便？", key="1", asks=True)
    write_as_member(case_id=case.pk, member=member, text="周三上午，病历附上。", key="1", files=[pdf()])
    settlement = settle_month(provider=provider, month=last_month())
    disputed, line = settlement.lines.order_by("pk")[1:3]
    dispute = dispute_line(line_id=disputed.pk, worker=worker, reason="客人当天改约，我方已同意")
    return Desk(worker.pk, here.pk, case.pk, settlement.pk, line.pk, dispute.pk)


def pdf(name: str = "病历.pdf") -> SimpleUploadedFile:
    """The smallest that a reader opens."""
    objects = [
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 200 200]>>",
    ]
    content, offsets = b"%PDF-1.4\n", []
    for number, each in enumerate(objects, 1):
        offsets.append(len(content))
        content += b"%d 0 obj%sendobj\n" % (number, each)
    table = b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    content += b"xref\n0 4\n0000000000 65535 f \n%strailer<</Size 4/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF" % (
        table,
        len(content),
    )
    return SimpleUploadedFile(name, content, "application/octet-stream")


def picture(kind: str = "JPEG", name: str = "照片.jpg") -> SimpleUploadedFile:
    file = io.BytesIO()
    Image.new("RGB", (60, 40), "white").save(file, kind)
    return SimpleUploadedFile(name, file.getvalue(), "text/plain")


def facts_of(signal, heard: list) -> object:
    """Connects a listener that keeps what it hears; returned, because a signal forgets what nobody holds."""

    def hear(fact: object, **_: object) -> None:
        heard.append(fact)

    signal.connect(hear)
    return hear
