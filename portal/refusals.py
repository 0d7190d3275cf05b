"""What is said when an action refuses: what happened and what to do, and nothing about other people."""

from datetime import datetime

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy
from django.utils.translation import ngettext

from benefits.models import BenefitDocument, Booking, Case, FamilyGuest, Service, SiteService, WaitingPlace
from benefits.refusals import BenefitRefused
from members.actions.confirm_one_time_code import CodeSpent, WrongCode
from members.actions.count_attempt import TooManyAttempts
from members.actions.give_consent import NeededForAccount, TextOutdated
from members.actions.grant_level import AccountNotActive
from members.actions.issue_one_time_code import CodeJustSent
from members.actions.verify_identity import AnotherPersonsAccount, IdentityNotMatched, PersonHasAccount
from members.consents import NoSuchText
from members.documents import NotADocumentNumber
from members.minors import GuardianNeeded
from members.phone import FixedLine, NotAMobileNumber, NotInAnyPlan
from points.models import Redemption, Reward
from points.refusals import LedgerRefusal
from points.rewards.refusals import RewardRefused
from portal import reward_words
from portal.app_session import ConsentNeeded, GuardiansConsent

#: By NotADocumentNumber.reason.
DOCUMENT_FAULTS = {
    "form": _lazy("This is not how such a number looks. Please compare it with the document, character by character."),
    "date": _lazy("The date of birth in this number does not exist. Please check digits 7 to 14."),
    "future": _lazy("The date of birth in this number is yet to come. Please check digits 7 to 14."),
    "check_digit": _lazy(
        "A digit is wrong somewhere: the last character does not fit the others. Please check them all."
    ),
}
#: What actions raise about codes and numbers.
REFUSALS = (CodeJustSent, CodeSpent, NotAMobileNumber, TooManyAttempts, WrongCode)


def words_for(refusal: Exception) -> str:
    """A sentence or three in the reader's language."""
    match refusal:
        case FixedLine():
            return _("This is a fixed line, which text messages do not reach. Please enter a mobile number.")
        case NotInAnyPlan():
            return _(
                "There is no such mobile number. Please check the digits; "
                "put + and the country code before a number from outside mainland China."
            )
        case NotAMobileNumber():
            return _("This is not a mobile number. Please enter its 11 digits, such as 138 0000 0000.")
        case CodeJustSent():
            return _("A code was sent to this number a moment ago. You can ask for another at %(time)s.") % {
                "time": clock(refusal.until, seconds=True)
            }
        case TooManyAttempts():
            return _(
                "This has been tried too often. Please try again after %(time)s, or call us: we are glad to help."
            ) % {"time": clock(refusal.until)}
        case WrongCode() if refusal.guesses_left:
            return ngettext(
                "This is not the code that we sent. Please look again; you can try once more.",
                "This is not the code that we sent. Please look again; you can try %(left)s more times.",
                refusal.guesses_left,
            ) % {"left": refusal.guesses_left}
        case CodeSpent() | WrongCode():
            return _("This code is no longer good. Please ask for a new one.")
        case NotADocumentNumber():
            return str(DOCUMENT_FAULTS[refusal.reason])
        case IdentityNotMatched():
            return _(
                "Name, document and phone number are not all as we have them. For your protection we don't say "
                "which. Please check what you typed; if the policy names another phone number, call us or come "
                "to a counter with the document."
            )
        case PersonHasAccount() if refusal.has_number:
            return _("You have another account with us, under another phone number. The two can be made one.")
        case PersonHasAccount():
            return _(
                "You have another account with us, whose number was taken off. It comes back at a counter: "
                "bring your document."
            )
        case AnotherPersonsAccount():
            return _(
                "As we have it, this account is another person's; everybody has an account and a number of their own. "
                "If the number used to be theirs and is yours by now, call us or come to a counter with your "
                "document: we free it, and you sign up anew."
            )
        case AccountNotActive():
            return _(
                "Your account was closed or blocked a moment ago, so nothing was done. Please call us, or come to a "
                "counter with your document."
            )
        case GuardianNeeded():
            return _(
                "Under 14 a parent or guardian has to agree first: with their own account here, or at a counter. "
                "Call us, and we tell you how."
            )
        case ConsentNeeded():
            return _("First read and agree to what your account rests on; some of the words may be new.")
        case GuardiansConsent():
            return _("A parent or guardian gives this consent and takes it back, with their own account.")
        case TextOutdated() | NoSuchText():
            return _("The words have changed meanwhile. Please read them once more.")
        case RewardRefused() | LedgerRefusal():
            return reward_words.why(refusal)
        case BenefitRefused():
            return str(refusal)
        case Reward.DoesNotExist():
            return _("There is no such reward.")
        case Redemption.DoesNotExist() | FamilyGuest.DoesNotExist() | Booking.DoesNotExist():
            return _("There is nothing of yours under this number.")
        case WaitingPlace.DoesNotExist() | Case.DoesNotExist() | BenefitDocument.DoesNotExist():
            return _("There is nothing of yours under this number.")
        case Service.DoesNotExist() | SiteService.DoesNotExist():
            return _("There is no such service, or not at this place.")
        case NeededForAccount():
            return _("Your account rests on this consent. If you want to take it back, you can close the account.")
        case _:
            raise TypeError(f"no words for {type(refusal).__name__}") from refusal


def clock(moment: datetime, *, seconds: bool = False) -> str:
    """The time of day in Shanghai, with the day where it is another one."""
    local = timezone.localtime(moment)
    if local.date() != timezone.localdate():
        return local.strftime("%Y-%m-%d %H:%M")
    return local.strftime("%H:%M:%S" if seconds else "%H:%M")
