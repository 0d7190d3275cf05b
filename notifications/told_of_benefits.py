"""What customers are told about their benefits: from a fact to the event of the catalogue and its values."""

from collections.abc import Collection
from datetime import date

from django.utils import translation
from django.utils.formats import date_format
from django.utils.translation import gettext

from benefits.events import QuotaExpiring, QuotaGranted
from benefits.models import Entitlement
from benefits.wording import amount
from members.models import Customer, Member
from notifications.actions.announce import announce_platform_event


def tell_granted(fact: QuotaGranted) -> None:
    announce("benefit.quota_granted", fact.customer_id, fact.entitlement_ids, key=fact.key)


def tell_quota_expiring(fact: QuotaExpiring) -> None:
    key = f"{fact.customer_id}:{fact.ends_on}"
    announce("benefit.quota_expiring", fact.customer_id, fact.entitlement_ids, key=key)


def announce(code: str, customer_id: int, entitlement_ids: Collection[int], *, key: str) -> None:
    """One message, whatever the number of benefits; the day in it is the first on which one of them ends."""
    customer = Customer.objects.get(pk=customer_id)
    member = Member.objects.filter(customer=customer, is_active=True).first()
    given = list(
        Entitlement.objects.filter(pk__in=entitlement_ids).select_related("service").order_by("service", "ends_on")
    )
    first = min(each.ends_on for each in given)
    with translation.override(member.language if member else customer.language or "zh-hans"):
        values = {"benefit_name": names(given), "quota": quotas(given, first)}
    announce_platform_event(
        code=code,
        key=key,
        values={"customer_name": customer.name, "expires_on": first.isoformat()} | values,
        member=member,
        customer=customer,
    )


def names(given: list[Entitlement]) -> str:
    """Of the first, and how many there are."""
    services = list(dict.fromkeys(each.service.name for each in given))
    if len(services) == 1:
        return services[0]
    return gettext("%(name)s and others (%(count)s benefits)") % {"name": services[0], "count": len(services)}


def quotas(given: list[Entitlement], first: date) -> str:
    """What is left of each; with its last day where that is a later one."""
    said = []
    for each in given:
        left = f"{each.service.name} {amount(each.service.unit, each.left)}"
        if len(given) == 1:
            left = amount(each.service.unit, each.left)
        if each.ends_on != first:
            until = {"left": left, "day": date_format(each.ends_on, "DATE_FORMAT")}
            left = gettext("%(left)s (until %(day)s)") % until
        said.append(left)
    return gettext(", ").join(said)
