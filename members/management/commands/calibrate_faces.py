"""`manage.py calibrate_faces DIR`: what our thresholds cost on our customers' faces, and better ones."""

import json
import os
import sys
from pathlib import Path
from typing import Any

import pygal
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone
from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from members.face.calibration import EVERYBODY, Counts, Labelled, Rate, count_pairs, mean_face, new_thresholds
from members.face.labelled_folder import read_folder
from members.face.thresholds import Metric, parse, thresholds

METRICS: tuple[Metric, ...] = ("euclidean", "cosine")
MOST_SKIPPED_SHOWN = 20


class Command(BaseCommand):
    help = (
        "Measures false acceptances and refusals on a labelled folder (one folder per person, an optional groups.csv "
        "with person,group), and writes thresholds with a version and a plot."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("folder", type=Path)
        parser.add_argument("--far", type=float, default=0.0005, help="impostors accepted at most (default 0.0005)")
        parser.add_argument("--review-far", type=float, default=0.02, help="impostors that people see at most (0.02)")
        parser.add_argument("--metric", choices=METRICS, default="euclidean", help="the one that is written")
        parser.add_argument("--output", type=Path, default=settings.VAR / "face-thresholds.json")
        parser.add_argument("--processes", type=int, default=os.cpu_count() or 1)

    def handle(self, *args: Any, **options: Any) -> None:
        console = Console(file=sys.stdout)
        if not 0 < options["far"] < options["review_far"] < 1:
            raise CommandError("0 < --far < --review-far < 1")
        labelled = self.read(options["folder"], options["processes"], console)
        counts = {metric: count_pairs(labelled, metric) for metric in METRICS}
        everybody = {metric: counts[metric][EVERYBODY] for metric in METRICS}
        if not everybody["euclidean"].genuine[-1] or not everybody["euclidean"].impostor[-1]:
            raise CommandError("Two people at least are needed, and two pictures of one of them.")
        console.print(compared(everybody, options["far"], options["review_far"]))
        console.print(by_group(counts["euclidean"], thresholds().matching.accept))
        self.write(labelled, everybody[options["metric"]], options)
        plot = options["output"].with_suffix(".svg")
        plot.write_text(plotted(everybody), encoding="utf-8")
        console.print(f"Plot: {plot}")

    def read(self, folder: Path, processes: int, console: Console) -> Labelled:
        if not folder.is_dir():
            raise CommandError(f"{folder} is no folder.")
        with Progress(console=console, transient=True) as progress:
            bar = progress.add_task("faces", total=None)
            try:
                labelled, skipped = read_folder(
                    folder,
                    processes=processes,
                    advance=lambda done, total: progress.update(bar, completed=done, total=total),
                )
            except (OSError, ValueError) as error:
                raise CommandError(str(error)) from error
        console.print(f"{len(labelled.people)} pictures of {len(set(labelled.people))} people; {len(skipped)} skipped")
        for path, reason in skipped[:MOST_SKIPPED_SHOWN]:
            console.print(f"  {path.relative_to(folder)}: {reason}", highlight=False)
        if len(skipped) > MOST_SKIPPED_SHOWN:
            console.print(f"  … and {len(skipped) - MOST_SKIPPED_SHOWN} more")
        if not labelled.people:
            raise CommandError("No picture shows exactly one face.")
        return labelled

    def write(self, labelled: Labelled, counts: Counts, options: dict[str, Any]) -> None:
        accept, review = (counts.threshold_for(options[name]) for name in ("far", "review_far"))
        if accept is None or review is None:
            raise CommandError(
                f"Too few pairs of different people ({counts.impostor[-1]}) to be sure of a rate of {options['far']}; "
                "more people, or a higher --far. Nothing was written."
            )
        data = new_thresholds(
            thresholds(),
            metric=options["metric"],
            accept=accept,
            review=review,
            mean=mean_face(labelled),
            on=timezone.localdate(),
        )
        parse(data)
        options["output"].parent.mkdir(parents=True, exist_ok=True)
        options["output"].write_text(json.dumps(data, indent=4) + "\n")
        self.stdout.write(f"Thresholds {data['version']}: {options['output']} (set FACE_THRESHOLDS to use them)")


def shown(rate: Rate) -> str:
    low, high = rate.bounds
    return f"{rate.value:.3%} [{low:.3%}–{high:.3%}]"


def compared(counts: dict[Metric, Counts], far: float, review_far: float) -> Table:
    """Both metrics at the same rates, and the thresholds in force."""
    table = Table("metric", "threshold", "impostors accepted (FAR)", "genuine refused (FRR)", title="Everybody")
    present = thresholds().matching
    rows: list[tuple[Metric, float | None]] = [(present.metric, present.accept), (present.metric, present.review)]
    rows += [(metric, counts[metric].threshold_for(rate)) for rate in (far, review_far) for metric in METRICS]
    for number, (metric, threshold) in enumerate(rows):
        if threshold is None:
            table.add_row(metric, "too few pairs", "", "")
            continue
        name = f"{threshold:.3f}" + (" (in force)" if number < 2 else "")
        table.add_row(metric, name, shown(counts[metric].far(threshold)), shown(counts[metric].frr(threshold)))
    return table


def by_group(counts: dict[str, Counts], threshold: float) -> Table:
    table = Table("group", "FAR", "FRR", title=f"By group, euclidean, up to {threshold:.3f}")
    for name, each in counts.items():
        table.add_row(name, shown(each.far(threshold)), shown(each.frr(threshold)))
    return table


def plotted(counts: dict[Metric, Counts]) -> str:
    """Refusals against acceptances, both metrics."""
    chart = pygal.XY(
        title="Genuine refused by impostors accepted",
        x_title="FAR (%)",
        y_title="FRR (%)",
        dots_size=1,
        js=[],
        disable_xml_declaration=True,
    )
    for metric, each in counts.items():
        points = {(each.far(s / 100).value * 100, each.frr(s / 100).value * 100) for s in range(5, 120)}
        chart.add(metric, sorted(point for point in points if point[0] <= 5))
    return str(chart.render())
