"""Makes the database and its first contents: `python -m portal.demo.prepare`. Every step may run again."""

import os
import sys
import tempfile

import django
from django.core.management import call_command

from portal.demo import marks
from portal.demo.console import console, step

#: The synthetic book: the same people in every demo.
CUSTOMERS = 300
SEED = 1


def main() -> None:
    # The staff's language decides nothing here, and the commands' own output would only repeat the steps.
    django.setup()
    # The models behind them can be imported only now.
    from portal.demo.accounts import make_accounts

    console.print("[bold]Preparing the demo[/] (its first start, or the program has changed)")
    with step("database schema"):
        call_command("migrate", verbosity=0)
    with step("catalogue: event types, routes, texts"), open(os.devnull, "w") as nowhere:
        call_command("load_catalogue", stdout=nowhere)
    if not marks.done("book", marks.database()):
        with tempfile.TemporaryDirectory() as folder, open(os.devnull, "w") as nowhere:
            with step(f"a synthetic policy book of {CUSTOMERS} customers"):
                call_command("make_policy_book", folder, customers=CUSTOMERS, seed=SEED, stdout=nowhere)
            with step("import of the policy book"):
                call_command("import_policy_book", folder, stdout=nowhere)
            marks.mark("book", marks.database())
    with step("accounts"):
        make_accounts()
    with step("static files"):
        call_command("collectstatic", interactive=False, verbosity=0)


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        sys.stdout.flush()
        os._exit(130)
