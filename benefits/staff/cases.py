"""Cases as the insurer's staff see them: where they stand and whether they are late, not what is said in them.

What is said, and what the member says of it afterwards, is about somebody's health. Reading it takes a permission that
no role has by itself, and is recorded.
"""

from typing import Any

import django_filters
from django import forms
from django.core.exceptions import PermissionDenied
from django.db.models import Case as Choose
from django.db.models import IntegerField, Q, QuerySet, Value, When
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from wagtail.admin.filters import WagtailFilterSet
from wagtail.admin.ui.tables import Column, DateColumn, TitleColumn
from wagtail.log_actions import log
from wagtail.permissions import register_permission_policy

from benefits.models import Case, Provider
from benefits.models.case import CaseQuerySet
from benefits.staff.wording import clock
from members.staff.finding import FindingIndexView, people_matching
from members.staff.permissions import OnlyActions
from members.staff.showing import ShowingInspectView, ShowingViewSet

register_permission_policy(Case, OnlyActions(Case, actions={"view"}))
READ = "benefits.read_case"
LATE, OPEN, ENDED = 0, 1, 2


def is_late(case: Case) -> bool:
    running = case.state in (Case.State.ASKED, Case.State.TAKEN)
    return running and case.due_at is not None and case.due_at < timezone.now()


def stands(case: Case) -> str:
    # To a member the state says “your answer”.
    words = _("waiting for the member") if case.state == Case.State.MEMBERS_TURN else case.get_state_display()
    return f"{words} · {_('late')}" if is_late(case) else str(words)


class CaseFilterSet(WagtailFilterSet):
    state = django_filters.MultipleChoiceFilter(
        label=_("State"), choices=Case.State.choices, widget=forms.CheckboxSelectMultiple
    )
    provider = django_filters.ModelChoiceFilter(
        label=_("Provider"), queryset=Provider.objects.filter(cases__isnull=False).distinct()
    )
    # A box that is not ticked would stand above the list as a filter in force.
    late = django_filters.ChoiceFilter(
        label=_("Late"), method="only_late", choices=[("on", _("late"))], empty_label=_("All")
    )

    class Meta:
        model = Case
        fields = ["state", "provider"]

    def only_late(self, queryset: CaseQuerySet, _name: str, _wanted: str) -> CaseQuerySet:
        return queryset.overdue(at=timezone.now())


class CaseIndex(FindingIndexView):
    page_title = _("Cases")
    find_help = _("Customer number, part of the name, whole mobile number, or number of the case")

    def get_base_queryset(self) -> QuerySet[Case]:
        late = Q(state__in=[Case.State.ASKED, Case.State.TAKEN], due_at__lt=timezone.now())
        lateness = Choose(
            When(late, then=Value(LATE)),
            When(state__in=Case.OPEN, then=Value(OPEN)),
            default=Value(ENDED),
            output_field=IntegerField(),
        )
        return Case.objects.annotate(lateness=lateness).select_related("entitlement__service", "provider", "customer")

    def matching(self, queryset: QuerySet[Case], text: str) -> QuerySet[Case]:
        found = people_matching(text, "customer__")
        return queryset.filter(found | Q(pk=int(text)) if text.isdecimal() and len(text) < 10 else found)


class CasePage(ShowingInspectView):
    template_name = "benefits/staff/case.html"
    page_title = _("Case")

    def get_page_subtitle(self) -> str:
        return f"{self.object.entitlement.service.name} · {self.object.pk}"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        case: Case = self.object
        first = case.messages.select_related("by").earliest("pk")
        return super().get_context_data(
            case=case,
            # After accounts were joined another one of the member's may have written it.
            agent=first.by if first.by.is_staff and first.by_id != case.member_id else None,
            stands=stands(case),
            messages_count=case.messages.count(),
            documents_count=case.documents.count(),
            may_read=self.request.user.has_perm(READ),
            said=None,
            **kwargs,
        )


@method_decorator(never_cache, name="dispatch")
class ReadView(CasePage):
    """The conversation; who read it is on record. Papers stay with the two sides."""

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not request.user.has_perm(READ):
            raise PermissionDenied
        log(instance=self.object, action="benefits.read_case", user=request.user)
        return super().get(request, *args, **kwargs)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(**kwargs) | {"said": self.object.messages.order_by("pk")}


class CaseViewSet(ShowingViewSet):
    model = Case
    name = "benefit_cases"
    url_prefix = "benefits/cases"
    icon = "comment"
    menu_label = _("Cases")
    menu_name = "benefit-cases"
    index_view_class, inspect_view_class = CaseIndex, CasePage
    inspect_template_name = CasePage.template_name
    filterset_class = CaseFilterSet
    #: What is late stands first, whatever its number.
    ordering = ("lateness", "due_at", "-pk")
    list_display = (
        TitleColumn(
            "service",
            label=_("Service"),
            accessor=lambda case: case.entitlement.service.name,
            url_name="benefit_cases:inspect",
        ),
        Column("state", label=_("State"), accessor=stands),
        Column("provider", label=_("Provider")),
        Column("customer", label=_("Customer"), accessor=lambda case: case.customer.name),
        DateColumn("opened_at", label=_("Opened")),
        Column("due_at", label=_("Due"), accessor=lambda case: clock(case.due_at), sort_key="due_at"),
        DateColumn("ended_at", label=_("Ended")),
        Column("rating", label=_("Rating"), accessor=lambda case: case.rating or "—"),
    )

    def get_urlpatterns(self) -> list[URLPattern]:
        read = self.construct_view(ReadView, **self.get_inspect_view_kwargs())
        return [*super().get_urlpatterns(), path("<int:pk>/read/", read, name="read")]
