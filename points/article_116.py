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
#: cooling-off is to surrender.
ALSO = frozenset({"sales.application_submitted", "issuance.policy_effective", "issuance.cooling_off_cancelled"})
#: The words are there, but no money of that kind moves because of it.
OTHERWISE = frozenset(
    {
        "policy_admin.premium_account_changed",  # from which account, not that it is paid
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
#: It follows every premium payment, so it rewards none; but to ask for an invoice is no payment.
TRIGGERS_ALONE = frozenset({"issuance.einvoice_ready"})


@cache
def forbidden_triggers() -> frozenset[str]:
    """Codes of events that no rule may reward."""
    return ALSO | frozenset(
        code
        for code, spec in event_specs().items()
        if code not in OTHERWISE and (spec.area in AREAS or WORDS.search(spec.trigger) or WORDS.search(spec.name_en))
    )


@cache
def forbidden_services() -> frozenset[str]:
    """Codes of services that earn nothing by any rule: loans, and whatever brings about such an event."""
    money = forbidden_triggers() - TRIGGERS_ALONE
    return frozenset(
        row["code"]
        for row in rows("services")
        if row["area"] in AREAS - {"renewal"} or money & set(split(row["events"]))
    )


def forbidden_among(values: Iterable[object]) -> list[str]:
    """Which of these are such services, sorted."""
    return sorted(forbidden_services().intersection(value for value in values if isinstance(value, str)))
