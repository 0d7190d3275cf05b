"""Why a month is not settled or closed, or a line not disputed."""

from datetime import date

from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from benefits.refusals.base import BenefitRefused


class SettlementRefused(BenefitRefused):
    code = "settlement_refused"


class MonthNotOver(SettlementRefused):
    """`month`: its first day."""

    code = "month_not_over"

    def __init__(self, month: date) -> None:
        super().__init__(month)
        self.month = month

    def __str__(self) -> str:
        return _("%(month)s is not over yet.") % {"month": date_format(self.month, "YEAR_MONTH_FORMAT")}


class LinesDisputed(SettlementRefused):
    """`count`: of lines whose dispute is to be decided first."""

    code = "lines_disputed"

    def __init__(self, count: int) -> None:
        super().__init__(count)
        self.count = count

    def __str__(self) -> str:
        return ngettext(
            "A line is disputed. Decide that first, then close the month.",
            "%(count)s lines are disputed. Decide them first, then close the month.",
            self.count,
        ) % {"count": self.count}


class DisputedBefore(SettlementRefused):
    code = "disputed_before"

    def __str__(self) -> str:
        return _("This line was disputed before; a line is disputed once.")


class NotDisputable(SettlementRefused):
    """A correction follows a dispute; what is wrong with it is said by phone."""

    code = "not_disputable"

    def __str__(self) -> str:
        return _("This line is a correction itself. Please call us about it.")


class DisputeDecided(SettlementRefused):
    code = "dispute_decided"

    def __str__(self) -> str:
        return _("This dispute has been decided already.")


class NothingToCorrect(SettlementRefused):
    """The amount that is called right is the line's own."""

    code = "nothing_to_correct"

    def __str__(self) -> str:
        return _("This is the amount of the line. To leave it so, reject the dispute.")


class OwnDispute(SettlementRefused):
    """Whoever raised it does not decide it."""

    code = "own_dispute"

    def __str__(self) -> str:
        return _("You raised this dispute yourself. A second person has to decide it.")
