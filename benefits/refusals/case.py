"""Why a case is not opened, or does not go on."""

from datetime import datetime, time

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from benefits.refusals.base import BenefitRefused, clock_words


class OutsideHours(BenefitRefused):
    """`opens_at`: when the service is next to be had."""

    code = "outside_hours"

    def __init__(self, opens: time, closes: time, opens_at: datetime) -> None:
        super().__init__(opens, closes, opens_at)
        self.opens, self.closes, self.opens_at = opens, closes, opens_at

    def __str__(self) -> str:
        return _("This service is open daily from %(opens)s to %(closes)s. Please come back at %(moment)s.") % {
            "opens": self.opens.strftime("%H:%M"),
            "closes": self.closes.strftime("%H:%M"),
            "moment": clock_words(self.opens_at),
        }


class DocumentNeeded(BenefitRefused):
    """`document`: what is to be handed in, in the reader's language."""

    code = "document_needed"

    def __init__(self, document: str) -> None:
        super().__init__(document)
        self.document = document

    def __str__(self) -> str:
        return _("Please add this as a picture or PDF: %(document)s") % {"document": self.document}


class OpenedByHotline(BenefitRefused):
    """An emergency is told by voice."""

    code = "opened_by_hotline"

    def __str__(self) -> str:
        return _("Please call our hotline for this: our people open the case and stay with you.")


class CityNotCovered(BenefitRefused):
    """No provider under contract has a site in the city, or none was named."""

    code = "city_not_covered"

    def __str__(self) -> str:
        return _("This service is for covered cities alone. Please choose one of those that are offered.")


class NobodyServes(BenefitRefused):
    """No active provider has a contract with a price for it today."""

    code = "nobody_serves"

    def __init__(self, on: datetime) -> None:
        super().__init__(on)
        self.on = on

    def __str__(self) -> str:
        return _("Nobody offers this service on %(day)s. Nothing of your benefits was used; please call us.") % {
            "day": date_format(timezone.localdate(self.on), "DATE_FORMAT")
        }


class CaseEnded(BenefitRefused):
    """Done, called off or declined: nothing is written or changed any more."""

    code = "case_ended"

    def __str__(self) -> str:
        return _("This case has ended.")


class NotTheOwner(BenefitRefused):
    """Somebody else at the provider looks after it, or nobody yet."""

    code = "not_the_owner"

    def __str__(self) -> str:
        return _("You don't look after this case. Please take it first.")


class TakenMeanwhile(BenefitRefused):
    """Who takes a case over knows from whom."""

    code = "taken_meanwhile"

    def __str__(self) -> str:
        return _("A colleague has taken this case meanwhile. Please see who looks after it now.")


class OwnCase(BenefitRefused):
    """The provider is paid for it, the member earns points: nobody looks after their own."""

    code = "own_case"

    def __str__(self) -> str:
        return _("This is a case of your own. Please let a colleague look after it.")


class NotDone(BenefitRefused):
    """Only a case that is done is rated, once."""

    code = "not_done"

    def __str__(self) -> str:
        return _("Only a case that is done can be rated, and only once.")


class NothingWritten(BenefitRefused):
    """Neither a word nor a document."""

    code = "nothing_written"

    def __str__(self) -> str:
        return _("Please write something first.")


class TooLong(BenefitRefused):
    """`longest`: in characters."""

    code = "too_long"

    def __init__(self, longest: int) -> None:
        super().__init__(longest)
        self.longest = longest

    def __str__(self) -> str:
        return _("Please write at most %(longest)s characters at a time.") % {"longest": self.longest}
