"""Projects that members may give points to, and what each has been given."""

from typing import Any

from django.db.models import Q, QuerySet, Sum
from django.urls import URLPattern
from django.utils.translation import gettext_lazy as _
from wagtail.admin.ui.tables import Column, StatusFlagColumn, TitleColumn
from wagtail.admin.views import generic
from wagtail.admin.viewsets.model import ModelViewSet
from wagtail.permissions import register_permission_policy

from members.staff.figure_column import FigureColumn
from members.staff.permissions import OnlyActions
from points.models import CharityProject, Donation

register_permission_policy(CharityProject, OnlyActions(CharityProject, actions={"view", "add", "change"}))


class CharityProjectIndex(generic.IndexView):
    def get_base_queryset(self) -> QuerySet[CharityProject]:
        """`donated`: what the company owes them, in CNY; nothing for what was given back."""
        standing = Q(donations__in=Donation.objects.standing())
        return CharityProject.objects.annotate(donated=Sum("donations__amount", filter=standing))


class CharityProjectViewSet(ModelViewSet):
    model = CharityProject
    name = "charity_projects"
    url_prefix = "rewards/charity-projects"
    icon = "group"
    menu_label = _("Charity projects")
    menu_name = "charity-projects"
    add_to_reference_index = False
    copy_view_enabled = False
    index_view_class = CharityProjectIndex
    form_fields = ["name_zh", "name_en", "charity", "about_zh", "about_en", "is_open"]
    list_display = [
        TitleColumn("name", label=_("Name"), accessor="name", url_name="charity_projects:edit"),
        Column("charity", label=_("charity")),
        FigureColumn("donated", label=_("Given so far (CNY)")),
        StatusFlagColumn(
            "is_open", label=_("State"), true_label=_("takes donations"), false_label=_("takes no donations any more")
        ),
    ]

    def get_common_view_kwargs(self, **kwargs: Any) -> dict[str, Any]:
        absent = dict.fromkeys(("delete_url_name", "usage_url_name"))
        return super().get_common_view_kwargs(**{**kwargs, **absent})

    def get_urlpatterns(self) -> list[URLPattern]:
        shown = ("index", "index_results", "add", "edit", "history", "history_results")
        return [pattern for pattern in super().get_urlpatterns() if pattern.name in shown]
