"""What waits for the staff who look after providers, cases and settlements, on the first page of the admin."""

from django.db.models import Q
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from benefits.actions.close_settlement import CLOSE
from benefits.actions.decide_dispute import DECIDE
from benefits.models import Booking, Case, LineDispute, ProviderImport, ProviderImportFile, Settlement
from benefits.settlement_month import month_of
from benefits.staff.bookings import long_unconfirmed
from members.staff.home import Waiting

IMPORT = "benefits.add_providerimport"


def imports_waiting(request: HttpRequest) -> list[Waiting]:
    """Of each of the files the last one: whoever has mended it and handed it in again has nothing left to do."""
    if not request.user.has_perm(IMPORT):
        return []
    settled = ProviderImportFile.objects.filter(delivery__state__in=ProviderImport.SETTLED)
    last = settled.order_by("name", "-delivery").distinct("name")
    wrong = Q(counts__rejected__gt=0) | ~Q(refused="")
    return [
        Waiting(
            ProviderImportFile.objects.filter(wrong, pk__in=last.values("pk")).count(),
            _("Files of providers with rejects"),
            _("Rows or a whole file were put aside. Look at the reasons, mend them, and hand the file in again."),
            reverse("provider_imports:index"),
        )
    ]


def visits_waiting(request: HttpRequest) -> list[Waiting]:
    if not request.user.has_perm("benefits.view_booking"):
        return []
    return [
        Waiting(
            long_unconfirmed(Booking.objects.all()).count(),
            _("Bookings that a provider has not confirmed"),
            _("The provider's own system has not taken them for an hour. Call there, and the member if it refuses."),
            f"{reverse('visit_bookings:index')}?unconfirmed=on",
        )
    ]


def desks_waiting(request: HttpRequest) -> list[Waiting]:
    may, found = request.user.has_perm, []
    if may("benefits.view_case"):
        found.append(
            Waiting(
                Case.objects.overdue(at=timezone.now()).count(),
                _("Cases that are late"),
                _("The provider has not kept the time. Call there, and the member if it takes longer."),
                f"{reverse('benefit_cases:index')}?late=on",
            )
        )
    if may(DECIDE):
        found.append(
            Waiting(
                LineDispute.objects.filter(state=LineDispute.State.OPEN).count(),
                _("Disputed lines"),
                _("A provider says that a line is wrong. Compare with the records, then decide."),
                f"{reverse('line_disputes:index')}?state=open",
            )
        )
    if may(CLOSE):
        found.append(
            Waiting(
                Settlement.objects.filter(closed_at=None, month__lt=month_of(timezone.localdate())).count(),
                _("Settlements to close"),
                _("The month is over. Once nothing is disputed, close it: what is closed is paid."),
                f"{reverse('settlements:index')}?closed_at=false",
            )
        )
    return found
