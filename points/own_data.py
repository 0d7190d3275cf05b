"""What `points` keeps about a member beside the ledger: what they redeemed."""

from django.utils.translation import gettext as _

from members.models import Member
from members.personal_data import Kept, Section, register_personal_data
from points.models import Donation, Redemption, VoucherShowing


def export_redemptions(member: Member) -> list[Section]:
    redemptions = Redemption.objects.of(member).select_related("reward").order_by("pk")
    donations = Donation.objects.filter(redemption__member=member).select_related("project").order_by("pk")
    return [
        Section.of(
            _("Redeemed rewards"),
            redemptions,
            ("reward", "points", "state", "mobile", "asked_at", "ended_at", "good_until"),
        ),
        Section.of(_("Donations"), donations, ("project", "points", "amount", "certificate_no", "issued_at")),
        Section.of(
            _("When voucher codes were shown to you"),
            VoucherShowing.objects.filter(member=member).order_by("pk"),
            ("entrance", "shown_at"),
        ),
    ]


def erase_redemptions(member: Member) -> list[Kept]:
    """The numbers that were topped up. One that is on its way keeps its number until it ends, which erases it then."""
    redemptions = Redemption.objects.of(member)
    redemptions.filter(ended_at__isnull=False, mobile__isnull=False).update(mobile=None)
    if not redemptions.exists():
        return []
    return [
        Kept(
            _("What was redeemed and donated, without a number"),
            _("as accounting records, for thirty years (Accounting Archives Rules, art. 14)"),
        )
    ]


register_personal_data("rewards", export=export_redemptions, erase=erase_redemptions)
