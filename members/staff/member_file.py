"""A member's file: found by what the member says, shown with numbers masked, with all that happened and why."""

from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import django_filters
from allauth.usersessions.models import UserSession
from django.db.models import Q, QuerySet
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.utils.functional import Promise
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from wagtail import hooks
from wagtail.admin.filters import WagtailFilterSet
from wagtail.admin.ui.tables import Column, DateColumn, TitleColumn

from members.actions.unmask_member import UnmaskReason
from members.crypto import blind_index
from members.models import AccountEvent, Level, LevelGrant, Member, ServiceCode
from members.phone import NotAMobileNumber, e164
from members.queries import level_of
from members.staff import masking, member_acts
from members.staff.finding import FindingIndexView, people_matching
from members.staff.permissions import shown_to
from members.staff.showing import ShowingInspectView, ShowingViewSet

OPEN = "members.open_member"
#: Functions from a request and a member to what its user may do there; packages above register their own.
ACTS_HOOK = "register_member_acts"
EVENTS_SHOWN = 50


@dataclass(frozen=True)
class Act:
    """Something that this person may do at this file now."""

    label: str | Promise
    url: str


WAITING = {
    "review": (_("the advanced level, proposed"), Q(level_reviews__decision="", level_reviews__isnull=False)),
    "release": (
        _("an unblocking, proposed"),
        Q(blocks__released_at=None, blocks__release_proposed_by__isnull=False),
    ),
    "blocked": (_("blocked"), Q(blocks__released_at=None, blocks__isnull=False)),
}


class MemberFilterSet(WagtailFilterSet):
    waiting = django_filters.ChoiceFilter(
        label=_("Waits for a person"),
        choices=[(name, label) for name, (label, _condition) in WAITING.items()],
        empty_label=_("All"),
        method="that_wait",
    )

    class Meta:
        model = Member
        fields = ["waiting"]

    def that_wait(self, queryset: QuerySet[Any], name: str, value: str) -> QuerySet[Any]:
        return queryset.filter(pk__in=Member.objects.filter(WAITING[value][1]).values("pk"))


class MemberIndex(FindingIndexView):
    any_permission_required = ("open",)
    page_title = _("Members")
    find_help = _("Whole mobile number, customer number, or name")

    def get_base_queryset(self) -> QuerySet[Any]:
        return Member.objects.select_related("customer")

    def matching(self, queryset: QuerySet[Any], text: str) -> QuerySet[Any]:
        return queryset.filter(members_matching(text))


def own(text: str) -> Q:
    found = Q(name__contains=text)
    with suppress(NotAMobileNumber):
        found |= Q(mobile_index=blind_index(e164(text), "mobile"))
    return found


def members_matching(text: str) -> Q:
    """`people_matching` knows customers; a member has a number and a name of the account's own."""
    return people_matching(text, "customer__") | own(text)


def state_of(member: Member) -> str:
    if member.is_active and not member.mobile:
        return _now("number taken off: to be given back at the counter")
    if member.is_active and member.cooling_until and member.cooling_until > timezone.now():
        until = timezone.localtime(member.cooling_until).strftime("%Y-%m-%d %H:%M")
        return _now("cooling: nothing risky until %(time)s") % {"time": until}
    if member.is_active:
        return _now("in use")
    return _now("blocked") if member.blocks.filter(released_at=None).exists() else _now("closed")


def wording(event: AccountEvent) -> str:
    """What `detail` says, as far as staff have words for it."""
    detail = event.detail
    said = []
    if "level" in detail:
        said.append(str(Level(detail["level"]).label))
    said += [str(Level(level).label) for level in detail.get("levels", ())]
    for key, choices in (
        ("method", LevelGrant.Method),
        ("because", LevelGrant.Revocation),
        ("purpose", ServiceCode.Purpose),
    ):
        if detail.get(key) in choices.values:
            said.append(str(choices(detail[key]).label))
    if detail.get("reason") in UnmaskReason.values:
        said.append(str(UnmaskReason(detail["reason"]).label))
    return "; ".join(said)


@method_decorator(never_cache, name="dispatch")
class MemberPage(ShowingInspectView):
    any_permission_required = ("open",)
    template_name = "members/staff/member_file.html"
    page_title = _("Member")

    def get_page_subtitle(self) -> str:
        return self.object.name or masking.phone(self.object.mobile)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(**facts(self.object), acts=self.acts(), **kwargs)

    def acts(self) -> list[Act]:
        member, user = self.object, self.request.user
        if member.is_staff or member == user:
            return []
        own_acts = [
            Act(act.page_title, reverse(f"member_files:{name}", args=[member.pk]))
            for name, act in member_acts.ACTS.items()
            if user.has_perm(f"members.{act.permission}") and act.fits(member)
        ]
        others = [act for look in hooks.get_hooks(ACTS_HOOK) for act in look(self.request, member)]
        return [*own_acts, *others]


def facts(member: Member) -> dict[str, Any]:
    """What a file shows: numbers masked."""
    now, customer = timezone.now(), member.customer
    return {
        "member": member,
        "state": state_of(member),
        "level": level_of(member).label,
        "customer": customer,
        "mobile": masking.phone(member.mobile),
        "email": masking.email(member.email or ""),
        "id_no": masking.document(customer.id_no or "") if customer else "—",
        "grants": [
            (grant, grant.revoked_at is None and (grant.expires_at is None or grant.expires_at > now))
            for grant in member.level_grants.select_related("granted_by", "seconded_by", "revoked_by").order_by("-pk")
        ],
        "bindings": [(b.appid, f"{b.openid[:6]}…", b.bound_at) for b in member.wechat_bindings.order_by("pk")],
        "devices": [
            (device.user_agent, device.last_seen_at)
            for device in UserSession.objects.filter(user=member).order_by("-last_seen_at")
        ],
        "blocked": member.blocks.select_related("blocked_by", "release_proposed_by").filter(released_at=None).first(),
        "review": member.level_reviews.select_related("proposed_by").filter(decision="").first(),
        "events": [
            (event, wording(event))
            for event in member.account_events.select_related("by").order_by("-occurred_at", "-pk")[:EVENTS_SHOWN]
        ],
    }


class MemberFileViewSet(ShowingViewSet):
    model = Member
    name = "member_files"
    url_prefix = "members"
    icon = "user"
    menu_label = _("Members")
    menu_name = "member-files"
    menu_order = 205
    add_to_admin_menu = True
    menu_item_class = shown_to(OPEN)
    index_view_class, inspect_view_class = MemberIndex, MemberPage
    inspect_template_name = MemberPage.template_name
    filterset_class = MemberFilterSet
    ordering = ("-pk",)
    list_display = (
        TitleColumn(
            "name",
            label=_("Name"),
            accessor=lambda member: member.name or masking.phone(member.mobile),
            url_name="member_files:inspect",
        ),
        Column("mobile", label=_("Mobile number"), accessor=lambda member: masking.phone(member.mobile)),
        Column(
            "customer",
            label=_("Customer number"),
            accessor=lambda member: member.customer.customer_no if member.customer else "—",
        ),
        Column("is_active", label=_("Account"), accessor=state_of),
        DateColumn("created_at", label=_("Registered")),
    )

    def get_urlpatterns(self) -> list[URLPattern]:
        return [
            *super().get_urlpatterns(),
            *(path(f"<int:pk>/{name}/", act.as_view(), name=name) for name, act in member_acts.ACTS.items()),
        ]
