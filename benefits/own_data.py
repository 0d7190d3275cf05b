"""What `benefits` keeps about a member: tiers, entitlements, the family list, and what staff gave by hand."""

from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from benefits.models import Booking, Case, Entitlement, FamilyGuest, QuotaGrant, TierPeriod
from benefits.models.guest import FamilyGuestQuerySet
from benefits.queries.own import own
from members.closing import Consequence, register_closure_obstacles
from members.models import Member
from members.personal_data import Kept, Section, register_personal_data


def export_entitlements(member: Member) -> list[Section]:
    given = Entitlement.objects.filter(customer=member.customer_id).select_related("service", "allowance__service")
    grants = QuotaGrant.objects.filter(customer=member.customer_id).select_related("service").order_by("pk")
    return [
        Section.of(
            _("Benefits"),
            given.order_by("pk") if member.customer_id else [],
            ("service", "source", "starts_on", "ends_on", "quota", "held", "used", "family_used", "withdrawn_on"),
        ),
        Section.of(
            _("Benefits that staff gave"),
            grants if member.customer_id else [],
            ("service", "quota", "starts_on", "ends_on", "reason", "note", "approved", "decided_at"),
        ),
    ]


def erase_notes(member: Member) -> list[Kept]:
    """Of staff. What was given and used belongs to the customer, who may have policies still."""
    if not member.customer_id:
        return []
    QuotaGrant.objects.filter(customer=member.customer_id, note__isnull=False).update(note=None)
    if not Entitlement.objects.filter(customer=member.customer_id).exists():
        return []
    return [
        Kept(
            _("What your tier and policies gave you, and how often it was used"),
            _("as part of the contract's records, and so that nothing is given twice in a year"),
        )
    ]


def export_tiers(member: Member) -> list[Section]:
    periods = TierPeriod.objects.filter(customer=member.customer_id).order_by("starts_on")
    fields = ("tier", "starts_on", "valid_to", "buffer_to", "ended_on", "cause")
    return [Section.of(_("VIP tiers"), periods if member.customer_id else [], fields)]


def keep_tiers(member: Member) -> list[Kept]:
    """They follow from the policies, which go on."""
    if not TierPeriod.objects.filter(customer=member.customer_id).exists():
        return []
    return [Kept(_("Which VIP tiers you had, and when"), _("as part of the contract's records"))]


def what_is_left(member: Member) -> list[Consequence]:
    """It stays the customer's, and takes an account to use."""
    usable = Entitlement.objects.usable(on=timezone.localdate()).filter(customer=member.customer_id)
    if not member.customer_id or not usable.exists():
        return []
    return [Consequence(_("What your tier and policies give you can't be booked without an account. Use it first."))]


def export_family(member: Member) -> list[Section]:
    return [
        Section.of(
            _("Family list"),
            guests_of(member).order_by("pk"),
            ("name", "relation", "birth_date", "id_no", "listed_at", "removed_at"),
        )
    ]


def erase_family(member: Member) -> list[Kept]:
    """All of it: whoever was on the list was there by this member's word alone."""
    erase_guests(guests_of(member))
    return []


def guests_of(member: Member) -> FamilyGuestQuerySet:
    """On the member's list, or expected or seen with what is their own: of another record's list, after a merger."""
    come = Booking.objects.filter(own(member), guest__isnull=False).values("guest")
    helped = Case.objects.filter(own(member), guest__isnull=False).values("guest")
    return FamilyGuest.objects.filter(Q(customer=member.customer_id) | Q(pk__in=come) | Q(pk__in=helped))


def erase_guests(guests: FamilyGuestQuerySet) -> None:
    for guest in guests:
        guest.name, guest.birth_date, guest.id_no = "", None, None
        guest.removed_at = guest.removed_at or timezone.now()
        guest.save()


def leave_record(*, closed: Member, kept: Member) -> None:
    """Of the record whose account was merged into another's: nobody will see or close it as theirs any more.

    Its family list ends: whoever was booked or asked for goes on under a name, as the kept account's.
    """
    if closed.customer_id is None:
        return
    erase_notes(closed)
    theirs = FamilyGuest.objects.filter(customer=closed.customer_id)
    erase_guests(theirs.exclude(pk__in=guests_of(kept).values("pk")))
    theirs.listed().update(removed_at=timezone.now())


register_personal_data("tiers", export=export_tiers, erase=keep_tiers)
register_personal_data("benefits", export=export_entitlements, erase=erase_notes)
register_personal_data("family", export=export_family, erase=erase_family)
register_closure_obstacles("benefits", what_is_left)
