"""What points may never reward: premium, top-up, loan and surrender (Insurance Law, art. 116).

The article forbids giving policyholders, insureds and beneficiaries benefits outside the contract. The lists are
derived from the catalogue's own words, so that an event or service that is added to it is looked at, too.
"""

import re
from collections.abc import Iterable
from functools import cache

from members.catalogue import event_specs, rows, split

#: Everything in these areas is about premiums that are paid or not, or about loans.
AREAS = frozenset({"loan", "renewal"})
WORDS = re.compile(r"\b(premium|top-up|loan|surrender|arrears|withdrawal)\b|payment collected", re.IGNORECASE)
#: The words don't say it: who applies or is covered is about to pay, or has paid, the first premium; to cancel in
#: cooling-off is to surrender; a paid-up policy takes its value for its premiums.
ALSO = frozenset(
    {
        "sales.application_submitted",
        "issuance.policy_effective",
        "issuance.cooling_off_cancelled",
        "policy_admin.paid_up",
    }
)
#: The words are there, but no money of that kind moves because of it.
OTHERWISE = frozenset(
    {
        "policy_admin.benefit_option_changed",
        "policy_admin.occupation_changed",
        "policy_admin.age_sex_corrected",
        "policy_admin.annual_statement",
        "claims.premium_waived",  # a benefit of the contract
        "benefit_payout.payment_failed",
        "investment.trade_rejected",
        "verification.suspicious_transaction",
    }
)
#: The words don't say it: who switches the automatic premium loan on has agreed to a loan that pays premiums
#: (docs/decisions/007-automatic-premium-loan.md).
SERVICES_ALONE = frozenset({"policy_admin.apl_option"})
#: They follow a premium that was paid, or settle how one will be; but to ask for an invoice, or to name another
#: account, is no payment.
TRIGGERS_ALONE = frozenset(
    {
        "issuance.einvoice_ready",
        "issuance.epolicy_delivered",
        "issuance.insured_informed",
        "policy_admin.premium_account_changed",
        "policy_admin.rider_changed",
    }
)


@cache
def forbidden_triggers() -> frozenset[str]:
    """Codes of events that no rule may reward."""
    return money_events() | TRIGGERS_ALONE | events_of_any_service()


def money_events() -> frozenset[str]:
    """Money of that kind moves, or is asked for."""
    return ALSO | frozenset(
        code
        for code, spec in event_specs().items()
        if code not in OTHERWISE | TRIGGERS_ALONE
        and (spec.area in AREAS or WORDS.search(spec.trigger) or WORDS.search(spec.name_en))
    )


def events_of_any_service() -> frozenset[str]:
    """What tells a service by its name may be about a loan or a surrender as well as about an address."""
    return frozenset(code for code, spec in event_specs().items() if "service_name" in spec.variables)


@cache
def forbidden_services() -> frozenset[str]:
    """Codes of services that earn nothing by any rule: loans, and whatever brings about such an event."""
    return SERVICES_ALONE | frozenset(
        row["code"]
        for row in rows("services")
        if row["area"] in AREAS - {"renewal"} or money_events() & set(split(row["events"]))
    )


def forbidden_among(values: Iterable[object]) -> list[str]:
    """Which of these are such services, sorted."""
    return sorted(forbidden_services().intersection(value for value in values if isinstance(value, str)))
