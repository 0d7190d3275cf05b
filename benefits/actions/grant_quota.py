"""Quota by hand: one of the staff proposes it, another decides."""

from datetime import date
from uuid import UUID

from dateutil.relativedelta import relativedelta
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.utils import timezone

from benefits.models import Allowance, Entitlement, QuotaGrant, Service
from benefits.refusals import GrantTimeWrong, GrantTooLarge, NotGrantable, RequestConflict
from members.actions.decide_policy_change import SamePerson
from members.actions.serve_member import must_serve
from members.models import Customer, Member

PROPOSE, DECIDE = "add_quotagrant", "decide_quotagrant"
#: Of a service, by one grant.
MOST = 20


class GrantDecided(Exception):
    """Somebody was faster: `grant` says who, and how."""

    def __init__(self, grant: QuotaGrant) -> None:
        super().__init__(grant.pk)
        self.grant = grant


def propose_grant(
    *,
    customer: Customer,
    service: Service,
    quota: int,
    starts_on: date,
    ends_on: date,
    reason: QuotaGrant.Reason,
    note: str,
    request_id: UUID,
    by: Member,
) -> QuotaGrant:
    """Nothing is given until a second person agrees. `request_id` again answers with what was proposed by it.

    Raises PermissionDenied, OwnAccount, AccountOfStaff, and BenefitRefused: GrantTimeWrong, GrantTooLarge,
    NotGrantable, RequestConflict.
    """
    must_grant(by, PROPOSE, customer)
    about = {
        "customer_id": customer.pk,
        "service_id": service.pk,
        "quota": quota,
        "starts_on": starts_on,
        "ends_on": ends_on,
        "reason": reason,
        "proposed_by_id": by.pk,
    }
    if made := made_before(request_id, about):
        return made
    if starts_on < timezone.localdate() or not starts_on <= ends_on <= starts_on + relativedelta(years=1):
        raise GrantTimeWrong
    if not 0 < quota <= MOST:
        raise GrantTooLarge(MOST)
    if not grantable_services().filter(pk=service.pk).exists():
        raise NotGrantable
    try:
        with transaction.atomic():
            return QuotaGrant.objects.create(**about, note=note, request_id=request_id)
    except IntegrityError as fault:
        if "request_id" not in str(fault) or not (made := made_before(request_id, about)):
            raise
        return made


@transaction.atomic
def decide_grant(*, grant_id: int, approve: bool, by: Member) -> QuotaGrant:
    """Gives what was proposed, or does not. The customer is told of it by and by (tell_of_benefits).

    On the terms that the customer has for the service at that time; without any, on the lowest of the catalogue.
    Raises PermissionDenied, QuotaGrant.DoesNotExist, GrantDecided, SamePerson, OwnAccount, AccountOfStaff, and
    GrantTimeWrong where the time is over; then it stays open.
    """
    if not by.has_perm(f"benefits.{DECIDE}"):
        raise PermissionDenied
    grant = QuotaGrant.objects.select_for_update(of=("self",)).select_related("customer", "service").get(pk=grant_id)
    if not grant.waits:
        raise GrantDecided(grant)
    must_grant(by, DECIDE, grant.customer)
    if grant.proposed_by_id == by.pk:
        raise SamePerson
    if approve:
        grant.entitlement = given(grant)
    grant.approved, grant.decided_by, grant.decided_at = approve, by, timezone.now()
    grant.save(update_fields=["approved", "decided_by", "decided_at", "entitlement"])
    return grant


def must_grant(by: Member, permission: str, customer: Customer) -> None:
    """Raises PermissionDenied, OwnAccount, AccountOfStaff. A customer without an account can be given something."""
    if not by.has_perm(f"benefits.{permission}"):
        raise PermissionDenied
    if account := Member.objects.filter(customer=customer).first():
        must_serve(by, permission, account, package="benefits")


def made_before(request_id: UUID, about: dict[str, object]) -> QuotaGrant | None:
    """Raises RequestConflict where something else was proposed by that form."""
    made = QuotaGrant.objects.filter(request_id=request_id).first()
    if made and any(getattr(made, name) != value for name, value in about.items()):
        raise RequestConflict
    return made


def given(grant: QuotaGrant) -> Entitlement:
    if grant.ends_on < timezone.localdate():
        raise GrantTimeWrong
    terms = terms_for(grant)
    return Entitlement.objects.create(
        customer=grant.customer,
        service=grant.service,
        allowance=terms,
        source=Entitlement.Source.GRANT,
        starts_on=grant.starts_on,
        ends_on=grant.ends_on,
        quota=grant.quota,
        family_quota=min(terms.family_quota, grant.quota),
        gained_at=timezone.now(),
    )


def terms_for(grant: QuotaGrant) -> Allowance:
    mine = Entitlement.objects.usable(on=max(grant.starts_on, timezone.localdate()))
    theirs = mine.filter(customer=grant.customer, service=grant.service).select_related("allowance").last()
    return theirs.allowance if theirs else Allowance.objects.filter(service=grant.service).order_by("pk")[0]


def grantable_services() -> QuerySet[Service]:
    """What is counted: nobody needs more of what has no end, or is there by itself."""
    return Service.objects.filter(allowances__quota__isnull=False).exclude(mode=Service.Mode.AUTOMATIC).distinct()
