"""The seven files of a network and their columns (docs/providers.md)."""

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext_lazy as _

from benefits.models import (
    BlackoutDay,
    Contract,
    ContractPrice,
    OpeningHours,
    Provider,
    Service,
    Site,
    SiteService,
)
from benefits.network.cells import degrees, hours, whole
from members.book.cells import KEY_LENGTH, OneOf, boolean, day, money
from members.book.faults import Fault
from members.book.sheet import Column, Reference, Sheet, Values

#: An amount as the contract's price takes it: ten digits in all, two of them after the point.
HIGHEST_PRICE = Decimal("99999999.99")


def naming(*columns: Column) -> Any:
    """References of a sheet: what its columns name."""

    def references(values: Values) -> Iterator[Reference]:
        for column in columns:
            if column.names and (key := values.get(column.name)):
                yield Reference(column.name, column.names, key)

    return references


def ends_after_start(values: Values, today: date) -> Iterator[Fault]:
    starts, ends = values.get("starts_on"), values.get("ends_on")
    if starts and ends and ends < starts:
        yield Fault("ends_on", _("before the contract begins"))


def closed_in_order(values: Values, today: date) -> Iterator[Fault]:
    if not (closed := values.get("closed_on")):
        return
    if values.get("active"):
        yield Fault("closed_on", _("but the site is active"))
    if (since := values.get("since")) and closed < since:
        yield Fault("closed_on", _("before the site began"))


def payable(values: Values, today: date) -> Iterator[Fault]:
    if values.get("price", 0) > HIGHEST_PRICE:
        yield Fault("price", _("more than a contract can say"))


YES = _("true or false; empty: true")
OF_PROVIDER = Column("provider_no", required=True, limit=KEY_LENGTH, field="provider", names=Provider)
AT_SITE = Column("site_no", required=True, limit=KEY_LENGTH, field="site", names=Site)
OF_SERVICE = Column("service_code", required=True, limit=40, field="service", names=Service)
UNDER_CONTRACT = Column("contract_no", required=True, limit=40, field="contract", names=Contract)

PROVIDERS = Sheet(
    "providers",
    Provider,
    (
        Column("provider_no", required=True, limit=KEY_LENGTH),
        Column("name_zh", required=True),
        Column("name_en"),
        Column("kind", OneOf(Provider.Kind), required=True),
        Column("since", day, required=True),
        Column("active", boolean, blank=True, field="is_active", form=YES),
        Column("has_system", boolean, blank=None, form=_("true or false; empty: as it is")),
    ),
)
SITES = Sheet(
    "sites",
    Site,
    (
        Column("site_no", required=True, limit=KEY_LENGTH),
        OF_PROVIDER,
        Column("name_zh", required=True),
        Column("name_en"),
        Column("province", required=True, limit=50),
        Column("city", required=True, limit=50),
        Column("district", limit=50),
        Column("address", required=True, limit=200),
        Column("phone", required=True, limit=30),
        Column("latitude", degrees(90), required=True, form=_("degrees north, WGS 84, such as 31.2304")),
        Column("longitude", degrees(180), required=True, form=_("degrees east, WGS 84, such as 121.4737")),
        Column("active", boolean, blank=True, field="is_active", form=YES),
        Column("since", day, blank=None),
        Column("closed_on", day, blank=None),
    ),
    closed_in_order,
    naming(OF_PROVIDER),
)
OPENING_HOURS = Sheet(
    "opening_hours",
    OpeningHours,
    (
        AT_SITE,
        Column("weekday", whole(1, 7), required=True, form=_("1 for Monday to 7 for Sunday")),
        Column(
            "hours",
            hours,
            blank=[],
            field=None,
            label=_("opening hours"),
            form=_("such as 09:00-12:00|13:00-17:00; empty: closed on that weekday"),
        ),
    ),
    references=naming(AT_SITE),
    keys=2,
)
SITE_SERVICES = Sheet(
    "site_services",
    SiteService,
    (
        AT_SITE,
        OF_SERVICE,
        Column("slot_minutes", whole(5, 24 * 60), required=True, form=_("minutes from 5 to 1440")),
        Column("capacity", whole(0, 1_000), required=True, form=_("whole number from 0 to 1000")),
        Column("offered", boolean, blank=True, field="is_offered", form=YES),
    ),
    references=naming(AT_SITE, OF_SERVICE),
    keys=2,
)
BLACKOUT_DAYS = Sheet(
    "blackout_days",
    BlackoutDay,
    (
        AT_SITE,
        Column("day", day, required=True),
        Column("reason"),
        Column(
            "closed",
            boolean,
            blank=True,
            field=None,
            label=_("whether closed"),
            form=_("true or false; empty: true; false opens the day again"),
        ),
    ),
    references=naming(AT_SITE),
    keys=2,
)
CONTRACTS = Sheet(
    "contracts",
    Contract,
    (
        Column("contract_no", required=True, limit=40),
        OF_PROVIDER,
        Column("starts_on", day, required=True),
        Column("ends_on", day, required=True),
    ),
    ends_after_start,
    naming(OF_PROVIDER),
)
CONTRACT_PRICES = Sheet(
    "contract_prices",
    ContractPrice,
    (UNDER_CONTRACT, OF_SERVICE, Column("price", money, required=True)),
    payable,
    naming(UNDER_CONTRACT, OF_SERVICE),
    keys=2,
)
#: In this order: each refers to those before it.
SHEETS = (PROVIDERS, SITES, OPENING_HOURS, SITE_SERVICES, BLACKOUT_DAYS, CONTRACTS, CONTRACT_PRICES)
FILE_NAMES = tuple(sheet.file_name for sheet in SHEETS)
