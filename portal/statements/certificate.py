"""The certificate of a donation, to print and keep."""

from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext as _

from members.models import Language, Member
from notifications.display import written
from points.rewards.history import Redeemed
from portal.statements.typesetting import typeset


def certificate_pdf(member: Member, donated: Redeemed) -> bytes:
    """`donated`: a donation that was made."""
    language = Language.current()
    assert donated.ended_at
    given_on = timezone.localdate(donated.ended_at)
    said = {
        "language": language.value,
        "insurer": settings.INSURER_NAME[language],
        "title": _("Certificate of donation"),
        "name": member.name or _("Our member"),
        "sentence": _("has given %(points)s %(name)s to")
        % {"points": f"{donated.points:,}", "name": settings.POINTS_NAME[language]},
        "project": donated.project,
        "thanks": _("The company pays CNY %(amount)s to the charity for it. Thank you for your kindness.")
        % {"amount": f"{donated.amount:,.2f}"},
        "number": _("No. %(number)s") % {"number": donated.certificate_no},
        "day": written(given_on, language == Language.ENGLISH, False),
    }
    return typeset("certificate.typ", said, made_at=donated.ended_at)
