"""Today's figures: a table, and the same as a picture."""

from django.contrib.auth.mixins import PermissionRequiredMixin
from django.urls import URLPattern, path
from django.utils.translation import gettext_lazy
from django.views.generic import TemplateView
from wagtail.admin.views.generic import WagtailAdminTemplateMixin
from wagtail.admin.viewsets.base import ViewSet

from members.charts import stacked_bars
from members.staff.permissions import shown_to
from notifications.models import Channel, Message
from notifications.queries import DayFigures, figures_of_today, paused_providers
from notifications.staff.home import LATE, SEE

State = Message.State
# Green has arrived, blue is on its way, grey waits or was not to be sent, orange asks for a person, red failed.
COLOURS = {
    State.DELIVERED: "#2e7d4f",
    State.SENT: "#3f7fbf",
    State.SENDING: "#8fb8de",
    State.PENDING: "#b8c4cc",
    State.SUPPRESSED: "#8a8f94",
    State.EXPIRED: "#5f6368",
    State.PARKED: "#e08e0b",
    State.UNCERTAIN: "#f2c14e",
    State.FAILED: "#c0392b",
}


class FiguresPage(PermissionRequiredMixin, WagtailAdminTemplateMixin, TemplateView):
    permission_required = SEE
    page_title = gettext_lazy("Today's messages")
    header_icon = "table"
    template_name = "notifications/staff/figures.html"

    def get_breadcrumbs_items(self) -> list[dict[str, object]]:
        return [*super().get_breadcrumbs_items(), {"url": "", "label": self.page_title}]

    def get_context_data(self, **kwargs: object) -> dict[str, object]:
        figures = figures_of_today()
        states = [state for state in COLOURS if any(state in counts for counts in figures.by_channel.values())]
        rows = [
            (Channel(channel).label, [counts.get(state, 0) for state in states], sum(counts.values()))
            for channel, counts in figures.by_channel.items()
        ]
        return super().get_context_data(
            figures=figures,
            paused=paused_providers(),
            states=[(State(state).label, COLOURS[State(state)]) for state in states],
            rows=rows,
            late_query=LATE,
            chart=chart(figures, states),
            **kwargs,
        )


def chart(figures: DayFigures, states: list[State]) -> str:
    return stacked_bars(
        [str(Channel(channel).label) for channel in Channel.values],
        {str(s.label): [figures.by_channel[channel].get(s, 0) for channel in Channel.values] for s in states},
        [COLOURS[s] for s in states],
    )


class FiguresViewSet(ViewSet):
    name = "notification_figures"
    url_prefix = "notifications/today"
    icon = "table"
    menu_label = gettext_lazy("Today")
    menu_name = "notification-today"
    menu_item_class = shown_to(SEE)

    def get_urlpatterns(self) -> list[URLPattern]:
        return [path("", FiguresPage.as_view(), name="index")]
