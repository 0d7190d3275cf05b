"""Tags for what a plain include of `portal/parts/` can't do: wrap a content, format a figure, dress a form field."""

from collections.abc import Mapping, Sequence
from typing import Any

from django import template
from django.forms import BoundField
from django.template import Context
from django.template.loader import render_to_string
from django.templatetags.static import static
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

from members.templatetags.figures import grouped, signed
from portal import charts

register = template.Library()


@register.simple_tag
def icon(name: str) -> SafeString:
    """A picture of icons.svg by its id. It says nothing to a screen reader: the words beside it do."""
    picture = f"{static('portal/icons.svg')}#{name}"
    return format_html('<svg class="icon" aria-hidden="true"><use href="{}"></use></svg>', picture)


@register.simple_block_tag(takes_context=True)
def rendered(context: Context, content: str) -> str:
    """Its content, for `as`: what stands further up the page may depend on it."""
    return content


@register.simple_block_tag(takes_context=True)
def group(context: Context, content: str, title: str = "", note: str = "", cells: bool = True) -> SafeString:
    """`{% group title=… note=… %}cells{% endgroup %}`. `cells=False`: anything else, with room around it."""
    return part(context, "group", content=content, title=title, note=note, cells=cells)


@register.simple_block_tag(takes_context=True)
def dialog(context: Context, content: str, id: str, title: str) -> SafeString:
    """`{% dialog id="sure" title=… %}…{% enddialog %}`: opened by a link to `#sure`, with or without scripts."""
    return part(context, "dialog", content=content, id=id, title=title)


@register.simple_tag
def field(bound: BoundField, **attributes: str) -> SafeString:
    """A form's field with its label, hint and error; `inputmode`, `autocomplete` and the like go to its input."""
    bound.field.widget.attrs |= {name.replace("_", "-"): value for name, value in attributes.items()}
    return bound.as_field_group()


@register.simple_tag
def code_input(bound: BoundField) -> SafeString:
    """The field of a one-time code: a phone offers the code of its newest message, and shows figures to type."""
    return field(bound, inputmode="numeric", autocomplete="one-time-code", autocapitalize="off", **{"class": "code"})


@register.simple_tag(takes_context=True)
def chart(context: Context, title: str, labels: Sequence[str], series: Mapping[str, Sequence[int]]) -> SafeString:
    """Bars: a group per label, in it a bar per series. The figures stand below as a table, too."""
    rows = list(zip(labels, *series.values(), strict=True))
    svg = mark_safe(charts.bars(title, labels, series))  # noqa: S308  # lxml escapes what it is given
    return part(context, "chart", title=title, svg=svg, names=list(series), rows=rows)


@register.filter
def form_id(page: str) -> str:
    """The form that the buttons of the bar send along: the page's own, or the one beside them that is empty."""
    return "page-form" if 'id="page-form"' in page else "display-form"


register.filter(grouped)
register.filter(signed)


def part(context: Context, name: str, **values: Any) -> SafeString:
    around: dict[Any, Any] = context.flatten()
    return render_to_string(f"portal/parts/{name}.html", {**around, **values})
