"""Who works at a provider's desk: staff of the insurer add and remove them."""

from django.core.exceptions import PermissionDenied
from django.db import transaction
from wagtail.log_actions import log

from benefits.models import DeskWorker, Provider
from benefits.refusals.desk import NoSuchAccount, StaffAtDesk, WorksElsewhere
from members.models import Member
from members.phone import NotAMobileNumber

ADD, REMOVE = "benefits.add_deskworker", "benefits.delete_deskworker"


@transaction.atomic
def add_desk_worker(*, mobile: str, provider: Provider, by: Member) -> DeskWorker:
    """The account with this number serves at the provider's desk. Twice is once.

    Raises PermissionDenied, NoSuchAccount, StaffAtDesk, WorksElsewhere.
    """
    if not by.has_perm(ADD):
        raise PermissionDenied
    try:
        member = Member.objects.with_mobile(mobile).select_for_update().get(is_active=True)
    except (Member.DoesNotExist, NotAMobileNumber) as fault:
        raise NoSuchAccount from fault
    if member.is_staff or member.is_superuser:
        raise StaffAtDesk
    worker, added = DeskWorker.objects.get_or_create(member=member, defaults={"provider": provider, "added_by": by})
    if worker.provider_id != provider.pk:
        raise WorksElsewhere(worker.provider)
    if added:
        log(instance=provider, action="benefits.add_desk_worker", user=by, data={"member": member.pk})
    return worker


@transaction.atomic
def remove_desk_worker(*, worker_id: int, by: Member) -> None:
    """From this moment the account sees nothing of the provider's. Twice is once. Raises PermissionDenied."""
    if not by.has_perm(REMOVE):
        raise PermissionDenied
    worker = DeskWorker.objects.select_for_update().filter(pk=worker_id).select_related("provider").first()
    if worker is None:
        return
    log(instance=worker.provider, action="benefits.remove_desk_worker", user=by, data={"member": worker.member_id})
    worker.delete()
