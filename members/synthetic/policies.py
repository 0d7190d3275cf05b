"""A policy as policies.csv has it, and its cells."""

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from members.synthetic.agents import Agent
from members.synthetic.people import Customer
from members.synthetic.products import Offer

COLUMNS = [
    "policy_no",
    "product_code",
    "status",
    "applied_on",
    "effective_on",
    "delivered_on",
    "receipt_signed_on",
    "callback_done_on",
    "cooling_off_ends_on",
    "waiting_period_ends_on",
    "guarantee_ends_on",
    "annuity_starts_on",
    "proof_of_life_due_on",
    "expires_on",
    "premium",
    "frequency",
    "premium_term_years",
    "paid_to_on",
    "premium_holiday_until",
    "lapsed_on",
    "sum_assured",
    "cash_value",
    "account_value",
    "loan_balance",
    "loan_due_on",
    "premium_account",
    "policyholder_no",
    "insureds",
    "beneficiaries",
    "payer_no",
    "agent_no",
    "sales_channel",
    "updated_at",
]

LIVE = ("in_force", "grace", "paid_up")
CENT = Decimal("0.01")


def cny(amount: float) -> Decimal:
    return Decimal(round(amount * 100)).scaleb(-2)


@dataclass(slots=True)
class Placement:
    """Who insures whom: made by a household, before it is known with which product."""

    holder: Customer
    insureds: list[tuple[Customer, str]]
    buyer: str = "person"
    beneficiaries: list[tuple[Customer, str]] = field(default_factory=list)
    payer: Customer | None = None
    wealth: float = 1.0
    card: str = ""
    #: Nothing is drawn: the insured died, and the policy paid.
    died: bool = False


@dataclass(slots=True)
class Policy:
    """`paid_in` (all premiums paid so far) is not in the file."""

    policy_no: str
    offer: Offer
    placement: Placement
    effective_on: date
    applied_on: date
    status: str = "in_force"
    delivered_on: date | None = None
    receipt_signed_on: date | None = None
    callback_done_on: date | None = None
    cooling_off_ends_on: date | None = None
    waiting_period_ends_on: date | None = None
    guarantee_ends_on: date | None = None
    annuity_starts_on: date | None = None
    proof_of_life_due_on: date | None = None
    expires_on: date | None = None
    premium: Decimal = Decimal(0)
    frequency: str = "annual"
    premium_term_years: int = 1
    paid_to_on: date | None = None
    premium_holiday_until: date | None = None
    lapsed_on: date | None = None
    sum_assured: Decimal = Decimal(0)
    cash_value: Decimal | None = None
    account_value: Decimal | None = None
    loan_balance: Decimal | None = None
    loan_due_on: date | None = None
    premium_account: str = ""
    agent: Agent | None = None
    sales_channel: str = ""
    updated_at: str = ""
    paid_in: Decimal = Decimal(0)

    @property
    def holder(self) -> Customer:
        return self.placement.holder

    @property
    def insured(self) -> Customer:
        return self.placement.insureds[0][0]

    @property
    def live(self) -> bool:
        return self.status in LIVE


def row(policy: Policy) -> tuple[object, ...]:
    """The cells of COLUMNS; None and "" become empty."""
    p, placement = policy, policy.placement
    return (
        p.policy_no, p.offer.product.product_code, p.status, p.applied_on, p.effective_on, p.delivered_on,
        p.receipt_signed_on, p.callback_done_on, p.cooling_off_ends_on, p.waiting_period_ends_on, p.guarantee_ends_on,
        p.annuity_starts_on, p.proof_of_life_due_on, p.expires_on, p.premium, p.frequency, p.premium_term_years,
        p.paid_to_on, p.premium_holiday_until, p.lapsed_on, p.sum_assured, p.cash_value, p.account_value,
        p.loan_balance, p.loan_due_on, p.premium_account, placement.holder.customer_no,
        "|".join(f"{person.customer_no}:{relation}" for person, relation in placement.insureds),
        "|".join(f"{person.customer_no}:{share}" for person, share in placement.beneficiaries),
        placement.payer.customer_no if placement.payer else "", p.agent.agent_no if p.agent else "",
        p.sales_channel, p.updated_at,
    )  # fmt: skip
