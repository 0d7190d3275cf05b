"""Makes the database and its first contents: `python -m portal.demo.prepare`. Every step may run again."""

import io
import os
import shutil
import sys
import tempfile
from pathlib import Path

import django
from django.core.management import call_command
from django.utils import timezone

from portal import embedded
from portal.demo import marks
from portal.demo.clinic import write_clinic
from portal.demo.console import console, step
from portal.demo.family import write_family

#: The synthetic book: the same people in every demo.
CUSTOMERS = 300
SEED = 1
#: The synthetic network: enough for the demo's members to find something in the large cities.
SITES = 60


def main() -> None:
    django.setup()
    # The models behind them can be imported only now.
    from portal.demo.accounts import make_accounts
    from portal.demo.benefits import give_benefits
    from portal.demo.desk import open_the_desk
    from portal.demo.points_history import tell_points_history
    from portal.demo.rewards import stock_rewards

    console.print("[bold]Preparing the demo[/] (its first start, or the program has changed)")
    with step("database schema"):
        call_command("migrate", verbosity=0)
    with step("catalogue: event types, routes, texts, rewards"):
        call_command("load_catalogue", stdout=io.StringIO())
    if not marks.done("book", marks.database()):
        bring_the_book()
        marks.mark("book", marks.database())
    if not marks.done("network", marks.database()):
        bring_the_network()
        marks.mark("network", marks.database())
    if not marks.done("clinic", marks.database()):
        bring_the_clinic()
        marks.mark("clinic", marks.database())
    with step("accounts"):
        make_accounts()
    with step("benefits of VIP tiers and policies"):
        give_benefits()
    with step("rewards: voucher codes, a charity project"):
        stock_rewards()
    with step("a year of points"):
        tell_points_history()
    with step("a provider's desk: visits, cases, settled months"):
        open_the_desk()
    with step("static files"):
        call_command("collectstatic", interactive=False, verbosity=0)


def bring_the_book() -> None:
    with tempfile.TemporaryDirectory() as name:
        book, family = Path(name) / "book", Path(name) / "family"
        family.mkdir()
        with step(f"a synthetic policy book of {CUSTOMERS} customers"):
            call_command("make_policy_book", str(book), customers=CUSTOMERS, seed=SEED, stdout=io.StringIO())
            write_family(family, today=timezone.localdate())
        with step("import of the policy book"):
            for folder in (book, family):
                take_over("import_policy_book", folder)
        shutil.copy(book / "events.jsonl", embedded.var() / "events.jsonl")


def bring_the_network() -> None:
    with tempfile.TemporaryDirectory() as name, step(f"a synthetic network of providers with {SITES} sites"):
        call_command("make_provider_network", name, sites=SITES, seed=SEED, stdout=io.StringIO())
        take_over("import_providers", Path(name))


def bring_the_clinic() -> None:
    with tempfile.TemporaryDirectory() as name, step("a provider with a desk"):
        write_clinic(Path(name), today=timezone.localdate())
        take_over("import_providers", Path(name))


def take_over(command: str, folder: Path) -> None:
    """Raises RuntimeError when a row was rejected: what the demo invents has none to reject."""
    said = io.StringIO()
    try:
        call_command(command, str(folder), stdout=said)
    except SystemExit as ended:  # the command's answer is its exit status
        if ended.code:
            raise RuntimeError(f"{command} rejected something:\n{said.getvalue()}") from None


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        sys.stdout.flush()
        os._exit(130)
