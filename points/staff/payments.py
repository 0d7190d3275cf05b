"""What rules have paid, and what waits for two people."""

from typing import Any, cast

import django_filters
from django import forms
from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import URLPattern, path
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST
from wagtail.admin.filters import WagtailFilterSet
from wagtail.admin.ui.tables import Column, DateColumn, TitleColumn
from wagtail.admin.views import generic
from wagtail.permissions import register_permission_policy

from members.actions.decide_policy_change import SamePerson
from members.models import Member
from members.staff.figure_column import FigureColumn
from members.staff.masking import phone
from members.staff.permissions import OnlyActions
from members.staff.showing import ShowingInspectView, ShowingViewSet
from points.actions.decide_payment import (
    DECIDE,
    TAKE_BACK,
    NotPaid,
    NotWaiting,
    approve_payment,
    refuse_payment,
    take_back_payment,
)
from points.earning.vocabulary import trigger_name
from points.models import EarningRule, RulePayment
from points.refusals import LedgerRefusal

register_permission_policy(RulePayment, OnlyActions(RulePayment, actions={"view"}))
State = RulePayment.State


class PaymentFilterSet(WagtailFilterSet):
    state = django_filters.ChoiceFilter(label=_("State"), choices=State.choices, empty_label=_("All"))
    rule = django_filters.ModelChoiceFilter(
        label=_("Rule"), queryset=EarningRule.objects.order_by("pk"), empty_label=_("All")
    )

    class Meta:
        model = RulePayment
        fields = ["state", "rule"]


class PaymentIndex(generic.IndexView):
    any_permission_required = ("view",)
    page_title = _("Payments of rules")

    def get_base_queryset(self) -> QuerySet[RulePayment]:
        return RulePayment.objects.select_related("rule", "member")


class TakeBackForm(forms.Form):
    reason = forms.CharField(
        label=_("Reason"),
        max_length=110,
        help_text=_("The number of the case, such as that of the claim that was found false. No personal data."),
    )


class PaymentPage(ShowingInspectView):
    template_name = "points/staff/payment.html"
    page_title = _("Payment of a rule")

    def get_page_subtitle(self) -> str:
        return str(self.object.rule.name)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        payment: RulePayment = self.object
        user = self.request.user
        waiting = payment.state == State.WAITING
        return super().get_context_data(
            payment=payment,
            mobile=phone(payment.member.mobile),
            trigger=trigger_name(payment.rule.trigger),
            may_decide=waiting and user.has_perm(DECIDE),
            is_own=waiting and payment.approved_by_id == user.pk,
            may_take_back=payment.state == State.PAID and user.has_perm(TAKE_BACK),
            form=TakeBackForm(),
            **kwargs,
        )


@require_POST
def act(request: HttpRequest, pk: int) -> HttpResponse:
    """Approves, refuses or takes back; the button says which."""
    by = cast(Member, request.user)
    try:
        if "approve" in request.POST:
            paid = approve_payment(payment_id=pk, by=by).state == State.PAID
            messages.success(request, _now("Paid.") if paid else _now("Noted. A second person has to say yes, too."))
        elif "take_back" in request.POST:
            form = TakeBackForm(request.POST)
            if form.is_valid():
                take_back_payment(payment_id=pk, reason=form.cleaned_data["reason"], by=by)
                messages.success(request, _now("Taken back. What was spent of it is owed."))
            else:
                messages.error(request, _now("Say why, in at most 110 characters."))
        else:
            refuse_payment(payment_id=pk, by=by)
            messages.success(request, _now("Not approved; nothing is paid."))
    except RulePayment.DoesNotExist:
        return redirect("rule_payments:index")
    except SamePerson:
        messages.error(request, _now("You have said yes already. A second person has to, as well."))
    except (NotWaiting, NotPaid):
        messages.error(request, _now("Somebody was faster; look at what became of it."))
    except LedgerRefusal as refusal:
        messages.error(request, str(refusal))
    return redirect("rule_payments:inspect", pk)


class PaymentViewSet(ShowingViewSet):
    model = RulePayment
    name = "rule_payments"
    url_prefix = "points/payments"
    icon = "tick"
    menu_label = _("Payments")
    menu_name = "rule-payments"
    index_view_class, inspect_view_class = PaymentIndex, PaymentPage
    inspect_template_name = PaymentPage.template_name
    filterset_class = PaymentFilterSet
    ordering = ("-pk",)
    list_display = (
        TitleColumn("rule", label=_("Rule"), accessor="rule.name", url_name="rule_payments:inspect"),
        Column("member", label=_("Member"), accessor=lambda payment: phone(payment.member.mobile)),
        FigureColumn("total", label=_("Points"), accessor="total"),
        Column("earned_on", label=_("Earned on"), sort_key="earned_on"),
        Column("state", label=_("State"), accessor="get_state_display", sort_key="state"),
        DateColumn("recorded_at", label=_("Recorded")),
    )

    def get_urlpatterns(self) -> list[URLPattern]:
        return [*super().get_urlpatterns(), path("<int:pk>/act/", act, name="act")]
