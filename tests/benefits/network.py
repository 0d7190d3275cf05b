"""A dentist's in Shanghai under contract, and others like it, for the tests of places."""

from datetime import date, datetime, time
from decimal import Decimal
from itertools import count
from zoneinfo import ZoneInfo

from benefits.models import Contract, ContractPrice, OpeningHours, Provider, Service, Site, SiteService

SHANGHAI = ZoneInfo("Asia/Shanghai")
#: A Monday.
NOW = datetime(2027, 3, 1, 8, 0, tzinfo=SHANGHAI)
#: The Monday after, far enough for a lead time of three days.
MONDAY = date(2027, 3, 8)
PEOPLES_SQUARE = (31.2304, 121.4737)
NUMBERS = count(1)


def at(day: date, hour: int, minute: int = 0) -> datetime:
    return datetime(day.year, day.month, day.day, hour, minute, tzinfo=SHANGHAI)


def dental_cleaning(**fields: object) -> Service:
    return Service.objects.get_or_create(
        code="dental_cleaning",
        defaults={
            "name_zh": "洁牙服务",
            "name_en": "Dental cleaning",
            "category": "health",
            "mode": Service.Mode.SLOT,
            "unit": Service.Unit.VISIT,
            "partner_kind": "dental_clinic",
            "lead_time": "P3D",
        }
        | fields,
    )[0]


def make_provider(**fields: object) -> Provider:
    number = next(NUMBERS)
    return Provider.objects.create(
        **{
            "provider_no": f"PV{number}",
            "name_zh": f"申悦口腔{number}",
            "kind": "dental_clinic",
            "since": date(2025, 1, 1),
        }
        | fields
    )


def make_contract(
    provider: Provider, *, starts_on: date = date(2027, 1, 1), ends_on: date = date(2027, 12, 31)
) -> Contract:
    contract = Contract.objects.create(
        contract_no=f"HT{next(NUMBERS)}", provider=provider, starts_on=starts_on, ends_on=ends_on
    )
    ContractPrice.objects.create(contract=contract, service=dental_cleaning(), price=Decimal("180.00"))
    return contract


def make_site(
    provider: Provider | None = None, *, where: tuple[float, float] = PEOPLES_SQUARE, **fields: object
) -> Site:
    """Open from Monday to Saturday, 9 to 12 and 13 to 17, with a contract for 2027 where it comes with its provider."""
    number = next(NUMBERS)
    if provider is None:
        make_contract(provider := make_provider())
    site = Site.objects.create(
        **{
            "site_no": f"S{number:05d}",
            "provider": provider,
            "name_zh": f"申悦口腔第{number}门诊",
            "province": "上海市",
            "city": "上海市",
            "district": "黄浦区",
            "address": f"南京东路{number}号",
            "phone": "021-60000000",
            "latitude": where[0],
            "longitude": where[1],
        }
        | fields
    )
    for weekday in range(6):
        for opens, closes in ((time(9), time(12)), (time(13), time(17))):
            OpeningHours.objects.create(site=site, weekday=weekday, opens=opens, closes=closes)
    return site


def make_offer(site: Site | None = None, **fields: object) -> SiteService:
    """Dental cleaning, an hour each, for one guest at a time: seven slots a day."""
    return SiteService.objects.create(
        **{"site": site or make_site(), "service": dental_cleaning(), "slot_minutes": 60, "capacity": 1} | fields
    )
