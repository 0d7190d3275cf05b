"""What a provider's desk looks at: its own sites, visits and settlements, and nobody else's."""

from datetime import date, timedelta

from django.db.models import QuerySet

from benefits.models import Booking, DeskWorker, Settlement, SettlementLine, Site
from benefits.settlement_month import midnight
from members.models import Member


def worker_of(member: Member) -> DeskWorker | None:
    """None for who works at no desk; staff of the insurer never do."""
    if member.is_staff or member.is_superuser:
        return None
    return DeskWorker.objects.select_related("provider", "member").filter(member=member).first()


def sites_of(worker: DeskWorker) -> QuerySet[Site]:
    """The ones in use before the others."""
    return Site.objects.filter(provider=worker.provider_id).order_by("-is_active", "city", "name_zh", "pk")


def visits_at(worker: DeskWorker) -> QuerySet[Booking]:
    return Booking.objects.filter(slot__at__site__provider=worker.provider_id).select_related(
        "entitlement__service", "entitlement__allowance", "customer", "guest", "member", "slot__at__site"
    )


def visits_of_day(worker: DeskWorker, site: Site, day: date) -> QuerySet[Booking]:
    begins_at, ends_at = midnight(day), midnight(day + timedelta(days=1))
    return (
        visits_at(worker)
        # By the slot, which an index finds; a booking starts when its slot does.
        .filter(slot__at__site=site, slot__starts_at__gte=begins_at, slot__starts_at__lt=ends_at)
        .order_by("starts_at", "pk")
    )


def settlements_of(worker: DeskWorker) -> QuerySet[Settlement]:
    return Settlement.objects.filter(provider=worker.provider_id).order_by("-month")


def lines_of(settlement: Settlement) -> QuerySet[SettlementLine]:
    """In the order of what they are of; corrections last."""
    return settlement.lines.select_related(
        "booking__entitlement__service",
        "booking__slot__at__site",
        "case__entitlement__service",
        "corrects__booking__entitlement__service",
        "corrects__case__entitlement__service",
        "corrects__settlement",
        "dispute__decided_by",
    ).order_by("-kind", "pk")
