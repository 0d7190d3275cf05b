"""What members are told about their cases: that there is something to read. What it is, they read when signed in."""

from django.utils import translation

from benefits.models import Case
from notifications.actions.announce import announce_platform_event
from notifications.models import Heard
from notifications.told_of_accounts import addressed


def tell_answered(heard: Heard) -> None:
    """An answer, or a question while which the provider's clock stands still."""
    tell("benefit.case_answered", heard, key=f"case:{heard.subject_id}:{heard.heard_at.isoformat()}")


def tell_done(heard: Heard) -> None:
    tell("benefit.case_done", heard, key=f"case:{heard.subject_id}")


def tell_declined(heard: Heard) -> None:
    tell("benefit.case_declined", heard, key=f"case:{heard.subject_id}")


def tell(code: str, heard: Heard, *, key: str) -> None:
    cases = Case.objects.select_related("member__customer", "entitlement__service", "provider")
    case = cases.get(pk=heard.subject_id)
    member = case.member
    with translation.override(member.language):
        values = {
            "customer_name": addressed(member),
            "benefit_name": case.entitlement.service.name,
            "provider_name": case.provider.name,
        }
    announce_platform_event(
        code=code, key=key, values=values, member=member, customer=member.customer, occurred_at=heard.heard_at
    )
