"""Why a service rests for a customer, and why quota is not given by hand."""

from datetime import date

from django.utils.translation import gettext as _

from benefits.refusals.base import BenefitRefused, day_words


class ServiceSuspended(BenefitRefused):
    """Visits were not kept. `until`: the first day on which it is open again."""

    code = "service_suspended"

    def __init__(self, until: date) -> None:
        super().__init__(until)
        self.until = until

    def __str__(self) -> str:
        return _("Visits that you had booked were not kept, so this service is closed to you until %(day)s.") % {
            "day": day_words(self.until)
        }


class GrantTimeWrong(BenefitRefused):
    """It begins before today, ends before it begins, lasts longer than a year, or is over by now."""

    code = "grant_time_wrong"

    def __str__(self) -> str:
        return _("It has to begin today or later, and to end within a year after it begins.")


class GrantTooLarge(BenefitRefused):
    """`most`: how many one grant gives."""

    code = "grant_too_large"

    def __init__(self, most: int) -> None:
        super().__init__(most)
        self.most = most

    def __str__(self) -> str:
        return _("At most %(most)s can be given at a time.") % {"most": self.most}


class NotGrantable(BenefitRefused):
    """Nobody counts it: it is there for as long as the tier is; or the catalogue has no terms for it."""

    code = "not_grantable"

    def __str__(self) -> str:
        return _("This service is not counted, so no more of it can be given.")
