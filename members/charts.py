"""Pictures of figures for staff pages: SVG without scripts, in one style."""

import sys
import unicodedata
from collections.abc import Mapping, Sequence

import pygal
from django.utils.translation import gettext as _
from pygal.style import Style

LABEL_SIZE, MARGIN = 16, 20

# pygal 3.1 leaves an importer of a kind that Python no longer knows, and other tools stumble over it.
sys.meta_path[:] = [finder for finder in sys.meta_path if hasattr(finder, "find_spec")]


def stacked_bars(labels: Sequence[str], series: Mapping[str, Sequence[int]], colours: Sequence[str]) -> str:
    """Horizontal bars, one per label from top to bottom; `series` are name → a number per label.

    SVG text, as high as the labels need.
    """
    return bars(pygal.HorizontalStackedBar, labels, series, colours, height=max(320, 140 + 28 * len(labels)))


def paired_bars(labels: Sequence[str], series: Mapping[str, Sequence[int]], colours: Sequence[str]) -> str:
    """The same with the numbers of a label side by side, to be compared; as high as the labels need."""
    return bars(pygal.HorizontalBar, labels, series, colours, height=120 + 44 * len(labels))


def bars(
    kind: type[pygal.Graph],
    labels: Sequence[str],
    series: Mapping[str, Sequence[int]],
    colours: Sequence[str],
    height: int,
) -> str:
    # pygal takes every letter for half as wide as high.
    wide = max((sum(unicodedata.east_asian_width(letter) == "W" for letter in label) for label in labels), default=0)
    chart = kind(
        margin_left=MARGIN + wide * LABEL_SIZE // 2,
        style=Style(
            background="transparent",
            plot_background="transparent",
            # The colour of the page's own text, so that it is read in the dark, too.
            foreground="currentColor",
            foreground_strong="currentColor",
            colors=tuple(colours),
            font_family="inherit",
            label_font_size=LABEL_SIZE,
            legend_font_size=16,
            major_label_font_size=16,
            guide_stroke_color="#8888",
            major_guide_stroke_color="#8888",
            opacity="1",
        ),
        height=height,
        js=[],
        legend_at_bottom=True,
        show_y_guides=False,
        no_data_text=_("Nothing to show yet"),
        disable_xml_declaration=True,
    )
    chart.x_labels = list(reversed(labels))
    for name, numbers in series.items():
        chart.add(name, list(reversed(numbers)))
    svg: str = chart.render(is_unicode=True)
    return svg
