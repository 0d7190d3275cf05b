"""Redemptions: listed, followed, and settled by a person where nobody could tell what the provider did."""

from contextlib import suppress
from typing import Any, cast

import django_filters
from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import F, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import URLPattern, path
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _
from wagtail.admin.filters import DateRangePickerWidget, WagtailFilterSet
from wagtail.admin.ui.tables import Column, DateColumn, TitleColumn
from wagtail.permissions import register_permission_policy

from members.actions.serve_member import OwnAccount
from members.models import Member
from members.phone import NotAMobileNumber
from members.staff import masking
from members.staff.figure_column import FigureColumn
from members.staff.finding import FindingIndexView, people_matching
from members.staff.permissions import OnlyActions
from members.staff.showing import ShowingInspectView, ShowingViewSet
from points.actions.settle_redemption import SETTLE, settle_redemption
from points.models import GivingBack, Redemption, Reward, VoucherCode, VoucherShowing
from points.rewards.refusals import BeingAsked, NotInDoubt
from points.staff import givings_back

register_permission_policy(Redemption, OnlyActions(Redemption, actions={"view"}))
State = Redemption.State


class RedemptionFilterSet(WagtailFilterSet):
    state = django_filters.MultipleChoiceFilter(
        label=_("State"), choices=State.choices, widget=forms.CheckboxSelectMultiple
    )
    reward = django_filters.ModelChoiceFilter(label=_("Reward"), queryset=Reward.objects.all())
    giving_back = django_filters.ChoiceFilter(
        label=_("Given back"), choices=list(givings_back.STATES.items()), empty_label=_("All"), method="given_back_so"
    )
    asked_at = django_filters.DateFromToRangeFilter(label=_("Asked for"), widget=DateRangePickerWidget)

    class Meta:
        model = Redemption
        fields = ["state", "reward", "giving_back", "asked_at"]

    def given_back_so(self, queryset: QuerySet[Any], name: str, value: str) -> QuerySet[Any]:
        if value == "proposed":
            proposed = GivingBack.objects.filter(state=GivingBack.State.PROPOSED)
            return queryset.filter(pk__in=proposed.values("redemption"))
        if value == "whole":
            return queryset.filter(given_back=F("points"))
        return queryset.filter(given_back__gt=0, given_back__lt=F("points"))


class RedemptionIndex(FindingIndexView):
    page_title = _("Redemptions")
    find_help = _("Customer number, part of the name, whole mobile number, or provider's reference")

    def get_base_queryset(self) -> QuerySet[Redemption]:
        return Redemption.objects.select_related("reward", "member")

    def matching(self, queryset: QuerySet[Redemption], text: str) -> QuerySet[Redemption]:
        people = Member.objects.filter(people_matching(text, "customer__") | Q(name__contains=text))
        found = Q(member__in=people.values("pk")) | Q(provider_reference=text)
        with suppress(NotAMobileNumber):
            found |= Q(member__in=Member.objects.with_mobile(text).values("pk"))
        return queryset.filter(found)


def who(redemption: Redemption) -> str:
    return redemption.member.name or masking.phone(redemption.member.mobile)


class SettleForm(forms.Form):
    """What the provider's own records, or the member, say."""

    outcome = forms.ChoiceField(
        label=_("What became of it?"),
        choices=[
            ("delivered", _("The provider delivered it: the points are taken")),
            ("failed", _("It was not delivered, and will not be: the points come back")),
        ],
        widget=forms.RadioSelect,
    )
    provider_reference = forms.CharField(
        label=_("provider's reference"), max_length=100, required=False, help_text=_("Of what was delivered.")
    )
    because = forms.CharField(
        label=_("Reason"),
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_(
            "Who at the provider said what, and when. Whoever audits this in years reads it. No personal data."
        ),
    )

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if data.get("outcome") == "delivered" and not data.get("provider_reference"):
            self.add_error("provider_reference", _("Give the number under which the provider delivered it."))
        return data


