"""Rewards in the admin: what there is is the catalogue's business, how it is offered is set here."""

from decimal import Decimal
from typing import Any, cast

import django_filters
from django.db.models import Field
from django.urls import URLPattern
from django.utils.translation import gettext_lazy as _
from wagtail.admin.filters import WagtailFilterSet
from wagtail.admin.panels import FieldPanel, FieldRowPanel, MultiFieldPanel, ObjectList
from wagtail.admin.ui.tables import Column, StatusFlagColumn, TitleColumn
from wagtail.admin.views import generic
from wagtail.admin.viewsets.model import ModelViewSet
from wagtail.permissions import register_permission_policy

from members.models import Member
from members.staff.figure_column import FigureColumn
from members.staff.permissions import OnlyActions
from members.staff.showing import ShowingInspectView
from members.templatetags.figures import grouped
from points.actions.change_reward import SETTABLE, change_reward
from points.models import Reward
from points.staff.reward_form import RewardForm

register_permission_policy(Reward, OnlyActions(Reward, actions={"view", "change"}))


def limit(reward: Reward) -> str:
    return f"{reward.limit_count} · {reward.get_limit_period_display()}" if reward.limit_count else "—"


def field_of(name: str) -> Field:
    field = Reward._meta.get_field(name)
    assert isinstance(field, Field)  # what is shipped holds no relations
    return field


def shown(name: str, value: Any) -> str:
    """A setting as people read it."""
    return "—" if value in (None, "") else str(dict(field_of(name).choices or ()).get(value, value))


class RewardEdit(generic.EditView):
    template_name = "points/staff/reward_edit.html"

    def get_page_subtitle(self) -> str:
        return str(self.object.name)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        stored = Reward.objects.get(pk=self.object.pk)
        differences = [
            {"label": field_of(name).verbose_name, "ours": shown(name, ours), "shipped": shown(name, theirs)}
            for name, (ours, theirs) in stored.differences.items()
        ]
        return super().get_context_data(facts=stored, differences=differences, **kwargs)

    def save_instance(self) -> Reward:
        return change_reward(
            reward=self.form.instance,
            # What was touched, and no more: a colleague may have changed the rest since the form was opened.
            fields={name: self.form.cleaned_data[name] for name in SETTABLE if name in self.form.changed_data},
            restock=self.form.restock(),
            prices=self.form.prices(),
            by=cast(Member, self.request.user),
        )


class RewardPage(ShowingInspectView):
    def get_field_display_value(self, field_name: str, field: Any) -> Any:
        value = super().get_field_display_value(field_name, field)
        return grouped(value) if type(value) in (int, Decimal) else value

    def get_page_subtitle(self) -> str:
        return str(self.object.name)


class RewardFilterSet(WagtailFilterSet):
    is_on_sale = django_filters.ChoiceFilter(
        label=_("offered"), choices=[("True", _("yes")), ("False", _("no"))], empty_label=_("All")
    )

    class Meta:
        model = Reward
        fields = ["kind", "fulfilment", "is_on_sale"]


class RewardViewSet(ModelViewSet):
    model = Reward
    name = "rewards"
    url_prefix = "rewards/list"
    icon = "pick"
    menu_label = _("Rewards")
    menu_name = "rewards-list"
    add_to_reference_index = False
    copy_view_enabled = False
    inspect_view_enabled = True
    edit_view_class, inspect_view_class = RewardEdit, RewardPage
    edit_template_name = RewardEdit.template_name
    filterset_class = RewardFilterSet
    list_per_page = 50
    ordering = ["kind", "cost_points", "sku"]
    list_display = [
        TitleColumn("name", label=_("Name"), accessor="name", url_name="rewards:inspect"),
        Column("sku", label=_("Code"), sort_key="sku"),
        Column("kind", label=_("Kind"), accessor="get_kind_display", sort_key="kind"),
        Column("fulfilment", label=_("Delivered by"), accessor="get_fulfilment_display"),
        FigureColumn("cost_points", label=_("Points"), sort_key="cost_points"),
        Column("limit", label=_("At most, per member"), accessor=limit),
        Column("required_level", label=_("Level"), accessor="get_required_level_display"),
        FigureColumn("stock", label=_("Left"), sort_key="stock"),
        StatusFlagColumn("is_on_sale", label=_("Offered"), true_label=_("yes"), false_label=_("no")),
        StatusFlagColumn(
            "differs",
            label=_("Catalogue"),
            accessor=lambda reward: bool(reward.differences),
            true_label=_("changed here"),
        ),
    ]
    inspect_view_fields = [
        *("sku", "name_zh", "name_en", "description_zh", "description_en", "kind", "fulfilment", "provider"),
        *("face_value", "cost_points", "limit_count", "limit_period", "required_level", "own_mobile_only"),
        *("validity", "is_on_sale", "on_sale_from", "on_sale_until", "stock", "alert_below"),
    ]
    edit_handler = ObjectList(
        [
            MultiFieldPanel(
                [
                    FieldRowPanel([FieldPanel("name_zh"), FieldPanel("name_en")]),
                    FieldRowPanel([FieldPanel("description_zh"), FieldPanel("description_en")]),
                    FieldPanel("picture"),
                ],
                heading=_("What members read"),
            ),
            MultiFieldPanel(
                [
                    FieldPanel("is_on_sale", help_text=_("Switched off, nobody can redeem it.")),
                    FieldRowPanel([FieldPanel("on_sale_from"), FieldPanel("on_sale_until")]),
                    FieldRowPanel([FieldPanel("stock"), FieldPanel("alert_below")]),
                    FieldPanel("validity"),
                ],
                heading=_("When it is offered"),
            ),
            MultiFieldPanel(
                [
                    FieldPanel("required_level"),
                    FieldRowPanel([FieldPanel("limit_count"), FieldPanel("limit_period")]),
                ],
                heading=_("Who may have it, and how often"),
            ),
            MultiFieldPanel(
                [
                    FieldPanel("cost_points", help_text=_("100 points cost the insurer CNY 1.")),
                    FieldRowPanel([FieldPanel("price_gold"), FieldPanel("price_platinum")]),
                    FieldRowPanel([FieldPanel("price_diamond"), FieldPanel("price_black_diamond")]),
                ],
                heading=_("Price"),
                help_text=_("A VIP tier without a price of its own pays the same as everybody."),
            ),
        ],
        base_form_class=RewardForm,
    )

    def get_common_view_kwargs(self, **kwargs: Any) -> dict[str, Any]:
        absent = dict.fromkeys(("add_url_name", "delete_url_name", "usage_url_name"))
        return super().get_common_view_kwargs(**{**kwargs, **absent})

    def get_urlpatterns(self) -> list[URLPattern]:
        listed = ("index", "index_results", "edit", "inspect", "history", "history_results")
        return [pattern for pattern in super().get_urlpatterns() if pattern.name in listed]
