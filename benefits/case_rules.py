"""May a case be opened on this entitlement, and where? Pure of writing; what is asked is locked by then."""

from datetime import date, datetime, timedelta

from django.db.models import Count, Exists, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.utils import timezone

from benefits.booking_rules import require_age
from benefits.models import Allowance, Case, ContractPrice, Entitlement, FamilyGuest, Service, Site
from benefits.refusals import FamilyQuotaUsedUp, NotForFamily, OpenAlready, QuotaUsedUp
from benefits.refusals.case import CityNotCovered, DocumentNeeded, NobodyServes, OpenedByHotline, OutsideHours


def require_case_usable(
    entitlement: Entitlement, *, guest: FamilyGuest | None, at: datetime, has_document: bool, by_hotline: bool
) -> None:
    """Raises what keeps this entitlement, locked, from taking the case (conditions of benefits.csv)."""
    terms = entitlement.allowance
    if terms.by_hotline and not by_hotline:
        raise OpenedByHotline
    require_age(entitlement, guest, timezone.localdate(at))
    if guest is not None and (not entitlement.family_quota or guest.relation not in terms.family_relations):
        raise NotForFamily
    if entitlement.quota is not None and not entitlement.left:
        raise QuotaUsedUp(entitlement.ends_on)
    if guest is not None and entitlement.family_used >= entitlement.family_quota:
        raise FamilyQuotaUsedUp
    if terms.open_at_once is not None and Case.objects.of_service(entitlement).open().count() >= terms.open_at_once:
        raise OpenAlready(terms.open_at_once)
    require_open(terms, at)
    if terms.document and not has_document:
        raise DocumentNeeded(terms.document)


def require_open(terms: Allowance, at: datetime) -> None:
    """Raises OutsideHours. Hours are those of Shanghai, within a day."""
    if terms.opens is None or terms.closes is None:
        return
    local = timezone.localtime(at)
    if terms.opens <= local.time() < terms.closes:
        return
    day = local.date() + timedelta(days=local.time() >= terms.closes)
    opens_at = timezone.make_aware(datetime.combine(day, terms.opens))
    raise OutsideHours(terms.opens, terms.closes, opens_at)


def price_for_case(service: Service, *, city: str, at: datetime, in_covered_city: bool) -> ContractPrice:
    """Of the provider that the case goes to: under contract on that day, in the city where any is, with the fewest open
    cases. `in_covered_city`: in no other. Raises NobodyServes, CityNotCovered."""
    # The open ones alone, which are few and have an index of their own.
    open_ones = Case.objects.open().filter(provider=OuterRef("contract__provider")).order_by()
    counted = open_ones.values("provider").annotate(number=Count("pk")).values("number")
    found = (
        prices_on(timezone.localdate(at), service)
        .annotate(
            in_city=Exists(Site.objects.filter(provider=OuterRef("contract__provider"), city=city, is_active=True)),
            open_cases=Coalesce(Subquery(counted), 0),
        )
        .order_by("-in_city", "open_cases", "contract__provider")
        .select_related("contract__provider")
        .first()
    )
    if found is None:
        raise NobodyServes(at)
    if in_covered_city and not found.in_city:
        raise CityNotCovered
    return found


def prices_on(day: date, service: Service) -> QuerySet[ContractPrice]:
    """Of the providers to whom a case of the service may go on that day."""
    return ContractPrice.objects.filter(
        service=service,
        contract__starts_on__lte=day,
        contract__ends_on__gte=day,
        contract__provider__is_active=True,
        contract__provider__kind=service.partner_kind,
    )
