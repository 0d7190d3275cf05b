"""What `points` keeps about a member: the ledger, what rules paid them, and what they redeemed.

Redemptions move when accounts are merged; what was booked, noted and shown stays with the account that ended, and is
the member's all the same.
"""

from datetime import date

from django.utils import timezone
from django.utils.translation import gettext as _

from members.models import Member
from members.personal_data import Kept, Section, register_personal_data
from members.queries import merged_accounts
from points.models import Donation, Entry, GivingBack, PointAdjustment, Redemption, RulePayment, VoucherShowing
from points.terms import SHANGHAI

#: What was booked, from the end of the year (Accounting Archives Rules, art. 14 and annex 1).
YEARS_KEPT = 30


def export_ledger(member: Member) -> list[Section]:
    accounts = merged_accounts(member.pk)
    entries = Entry.objects.filter(account__member__in=accounts).select_related("posting", "account")
    labels = {
        "posted_at": _("Booked"),
        "account": _("Account"),
        "kind": _("Kind"),
        "reason": _("Reason"),
        "amount": _("Points"),
        "balance_after": _("Balance after"),
    }
    ledger = [
        {
            "posted_at": timezone.localtime(entry.posted_at).isoformat(sep=" ", timespec="seconds"),
            "account": entry.account.get_kind_display() if entry.account else "",
            "kind": entry.posting.get_kind_display(),
            "reason": entry.posting.reason,
            "amount": entry.amount,
            "balance_after": entry.balance_after,
        }
        for entry in entries.order_by("account__member", "pk")
    ]
    adjustments = PointAdjustment.objects.filter(member__in=accounts).order_by("pk")
    return [
        Section(_("Points"), labels, ledger),
        Section.of(
            _("Points that staff gave or took"),
            adjustments,
            ("proposed_at", "points", "reason", "note", "approved", "decided_at"),
        ),
    ]


def erase_notes(member: Member) -> list[Kept]:
    """Of staff; what was booked stays, under a number that has no name to it any more."""
    accounts = merged_accounts(member.pk)
    PointAdjustment.objects.filter(member__in=accounts, note__isnull=False).update(note=None)
    latest = Entry.objects.filter(account__member__in=accounts).order_by("-pk").first()
    if latest is None:
        return []
    return [
        Kept(
            _("What was booked on your points, without name or number"),
            _("as accounting records, for thirty years (Accounting Archives Rules, art. 14)"),
            until=date(latest.posted_at.astimezone(SHANGHAI).year + YEARS_KEPT, 12, 31),
        )
    ]


def export_payments(member: Member) -> list[Section]:
    payments = RulePayment.objects.filter(member__in=merged_accounts(member.pk)).select_related("rule").order_by("pk")
    return [Section.of(_("Points that rules paid you"), payments, ("rule", "points", "bonus", "earned_on", "state"))]


def keep_payments(member: Member) -> list[Kept]:
    """Nothing in them says who it was, but for a keyed digest that tells when the same person comes again."""
    if not RulePayment.objects.filter(member__in=merged_accounts(member.pk)).exists():
        return []
    return [
        Kept(
            _("How many points you earned for what, without name or number"),
            _("as part of the accounts, and so that nobody is paid twice for what is paid once"),
        )
    ]


def export_redemptions(member: Member) -> list[Section]:
    redemptions = Redemption.objects.of(member).select_related("reward").order_by("pk")
    donations = Donation.objects.filter(redemption__member=member).select_related("project").order_by("pk")
    of_donation = ("project", "points", "amount", "certificate_no", "issued_at")
    return [
        Section.of(
            _("Redeemed rewards"),
            redemptions,
            ("reward", "points", "state", "mobile", "asked_at", "ended_at", "good_until", "given_back"),
        ),
        Section.of(
            _("What staff proposed to give back of rewards"),
            GivingBack.objects.filter(redemption__member=member).order_by("pk"),
            ("proposed_at", "points", "reason", "note", "state", "decided_at"),
        ),
        Section.of(_("Donations"), donations.standing(), of_donation),
        Section.of(_("Donations that were given back, with void certificates"), donations.void(), of_donation),
        Section.of(
            _("When voucher codes were shown to you"),
            VoucherShowing.objects.filter(member__in=merged_accounts(member.pk)).order_by("pk"),
            ("entrance", "shown_at"),
        ),
    ]


def erase_redemptions(member: Member) -> list[Kept]:
    """The numbers that were topped up, and notes of staff. What is on its way keeps its number until it ends, which
    erases it then."""
    redemptions = Redemption.objects.of(member)
    redemptions.filter(ended_at__isnull=False, mobile__isnull=False).update(mobile=None)
    GivingBack.objects.filter(redemption__member=member, note__isnull=False).update(note=None)
    if not redemptions.exists():
        return []
    return [
        Kept(
            _("What was redeemed and donated, without a number"),
            _("as accounting records, for thirty years (Accounting Archives Rules, art. 14)"),
        )
    ]


register_personal_data("points", export=export_ledger, erase=erase_notes)
register_personal_data("earning", export=export_payments, erase=keep_payments)
register_personal_data("rewards", export=export_redemptions, erase=erase_redemptions)
