"""policies.csv"""

from collections.abc import Iterator
from datetime import date
from typing import Any

from django.utils.translation import gettext_lazy as _

from members.book.cells import KEY_LENGTH, OneOf, bank_card, day, moment, money, parts, share, years
from members.book.faults import BadCell, Fault
from members.book.sheet import Column, Reference, Sheet, Values
from members.models import Agent, Customer, Policy, PolicyRole, Product

Role = PolicyRole.Role
read_insureds = parts(OneOf(PolicyRole.Relation))
read_shares = parts(share)


def insureds(cell: str) -> list[Any]:
    people = read_insureds(cell)
    if len({customer_no for customer_no, _relation in people}) < len(people):
        raise BadCell(_("a person is named twice"))
    return people


def beneficiaries(cell: str) -> list[Any]:
    """A person named twice gets the sum of both shares."""
    shares: dict[str, Any] = {}
    for customer_no, percent in read_shares(cell):
        shares[customer_no] = shares.get(customer_no, 0) + percent
    if sum(shares.values()) != 100:
        raise BadCell(_("the shares do not add up to 100"))
    return list(shares.items())


def contradictions(values: Values, today: date) -> Iterator[Fault]:
    expires_on, effective_on = values.get("expires_on"), values.get("effective_on")
    if expires_on and effective_on and expires_on < effective_on:
        yield Fault("expires_on", _("before the policy takes effect"))
    if values.get("frequency") == Policy.Frequency.SINGLE and values.get("premium_term_years", 1) > 1:
        yield Fault("premium_term_years", _("a single premium has one premium year"))


def references(values: Values) -> Iterator[Reference]:
    if code := values.get("product_code"):
        yield Reference("product_code", Product, code)
    for column in ("policyholder_no", "payer_no"):
        if customer_no := values.get(column):
            yield Reference(column, Customer, customer_no)
    for column in ("insureds", "beneficiaries"):
        for entry, (customer_no, _something) in enumerate(values.get(column) or [], start=1):
            yield Reference(column, Customer, customer_no, entry)
    if agent_no := values.get("agent_no"):
        yield Reference("agent_no", Agent, agent_no)


POLICIES = Sheet(
    "policies",
    Policy,
    (
        Column("policy_no", required=True, limit=KEY_LENGTH),
        Column("product_code", required=True, limit=KEY_LENGTH, field="product", names=Product),
        Column("status", OneOf(Policy.Status), required=True),
        Column("applied_on", day, required=True),
        Column("effective_on", day, required=True),
        Column("delivered_on", day, blank=None),
        Column("receipt_signed_on", day, blank=None),
        Column("callback_done_on", day, blank=None),
        Column("cooling_off_ends_on", day, blank=None),
        Column("waiting_period_ends_on", day, blank=None),
        Column("guarantee_ends_on", day, blank=None),
        Column("annuity_starts_on", day, blank=None),
        Column("proof_of_life_due_on", day, blank=None),
        Column("expires_on", day, blank=None),
        Column("premium", money, required=True),
        Column("frequency", OneOf(Policy.Frequency), required=True),
        Column("premium_term_years", years, required=True),
        Column("paid_to_on", day, blank=None),
        Column("premium_holiday_until", day, blank=None),
        Column("lapsed_on", day, blank=None),
        Column("sum_assured", money, required=True),
        Column("cash_value", money, blank=None),
        Column("account_value", money, blank=None),
        Column("loan_balance", money, blank=None),
        Column("loan_due_on", day, blank=None),
        Column("premium_account", bank_card),
        Column("policyholder_no", required=True, limit=KEY_LENGTH, field=None, label=Role.POLICYHOLDER.label),
        Column("insureds", insureds, required=True, limit=4000, field=None, label=Role.INSURED.label),
        Column("beneficiaries", beneficiaries, limit=4000, blank=[], field=None, label=Role.BENEFICIARY.label),
        Column("payer_no", limit=KEY_LENGTH, field=None, label=Role.PAYER.label),
        Column("agent_no", limit=KEY_LENGTH, field="agent", names=Agent),
        Column("sales_channel", OneOf(Policy.SalesChannel)),
        Column("updated_at", moment, required=True, field="core_updated_at"),
    ),
    contradictions,
    references,
)
