"""Insurance Law art. 116: nothing rewards premium, top-up, loan or surrender; no rule, no service, not at psql."""

import pytest
from django.db import IntegrityError, transaction

from members.catalogue import rows
from points.actions.draft_rule_change import draft_rule_change
from points.article_116 import forbidden_services, forbidden_triggers
from points.earning.checking import BadTerms
from points.earning.deciding import Case, PaidSoFar, Why, decide
from points.earning.vocabulary import triggers
from points.models import EarningRule, RuleChange, RulePayment
from tests.members.accounts import staff
from tests.points.earning import awarded, fact, load, rule, served, terms, whys

MONEY = {
    "investment.topup_confirmed",
    "investment.withdrawal_paid",
    "issuance.cooling_off_cancelled",
    "issuance.einvoice_ready",
    "issuance.epolicy_delivered",
    "issuance.initial_payment_failed",
    "issuance.initial_payment_success",
    "issuance.insured_informed",
    "issuance.policy_effective",
    "policy_admin.paid_up",
    "policy_admin.payment_collected",
    "policy_admin.payment_due",
    "policy_admin.premium_account_changed",
    "policy_admin.reinstated",
    "policy_admin.rider_changed",
    "policy_admin.sum_assured_reduced",
    "policy_admin.surrender_completed",
    "policy_admin.surrender_received",
    "sales.application_submitted",
    "sales.application_withdrawn",
    "underwriting.approved_pay_premium",
    "underwriting.extra_premium",
}
#: They tell a service by its name, and it may be a loan or a surrender.
OF_ANY_SERVICE = {
    "hotline.inquiry_answered",
    "investment.trade_rejected",
    "other.counter_appointment",
    "policy_admin.benefit_option_changed",
    "policy_admin.docs_required",
    "policy_admin.loss_reported",
    "policy_admin.request_accepted",
    "policy_admin.request_closed",
    "policy_admin.request_rejected",
    "policy_admin.underwriting_required",
    "policy_admin.underwriting_terms",
    "verification.otp",
    "verification.suspicious_transaction",
}
SERVICES = {
    "investment.premium_holiday",
    "investment.topup",
    "investment.withdraw",
    "loan.apply",
    "loan.preauthorise",
    "loan.renew",
    "loan.repay",
    "policy_admin.apl_option",
    "policy_admin.balance_refund",
    "policy_admin.cooling_off_cancel",
    "policy_admin.paid_up",
    "policy_admin.paper_reissue",
    "policy_admin.premium_mode_change",
    "policy_admin.reinstatement",
    "policy_admin.rider_add",
    "policy_admin.sum_assured_decrease",
    "policy_admin.surrender",
    "renewal.pay_premium",
    "renewal.short_term_renew",
    "sales.application_withdraw",
}


def test_which_events_are_never_rewarded():
    of_areas = {row["code"] for row in rows("events") if row["area"] in ("loan", "renewal")}
    assert len(of_areas) > 20
    assert forbidden_triggers() == MONEY | OF_ANY_SERVICE | of_areas
    assert not set(triggers()) & forbidden_triggers()


def test_which_services_never_earn():
    assert forbidden_services() == SERVICES


def test_the_catalogue_gives_no_points_for_what_the_law_forbids():
    given = {row["code"] for row in rows("services") if row["earn_points"] != "0"}
    assert given & forbidden_services() == set()
    assert {row["trigger_event"] for row in rows("earning_rules")} & forbidden_triggers() == set()


@pytest.mark.django_db
def test_a_rule_for_such_an_event_is_refused_with_the_reason():
    editor = staff("Marketing editor")
    for trigger in sorted(forbidden_triggers()):
        with pytest.raises(BadTerms) as refusal:
            draft_rule_change(terms=terms(trigger=trigger), reason="促销", by=editor)
        assert list(refusal.value.faults) == ["trigger"]
        assert "第一百一十六条" in refusal.value.faults["trigger"]
    assert not RuleChange.objects.exists()


@pytest.mark.django_db
@pytest.mark.parametrize("asked", ["is", "in"])
def test_a_condition_that_asks_for_such_a_service_is_refused_with_the_reason(asked):
    editor = staff("Marketing editor")
    for service in sorted(SERVICES):
        condition = {"field": "event.service", asked: service if asked == "is" else ["query.policy", service]}
        wanted = terms(trigger="service.completed", conditions=[condition])
        with pytest.raises(BadTerms) as refusal:
            draft_rule_change(terms=wanted, reason="促销", by=editor)
        assert list(refusal.value.faults) == ["conditions"]
        assert "第一百一十六条" in refusal.value.faults["conditions"]


@pytest.mark.django_db
@pytest.mark.parametrize("model", [EarningRule, RuleChange])
def test_database_refuses_such_rules_even_to_somebody_at_psql(model):
    who = {"drafted_by": staff("Marketing editor")} if model is RuleChange else {"live": False}
    for name, other in {
        "article_116": {"trigger": "renewal.debit_success"},
        r"article_116\b": {"trigger": "policy_admin.request_accepted"},
        "services_of_article_116": {"conditions": [{"field": "event.service", "in": ["renewal.pay_premium"]}]},
    }.items():
        with pytest.raises(IntegrityError, match=name), transaction.atomic():
            model.objects.create(**(terms(**other) | who))
    # To leave such a service out is no reward.
    model.objects.create(**(terms(conditions=[{"field": "event.service", "not_in": ["renewal.pay_premium"]}]) | who))


@pytest.mark.django_db
def test_such_a_service_earns_nothing_whatever_rules_there_are(alice):
    load()
    rule(trigger="service.completed", code="test.anything", points=10)
    for service in sorted(SERVICES):
        outcomes = served(alice, service, policy_no="P1")
        assert awarded(outcomes) == {}
        assert set(whys(outcomes)) == {"forbidden"}
    assert not RulePayment.objects.exists()


@pytest.mark.django_db
def test_such_an_event_earns_nothing_whatever_rules_there_are(alice):
    """Not even by a rule that nobody could keep: what is decided doesn't rest on what was checked."""
    for trigger in sorted(forbidden_triggers()):
        case = Case(RuleChange(**terms(trigger=trigger)), fact(alice, trigger), {})
        assert decide(case, PaidSoFar()) == Why.FORBIDDEN


@pytest.mark.django_db
def test_database_refuses_a_payment_for_such_a_service(alice):
    with pytest.raises(IntegrityError, match="rule_payment_article_116"), transaction.atomic():
        RulePayment.objects.create(
            member=alice, rule=rule(), rule_version=1, cause="1", fact="1", service="loan.apply", points=1,
            occurred_at="2026-01-01T00:00:00Z", earned_on="2026-01-01", state="waiting",
        )  # fmt: skip
