"""Charts for members' pages: pygal's SVG without its style and script, so that the stylesheet's tokens colour it."""

from collections.abc import Mapping, Sequence

import pygal
from lxml import etree
from pygal.style import Style

#: Nothing in it may be styled from inside (the content security policy refuses that), and nothing moves.
LEFT_OUT = "//*[local-name() = 'style' or local-name() = 'script' or contains(@class, 'tooltip-overlay')] | //comment()"

LETTERS = 20
#: More labels than these would touch each other on a phone.
LABELS = 8


def bars(title: str, labels: Sequence[str], series: Mapping[str, Sequence[int]]) -> str:
    """Upright bars side by side; `series`: name → a number per label. SVG text; classes `color-0` … name the series.

    Of many labels every second one is drawn, the last one among them.
    """
    chart = pygal.Bar(width=400, height=280, margin=4, spacing=8, js=[], css=[], max_scale=5, truncate_label=-1)
    # Room for the letters, not their size: that is the stylesheet's, which knows how wide the picture is shown.
    chart.style = Style(label_font_size=LETTERS, major_label_font_size=LETTERS, legend_font_size=LETTERS)
    chart.value_formatter = lambda number: f"{number:,.0f}"
    chart.title = None
    chart.show_legend = len(series) > 1
    chart.legend_at_bottom = True
    chart.truncate_legend = -1
    chart.x_labels = labels
    if len(labels) > LABELS:
        chart.x_labels_major, chart.show_minor_x_labels = labels[::-2], False
    for name, numbers in series.items():
        chart.add(name, numbers)
    tree = chart.render_tree()
    for element in tree.xpath(LEFT_OUT):
        element.getparent().remove(element)
    tree.find("{*}title").text = title
    tree.set("role", "img")
    return etree.tostring(tree, encoding="unicode")
