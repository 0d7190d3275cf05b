"""Members' ledgers: found by what the member says, shown with everything that was booked and what it rests on."""

from typing import Any

from django.contrib.auth.mixins import PermissionRequiredMixin
from django.db.models import OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import URLPattern, path, reverse
from django.utils.decorators import method_decorator
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.generic import TemplateView
from wagtail.admin.ui.tables import Column, TitleColumn
from wagtail.admin.views.generic import WagtailAdminTemplateMixin
from wagtail.log_actions import log

from members.models import Member
from members.queries import kept_account
from members.staff import masking
from members.staff.figure_column import FigureColumn
from members.staff.finding import FindingIndexView
from members.staff.member_file import OPEN, Act, members_matching
from members.staff.permissions import OnlyActions, shown_to
from members.staff.showing import ShowingViewSet
from points.member_ledger import ledger_page, member_ledger
from points.models import Account
from points.staff import adjusting
from points.staff.wording import reasons_of

SEE = "points.view_account"
POLICY = OnlyActions(Account, actions={"view"})


def member_acts(request: HttpRequest, member: Member) -> list[Act]:
    """What the member's file offers of ours."""
    return [Act(_("Points"), reverse("points_ledgers:member", args=[member.pk]))] if request.user.has_perm(SEE) else []


class LedgerIndex(FindingIndexView):
    #: A list of members, for those who may see points; not the members' own policy, which is of their files.
    permission_policy = POLICY
    page_title = _("Members' points")
    find_help = _("Whole mobile number, customer number, or name")

    def get_base_queryset(self) -> QuerySet[Any]:
        account = Account.objects.filter(member=OuterRef("pk"), kind=Account.Kind.POINTS)
        balance = Coalesce(Subquery(account.values("balance")), 0)
        return Member.objects.filter(is_staff=False).select_related("customer").annotate(balance=balance)

    def matching(self, queryset: QuerySet[Any], text: str) -> QuerySet[Any]:
        return queryset.filter(members_matching(text))


@method_decorator(never_cache, name="dispatch")
class LedgerPage(PermissionRequiredMixin, WagtailAdminTemplateMixin, TemplateView):
    """Who looked is on record."""

    permission_required = SEE
    page_title = _("Points")
    header_icon = "list-ul"
    template_name = "points/staff/ledger.html"

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        self.member = get_object_or_404(Member.objects.select_related("customer"), pk=kwargs["pk"])
        log(instance=self.member, action="points.read_ledger", user=request.user)
        return super().get(request, *args, **kwargs)

    def get_page_subtitle(self) -> str:
        return adjusting.called(self.member)

    def get_breadcrumbs_items(self) -> list[dict[str, Any]]:
        index = {"url": reverse("points_ledgers:index"), "label": LedgerIndex.page_title}
        return [*super().get_breadcrumbs_items(), index, {"url": "", "label": self.get_page_subtitle()}]

    def before(self) -> int | None:
        """The entry after which this page begins. Raises Http404 for what is none."""
        asked = self.request.GET.get("before", "")
        if asked and not (asked.isdecimal() and len(asked) < 19):
            raise Http404
        return int(asked) if asked else None

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        member, user = self.member, self.request.user
        before = self.before()
        page = ledger_page(member.pk, before=before)
        words = reasons_of(entry.posting for entry in page.entries)
        kept = kept_account(member.pk)
        return super().get_context_data(
            member=member,
            mobile=masking.phone(member.mobile),
            ledger=member_ledger(member.pk),
            entries=[(entry, words[entry.posting.reason]) for entry in page.entries],
            older=page.older,
            is_first=before is None,
            merged_into=kept if kept != member.pk else None,
            may_adjust=user.has_perm(adjusting.PROPOSE) and adjusting.AdjustView.fits(member) and member != user,
            may_open=user.has_perm(OPEN),
            **kwargs,
        )


class LedgerViewSet(ShowingViewSet):
    model = Member
    name = "points_ledgers"
    url_prefix = "points/ledgers"
    icon = "list-ul"
    menu_label = _("Members' points")
    menu_name = "points-ledgers"
    menu_item_class = shown_to(SEE)
    index_view_class = LedgerIndex
    inspect_view_enabled = False
    ordering = ("-pk",)
    list_display = (
        TitleColumn(
            "name",
            label=_("Name"),
            accessor=lambda member: adjusting.called(member),
            url_name="points_ledgers:member",
        ),
        Column("mobile", label=_("Mobile number"), accessor=lambda member: masking.phone(member.mobile)),
        Column(
            "customer",
            label=_("Customer number"),
            accessor=lambda member: member.customer.customer_no if member.customer else "—",
        ),
        FigureColumn("balance", label=_("Points")),
    )

    def register_admin_url_finder(self) -> None:
        """Where a member is found is for the package below to say."""

    def get_urlpatterns(self) -> list[URLPattern]:
        return [
            *super().get_urlpatterns(),
            path("<int:pk>/", LedgerPage.as_view(), name="member"),
            path("<int:pk>/adjust/", adjusting.AdjustView.as_view(), name="adjust"),
        ]