class RedemptionPage(ShowingInspectView):
    template_name = "points/staff/redemption.html"
    page_title = _("Redemption")
    #: What was sent, where it has to be put right.
    form: SettleForm | None = None
    give_back_form: givings_back.GiveBackForm | None = None

    def get_page_subtitle(self) -> str:
        return f"{self.object.reward.name} · {who(self.object)}"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        redemption: Redemption = self.object
        return super().get_context_data(
            redemption=redemption,
            who=who(redemption),
            mobile=masking.phone(redemption.mobile or ""),
            voucher=VoucherCode.objects.filter(redemption=redemption).exists(),
            showings=VoucherShowing.objects.filter(voucher__redemption=redemption).order_by("pk"),
            donation=getattr(redemption, "donation", None),
            may_settle=redemption.state == State.DOUBTFUL and self.request.user.has_perm(SETTLE),
            form=self.form or SettleForm(),
            **givings_back.giving_back_context(redemption, cast(Member, self.request.user), self.give_back_form),
            **kwargs,
        )


class SettleView(RedemptionPage):
    http_method_names = ["post"]

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not request.user.has_perm(SETTLE):
            raise PermissionDenied
        self.form = SettleForm(request.POST)
        if not self.form.is_valid():
            return self.get(request, *args, **kwargs)
        data = self.form.cleaned_data
        delivered = data["outcome"] == "delivered"
        try:
            settle_redemption(
                redemption_id=self.object.pk,
                delivered=delivered,
                by=cast(Member, request.user),
                because=data["because"],
                provider_reference=data["provider_reference"] if delivered else "",
            )
        except NotInDoubt as refusal:
            said = {"state": refusal.redemption.get_state_display()}
            messages.error(request, _now("This is not in doubt any more. It stands so: %(state)s.") % said)
        except OwnAccount:
            messages.error(request, _now("This is your own account. Ask a colleague."))
        except BeingAsked:
            messages.error(request, _now("The provider is being asked at this moment. Try again in a minute."))
        else:
            done = _now("Settled: delivered.") if delivered else _now("Settled: the member has the points back.")
            messages.success(request, done)
        return redirect("redemptions:inspect", self.object.pk)


class GiveBackView(RedemptionPage):
    http_method_names = ["post"]

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        self.give_back_form = givings_back.propose(request, self.object)
        if self.give_back_form:
            return self.get(request, *args, **kwargs)
        return redirect("redemptions:inspect", self.object.pk)


class RedemptionViewSet(ShowingViewSet):
    model = Redemption
    name = "redemptions"
    url_prefix = "rewards/redemptions"
    icon = "history"
    menu_label = _("Redemptions")
    menu_name = "redemptions"
    index_view_class, inspect_view_class = RedemptionIndex, RedemptionPage
    inspect_template_name = RedemptionPage.template_name
    filterset_class = RedemptionFilterSet
    ordering = ("-pk",)
    list_display = (
        TitleColumn(
            "reward", label=_("Reward"), accessor=lambda each: each.reward.name, url_name="redemptions:inspect"
        ),
        Column("member", label=_("Member"), accessor=who),
        FigureColumn("points", label=_("Points")),
        Column("state", label=_("State"), accessor="get_state_display"),
        DateColumn("asked_at", label=_("Asked for")),
        DateColumn("ended_at", label=_("Ended")),
        FigureColumn("attempts", label=_("Attempts")),
        Column("problem", label=_("Last answer")),
    )

    def get_urlpatterns(self) -> list[URLPattern]:
        settle = self.construct_view(SettleView, **self.get_inspect_view_kwargs())
        give_back = self.construct_view(GiveBackView, **self.get_inspect_view_kwargs())
        return [
            *super().get_urlpatterns(),
            path("<int:pk>/settle/", settle, name="settle"),
            path("<int:pk>/give-back/", give_back, name="give-back"),
            path("givings-back/<int:pk>/decide/", givings_back.decide, name="decide-giving-back"),
        ]
