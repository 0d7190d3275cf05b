"""A column of figures."""

from typing import Any

from wagtail.admin.ui.tables import Column

from members.templatetags.figures import grouped


class FigureColumn(Column):
    """1234 as 1,234; nothing as a dash."""

    def get_value(self, instance: Any) -> str:
        value = super().get_value(instance)
        return "—" if value is None else grouped(value)
