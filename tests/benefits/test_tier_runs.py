"""Assessing everybody: on time, in shards, once, and to the end after a kill."""

import os
import signal
import subprocess
import sys
from datetime import date
from decimal import Decimal
from io import StringIO
from pathlib import Path

import pytest
import time_machine
from django.core.management import CommandError, call_command

from benefits.actions import assess_tiers as assessing
from benefits.actions.assess_tiers import DayToCome, assess_tiers, due_runs
from benefits.actions.load_tier_terms import load_tier_terms
from benefits.models import AssessmentRun, TierAssessment, TierNotice, TierPeriod, TierTerms
from benefits.tasks import assess_tiers as daily
from benefits.tasks import resume_tier_runs
from tests.benefits.tiers import Cause, holder
from tests.members.accounts import staff

FIRST = date(2026, 12, 1)
DOOMED = """
import os, signal, sys
import django
django.setup()
from datetime import date
from benefits.actions import assess_tiers as assessing
from benefits.models import TierPeriod

assessing.SHARD_CUSTOMERS = 2
shards, assess = [], assessing.assess

def assess_and_die(*args, **kwargs):
    found = assess(*args, **kwargs)
    shards.append(found)
    if len(shards) == 2:  # the second one is written, and not committed
        os.kill(os.getpid(), signal.SIGKILL)
    return found

assessing.assess = assess_and_die
assessing.assess_tiers(on=date(2026, 11, 1), cause=TierPeriod.Cause.MONTHLY)
"""


@pytest.fixture(autouse=True)
def december():
    with time_machine.travel("2026-12-01T01:30:00+08:00", tick=False):
        yield


def tiers() -> dict[int, str]:
    return dict(TierPeriod.objects.on(FIRST).values_list("customer", "tier"))


@pytest.mark.django_db
def test_everybody_is_assessed_and_what_was_found_is_counted(terms, monkeypatch):
    monkeypatch.setattr(assessing, "SHARD_CUSTOMERS", 2)
    people = [holder(30_000), holder(1), holder(80_000, 1), holder(), holder(500_000)]
    seen = []
    run = assess_tiers(on=FIRST, cause=Cause.MONTHLY, on_progress=lambda run: seen.append(run.cursor))
    assert tiers() == {people[0].pk: "gold", people[2].pk: "platinum", people[4].pk: "black_diamond"}
    assert (run.policies, run.findings) == (5, {"begun": 3})
    assert seen == [0, people[1].pk, people[3].pk, people[4].pk]
    again = assess_tiers(on=FIRST, cause=Cause.MONTHLY)
    assert (again.policies, again.findings) == (5, {})
    assert TierAssessment.objects.count() == TierNotice.objects.count() == 3


@pytest.mark.django_db(transaction=True)
def test_killed_run_goes_on_and_nobody_is_assessed_twice_or_left_out(untold):
    load_tier_terms()
    people = [holder(30_000) for _ in range(7)]
    env = os.environ | {"DJANGO_SETTINGS_MODULE": "portal.settings.test"}
    from django.db import connection

    env["DATABASE_URL"] = os.environ["DATABASE_URL"].rpartition("/")[0] + "/" + connection.settings_dict["NAME"]
    root = Path(__file__).resolve().parent.parent.parent
    killed = subprocess.run([sys.executable, "-c", DOOMED], env=env, cwd=root, capture_output=True, text=True)
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    stopped = AssessmentRun.objects.get()
    assert (stopped.cursor, stopped.finished_at) == (people[1].pk, None)
    assert TierPeriod.objects.count() == 2
    run = assess_tiers(on=date(2026, 11, 1), cause=Cause.MONTHLY)
    assert (run.pk, run.policies, run.findings) == (stopped.pk, 7, {"begun": 7})
    assert TierPeriod.objects.count() == TierAssessment.objects.count() == TierNotice.objects.count() == 7


@pytest.mark.django_db
def test_month_is_assessed_once_however_often_the_task_comes(terms):
    holder(30_000)
    for _ in range(2):
        daily()
    run = AssessmentRun.objects.get()
    assert (run.on, run.cause, run.terms) == (FIRST, "monthly", terms)
    with time_machine.travel("2026-12-09T01:30:00+08:00"):
        assert due_runs(today=date(2026, 12, 9)) == []
    assert due_runs(today=date(2027, 2, 3)) == [(date(2027, 2, 1), "monthly")]


@pytest.mark.django_db
@pytest.mark.parametrize("on", [date(2026, 11, 15), FIRST])
def test_run_of_any_day_that_was_killed_goes_on_and_is_asked_for_no_more(terms, on):
    """Of a day that was assessed before, too."""
    daily()
    holder(30_000)
    stopped = AssessmentRun.objects.create(on=on, cause="monthly", terms=terms, last=assessing.last_customer())
    assert due_runs(today=FIRST) == [(on, "monthly")]
    resume_tier_runs()
    stopped.refresh_from_db()
    assert stopped.finished_at and stopped.policies == 1
    assert due_runs(today=FIRST) == []
    assert not assessing.stopped_runs().exists()


@pytest.mark.django_db
def test_day_on_which_rules_take_effect_has_an_assessment_of_its_own(terms, untold):
    daily()
    rules = terms.terms() | {"effective_on": date(2026, 12, 10), "gold_from": Decimal(20_000)}
    ann, ben = staff("Administrator"), staff("Administrator")
    new = TierTerms.objects.create(
        **rules, state="approved", drafted_by=ann, proposed_by=ann, proposed_at="2026-12-01T00:00Z", decided_by=ben,
        decided_at="2026-12-01T00:00Z",
    )  # fmt: skip
    customer = holder(25_000)
    assert due_runs(today=date(2026, 12, 9)) == []
    with time_machine.travel("2026-12-10T01:30:00+08:00"):
        daily()
    run = AssessmentRun.objects.latest("pk")
    assert (run.on, run.cause, run.terms) == (date(2026, 12, 10), "terms_change", new)
    assert TierPeriod.objects.get(customer=customer).starts_on == date(2026, 12, 10)


@pytest.mark.django_db
def test_command_says_what_it_found(terms):
    holder(30_000)
    out = StringIO()
    call_command("assess_tiers", stdout=out)
    assert out.getvalue() == "tiers as of 2026-12-01: policies=1 begun=1\n"


@pytest.mark.django_db
def test_command_refuses_a_day_to_come_and_a_day_without_rules(terms):
    with pytest.raises(CommandError, match="2026-12-02 is still to come"):
        call_command("assess_tiers", "--on", "2026-12-02")
    with pytest.raises(CommandError, match="No rules are in force on 2019-01-01"):
        call_command("assess_tiers", "--on", "2019-01-01")
    with pytest.raises(DayToCome):
        assess_tiers(on=date(2026, 12, 2), cause=Cause.MONTHLY)
    assert not AssessmentRun.objects.exists()
