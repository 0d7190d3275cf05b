"""What cases and papers keep about a member: copied out, erased with the account, and what stops its closing.

What was written and sent is about somebody's health and goes with the account; that a provider did something, and what
it was paid, are accounting records.
"""

from datetime import date
from functools import partial

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from benefits.case_access import cases_of_member, papers_of_member
from benefits.models import BenefitDocument, Case, CaseMessage
from members.closing import Consequence, register_closure_obstacles
from members.models import Member
from members.personal_data import Kept, Section, register_personal_data

#: What was paid for, from the end of the year (Accounting Archives Rules, art. 14 and annex 1).
YEARS_KEPT = 30


def export_cases(member: Member) -> list[Section]:
    """Papers themselves are fetched from their pages; the copy names them."""
    cases = cases_of_member(member).order_by("pk")
    messages = CaseMessage.objects.filter(case__in=cases).order_by("pk")
    return [
        Section.of(
            _("Cases at our partners"),
            cases.select_related("provider", "entitlement__service"),
            (
                "entitlement__service",
                "provider",
                "city",
                "state",
                "opened_at",
                "taken_at",
                "ended_at",
                "rating",
                "rated_at",
                "rating_words",
            ),
        ),
        Section.of(_("What was written in cases"), messages, ("case_id", "side", "text", "written_at")),
        Section.of(
            _("Documents of cases and visits"),
            papers_of_member(member).order_by("pk"),
            ("case_id", "booking_id", "side", "name", "kind", "size", "sent_at"),
        ),
    ]


def erase_cases(member: Member) -> list[Kept]:
    cases = cases_of_member(member)
    CaseMessage.objects.filter(case__in=cases, text__isnull=False).update(text=None)
    cases.filter(rating_words__isnull=False).update(rating_words=None)
    for document in papers_of_member(member):
        BenefitDocument.objects.filter(pk=document.pk).update(name=None, file="")
        transaction.on_commit(partial(document.file.storage.delete, str(document.file.name)))
    latest = cases.filter(state__in=Case.SPENT).order_by("-ended_at").first()
    if latest is None or latest.ended_at is None:
        return []
    return [
        Kept(
            _("Which services you used through our partners and when, without what was written or sent"),
            _("as accounting records, for thirty years (Accounting Archives Rules, art. 14)"),
            until=date(timezone.localdate(latest.ended_at).year + YEARS_KEPT, 12, 31),
        )
    ]


def open_cases(member: Member) -> list[Consequence]:
    if not (count := cases_of_member(member).open().count()):
        return []
    text = ngettext(
        "A case of yours is open at one of our partners. Wait for it or call it off, then close the account.",
        "%(count)s cases of yours are open at our partners. Wait for them or call them off, then close the account.",
        count,
    )
    return [Consequence(text % {"count": count}, blocks=True)]


register_personal_data("benefit cases", export=export_cases, erase=erase_cases)
register_closure_obstacles("benefit cases", open_cases)
