"""The shape of the house: what depends on what, what stands where, and that every queue and timetable entry is real."""

import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
from django.apps import apps
from django.db.models import ForeignKey

from portal.celery import app as celery
from portal.demo.processes import WORKERS, commands
from portal.schedule import QUEUES, TIMETABLE

ROOT = Path(__file__).resolve().parent.parent
#: From the top down; a package may know those that follow it.
PACKAGES = ["portal", "notifications", "cms", "benefits", "points", "members"]
TOP_LEVEL = {*PACKAGES, "tests", "docs", "manage.py", "pyproject.toml", "README.md", "Makefile"}


@pytest.fixture(scope="module")
def tasks():
    """Our tasks by name."""
    celery.loader.import_default_modules()
    return {name: task for name, task in celery.tasks.items() if name.split(".")[0] in PACKAGES}


def tracked_files():
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True)
    return listed.stdout.splitlines()


def test_imports_go_down_and_modules_keep_their_order():
    checked = subprocess.run(
        [Path(sys.executable).parent / "lint-imports", "--no-cache"], cwd=ROOT, capture_output=True, text=True
    )
    assert checked.returncode == 0, checked.stdout


def test_foreign_keys_point_downwards():
    upwards = [
        f"{model._meta.label}.{field.name} → {field.related_model._meta.label}"
        for model in apps.get_models()
        for field in model._meta.get_fields()
        if isinstance(field, ForeignKey)
        and model._meta.app_label in PACKAGES
        and field.related_model._meta.app_label in PACKAGES
        and PACKAGES.index(field.related_model._meta.app_label) < PACKAGES.index(model._meta.app_label)
    ]
    assert upwards == []


def test_the_top_level_holds_the_packages_and_little_else():
    names = {name.split("/")[0] for name in tracked_files()}
    others = {name for name in names if not name.startswith(".") and not re.fullmatch(r"requirements.*\.lock", name)}
    assert others - TOP_LEVEL == set()
    assert TOP_LEVEL - others == set()


def test_every_package_says_what_it_owns():
    assert [package for package in PACKAGES if not (ROOT / package / "README.md").exists()] == []


def test_no_module_is_named_for_nothing():
    nothing = re.compile(r"(^|/)(utils?|helpers?|common|misc|manager)(\.py$|/)")
    assert [name for name in tracked_files() if nothing.search(name)] == []


def test_every_entry_of_the_timetable_is_a_task(tasks):
    assert {entry["task"] for entry in TIMETABLE.values()} - set(tasks) == set()


def test_every_queue_that_a_task_or_the_timetable_names_is_declared(tasks):
    chosen = {name: task._get_exec_options().get("queue") for name, task in tasks.items()}
    nudges = {name: entry.get("options", {}).get("queue") for name, entry in TIMETABLE.items()}
    named = {name: queue for name, queue in (chosen | nudges).items() if queue}
    assert {name: queue for name, queue in named.items() if queue not in QUEUES} == {}
    # What names none goes to the last one, and a misspelt one is refused instead of made.
    assert celery.conf.task_default_queue == QUEUES[-1]
    assert not celery.conf.task_create_missing_queues


def test_every_queue_has_a_worker_and_every_worker_a_queue():
    consumed = [queue for queues, _ in WORKERS.values() for queue in queues.split(",")]
    assert sorted(consumed) == sorted(QUEUES)


def test_the_demo_runs_what_it_declares():
    declared = commands(web_port=1, sandbox_port=2, mail_port=3, topups_port=4, visits_port=5, sign=Path("sign"))
    lines = {name: shlex.split(line) for name, line in declared.items()}
    for name, (queues, _) in WORKERS.items():
        assert lines[name][lines[name].index("--queues") + 1] == queues


@pytest.mark.parametrize("queue", ["urgent", "rewards"])
def test_some_workers_do_nothing_else(queue):
    assert [queues for queues, _ in WORKERS.values() if queue in queues] == [queue]


def test_providers_of_rewards_are_asked_where_no_message_waits(tasks):
    assert tasks["points.tasks.fulfil_redemption"]._get_exec_options()["queue"] == "rewards"


def test_pins_name_no_registry_and_carry_hashes():
    for lock in ROOT.glob("requirements*.lock"):
        text = lock.read_text()
        assert "://" not in text, lock.name
        pins = re.findall(r"^[a-z0-9].*(?:\n .*)*", text, re.MULTILINE)
        assert pins, lock.name
        assert [pin for pin in pins if "==" not in pin or "--hash=sha256:" not in pin] == [], lock.name
