"""The nineteen types that hang on a policy's date (the twentieth, a person's document, is in people.py)."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.db.models import Expression, F, Q

from members.calendar.dates import GRACE_DAYS, days_after, latest_anniversary, two_years_after
from members.calendar.forms import UNKNOWN, masked_card, money
from members.models import Policy, Product

Status = Policy.Status
LIVE = Q(status__in=Policy.LIVE)


@dataclass(frozen=True)
class Finding:
    """A policy of which something is to be announced: `anchor` is the date that it hangs on."""

    policy: Policy
    anchor: date
    today: date


@dataclass(frozen=True)
class Rule:
    """`anchor` and `where` get the day of the run; `tells` makes the variables beside policy_no and customer_name."""

    code: str
    anchor: Callable[[date], Expression | F]
    where: Callable[[date], Q]
    tells: Callable[[Finding], dict[str, Any]]


def at(field: str) -> Callable[[date], F]:
    return lambda today: F(field)


def when(condition: Q) -> Callable[[date], Q]:
    return lambda today: condition


def anchor_as(variable: str) -> Callable[[Finding], dict[str, Any]]:
    return lambda found: {variable: found.anchor.isoformat()}


def product_and(variable: str) -> Callable[[Finding], dict[str, Any]]:
    return lambda found: {"product_name": found.policy.product.name_zh, variable: found.anchor.isoformat()}


def outside_a_holiday(today: date) -> Q:
    """No premium is asked for during a premium holiday, nor is one that fell due in it in arrears."""
    over = Q(premium_holiday_until__lt=today) & Q(premium_holiday_until__lt=F("paid_to_on"))
    return Q(premium_holiday_until=None) | over


def about_to_owe(today: date) -> Q:
    return Q(status=Status.IN_FORCE) & outside_a_holiday(today)


def in_arrears(today: date) -> Q:
    """The due date has passed and the core has moved neither it nor the policy out of force."""
    return Q(status__in=(Status.IN_FORCE, Status.GRACE)) & outside_a_holiday(today)


def premium_due(found: Finding) -> dict[str, Any]:
    account = found.policy.premium_account
    return {
        "premium": money(found.policy.premium),
        "due_date": found.anchor.isoformat(),
        "account": masked_card(str(account)) if account else UNKNOWN,
    }


def arrears(found: Finding) -> dict[str, Any]:
    assert found.policy.paid_to_on is not None
    grace_end = found.policy.paid_to_on + timedelta(days=GRACE_DAYS)
    return {"premium": money(found.policy.premium), "grace_end": grace_end.isoformat()}


def lapse(found: Finding) -> dict[str, Any]:
    policy: Any = found.policy
    return {"lapse_date": policy.lapsed_on.isoformat(), "reinstate_end": policy.reinstate_end.isoformat()}


def maturity_benefit(found: Finding) -> dict[str, Any]:
    """About what is paid: the sum assured; the account's value where the product keeps an account."""
    policy = found.policy
    kept = policy.product.design_type in (Product.Design.UNIVERSAL, Product.Design.UNIT_LINKED)
    amount = policy.account_value if kept and policy.account_value is not None else policy.sum_assured
    return {"end_date": found.anchor.isoformat(), "amount": money(amount)}


def loan_due(found: Finding) -> dict[str, Any]:
    assert found.policy.loan_balance is not None
    return {"due_date": found.anchor.isoformat(), "balance": money(found.policy.loan_balance)}


RULES = (
    Rule(
        "issuance.receipt_pending",
        at("delivered_on"),
        when(LIVE & Q(receipt_signed_on=None)),
        lambda found: {"days": (found.today - found.anchor).days},
    ),
    Rule(
        "issuance.callback_overdue",
        at("cooling_off_ends_on"),
        when(LIVE & Q(receipt_signed_on__isnull=False, callback_done_on=None)),
        anchor_as("cooling_end"),
    ),
    Rule("issuance.cooling_off_ending", at("cooling_off_ends_on"), when(LIVE), anchor_as("cooling_end")),
    Rule("issuance.waiting_period_ended", at("waiting_period_ends_on"), when(LIVE), product_and("end_date")),
    Rule("renewal.premium_due_30d", at("paid_to_on"), about_to_owe, premium_due),
    Rule("renewal.grace_started", at("paid_to_on"), in_arrears, arrears),
    Rule("renewal.grace_second_notice", at("paid_to_on"), in_arrears, arrears),
    Rule("renewal.grace_ending_7d", lambda today: days_after("paid_to_on", GRACE_DAYS), in_arrears, arrears),
    Rule(
        # The core says when a policy has lapsed: the grace period ended the day before, whatever arithmetic says.
        "renewal.lapsed",
        lambda today: days_after("lapsed_on", -1),
        when(Q(status=Status.LAPSED)),
        lapse,
    ),
    Rule(
        "renewal.reinstatement_window_ending",
        lambda today: two_years_after("lapsed_on"),
        when(Q(status=Status.LAPSED)),
        anchor_as("reinstate_end"),
    ),
    Rule(
        "renewal.short_term_renewal_due",
        at("expires_on"),
        when(LIVE & Q(product__term=Product.Term.SHORT)),
        lambda found: {**product_and("cover_end")(found), "premium": money(found.policy.premium)},
    ),
    Rule("renewal.guarantee_period_ending", at("guarantee_ends_on"), when(LIVE), product_and("cover_end")),
    Rule(
        "renewal.cover_ended",
        at("expires_on"),
        when(LIVE & ~Q(product__category=Product.Category.ENDOWMENT)),
        product_and("cover_end"),
    ),
    Rule(
        # The report of a year is named for the year in which the policy year began that has just ended.
        "policy_admin.annual_statement",
        lambda today: latest_anniversary("effective_on", today),
        when(LIVE & Q(anchor__gt=F("effective_on"))),
        lambda found: {"report_year": found.anchor.year - 1},
    ),
    Rule("benefit_payout.annuity_starting", at("annuity_starts_on"), when(LIVE), anchor_as("due_date")),
    Rule("benefit_payout.proof_of_life_required", at("proof_of_life_due_on"), when(LIVE), anchor_as("due_date")),
    Rule(
        # The core moves the date on when the proof is given: one that has passed was not given.
        "benefit_payout.proof_of_life_suspended",
        at("proof_of_life_due_on"),
        when(LIVE),
        lambda found: {"effective_date": (found.anchor + timedelta(days=1)).isoformat()},
    ),
    Rule(
        "benefit_payout.maturity_upcoming",
        at("expires_on"),
        when(LIVE & Q(product__category=Product.Category.ENDOWMENT)),
        maturity_benefit,
    ),
    Rule(
        # A lapsed policy's loan falls due as well.
        "loan.maturity_upcoming",
        at("loan_due_on"),
        when(Q(status__in=(*Policy.LIVE, Status.LAPSED), loan_balance__gt=0)),
        loan_due,
    ),
)
