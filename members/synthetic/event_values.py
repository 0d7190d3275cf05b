"""The variables of an event: what the book says where it says it, otherwise something likely."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from random import Random
from typing import Any

from members.synthetic import numbers, phrases
from members.synthetic.cases import Case
from members.synthetic.days import GRACE, days_later, years_later
from members.synthetic.people import SHANGHAI, Customer
from members.synthetic.policies import Policy, cny

Value = Callable[["Moment"], Any]


@dataclass(slots=True)
class Moment:
    """An event in the making. `policy` is the case's; application events have none, and no value asks for it."""

    rng: Random
    code: str
    case: Case
    recipient: Customer
    at: datetime
    number: int

    @property
    def day(self) -> date:
        return self.at.date()

    @property
    def policy(self) -> Policy:
        assert self.case.policy is not None
        return self.case.policy

    def pick(self, texts: tuple[str, ...]) -> str:
        return self.rng.choice(texts)

    def likely(self, low: int, high: int) -> Decimal:
        return cny(self.rng.randint(low, high) + self.rng.randrange(100) / 100)

    def serial(self, prefix: str) -> str:
        """`LP2026030012345`: unique within the book."""
        return f"{prefix}{self.day:%Y%m}{self.number:07d}"


def value(moment: Moment, name: str, kind: str) -> Any:
    """In the form of docs/feeds.md."""
    make = OF_TYPE.get((moment.code, name)) or VALUES[name]
    made = make(moment)
    if isinstance(made, int):
        return made
    if kind == "money":
        return f"{made:.4f}" if name == "unit_price" else f"{max(made, Decimal('0.01')):.2f}"
    return made.isoformat() if isinstance(made, date | datetime) else made


def _after(low: int, high: int) -> Value:
    return lambda m: days_later(m.day, m.rng.randint(low, high))


def _some(texts: tuple[str, ...]) -> Value:
    return lambda m: m.pick(texts)


def _account(m: Moment) -> str:
    card = m.case.policy.premium_account if m.case.policy else ""
    return f"尾号{card[-4:]}" if card else "尾号" + numbers.digits(m.rng, 4)


def _items(m: Moment) -> str:
    known = phrases.ITEMS[m.code.partition(".")[0]]
    return "、".join(m.rng.sample(known, m.rng.choice((1, 1, 2))))


def _masked(number: str) -> str:
    """No more than half of a short document's characters."""
    head, tail = (3, 4) if len(number) >= 14 else (2, 2)
    return number[:head] + "*" * (len(number) - head - tail) + number[-tail:]


def _mobile(m: Moment) -> str:
    number = m.recipient.mobile.removeprefix("+86").replace(" ", "").replace("-", "") or numbers.mobile(m.rng)
    return f"{number[:3]}****{number[-4:]}"


def _cover_end(m: Moment) -> date:
    return m.policy.expires_on or m.policy.guarantee_ends_on or years_later(m.day, 20)


def _premium(m: Moment) -> Decimal:
    if m.case.policy:
        return m.case.policy.premium
    return cny(max(round(m.case.offer.premium * m.rng.lognormvariate(0, 0.5), -1), 60))


def _worth(m: Moment) -> Decimal:
    """What a contract pays out when it ends: its cash value, and when that is gone, a share of what was paid in."""
    return m.policy.cash_value or m.policy.paid_in * Decimal("0.6")


def _share_of(base: Callable[[Moment], Decimal], low: float, high: float) -> Value:
    return lambda m: cny(float(base(m)) * m.rng.uniform(low, high))


def _paid_to(m: Moment) -> date:
    return m.policy.paid_to_on or m.day


def _lapse(m: Moment) -> date:
    return m.policy.lapsed_on or m.day


def _loan(m: Moment) -> Decimal:
    return m.policy.loan_balance or cny(float(_worth(m)) * 0.5)


def _maturity(m: Moment) -> Decimal:
    """As docs/feeds.md's calendar reckons: the sum assured, or the account's value where there is one."""
    return m.policy.sum_assured if m.policy.account_value is None else m.policy.account_value


def _visit(m: Moment) -> datetime:
    day = days_later(m.day, m.rng.randint(1, 6))
    return datetime(day.year, day.month, day.day, m.rng.randint(9, 16), m.rng.choice((0, 30)), tzinfo=SHANGHAI)


def _last_month(m: Moment) -> str:
    last = m.day.replace(day=1) - timedelta(days=1)
    return f"{last.year}年{last.month}月"


def _last_quarter(m: Moment) -> str:
    year, quarter = (m.day.year, (m.day.month - 1) // 3) if m.day.month > 3 else (m.day.year - 1, 4)
    return f"{year}年{'一二三四'[quarter - 1]}季度"


def _person(title: str) -> Value:
    return lambda m: f"{m.pick(phrases.SURNAMES)}{title}"


def _agent(attribute: str, otherwise: str) -> Value:
    return lambda m: getattr(m.policy.agent, attribute) if m.policy.agent else otherwise


VALUES: dict[str, Value] = {
    "account": _account,
    "account_value": lambda m: m.policy.account_value or m.likely(2000, 60000),
    "adjuster_name": _person("专员"),
    "agent_mobile": _agent("mobile", "13900005678"),
    "agent_name": _agent("name", "李明"),
    "amount": lambda m: m.likely(200, 3000),
    "application_no": lambda m: f"1020{m.day:%y}{m.number:07d}",
    "balance": _loan,
    "bonus_year": lambda m: m.day.year - 1,
    "claim_amount": lambda m: cny(min(float(m.policy.sum_assured), 800 * m.rng.lognormvariate(1.2, 1.1))),
    "claim_no": lambda m: m.serial("LP"),
    "complaint_no": lambda m: m.serial("TS"),
    "cooling_days": lambda m: (_cooling_end(m) - (m.policy.receipt_signed_on or m.day)).days,
    "cooling_end": lambda m: _cooling_end(m),
    "courier": _some(phrases.COURIERS),
    "cover_end": _cover_end,
    "customer_name": lambda m: m.recipient.name,
    "days": lambda m: max((m.day - (m.policy.delivered_on or m.day)).days, 1),
    "due_date": _after(7, 15),
    "effective_date": lambda m: m.day,
    "end_date": lambda m: m.day,
    "event_name": _some(phrases.EVENTS),
    "event_time": lambda m: m.at,
    "expiry_date": lambda m: m.recipient.id_valid_to or days_later(m.day, 30),
    "extra_premium": _share_of(_premium, 0.1, 0.5),
    "from_fund": _some(phrases.FUNDS[:2]),
    "fund_name": _some(phrases.FUNDS),
    "grace_end": lambda m: _paid_to(m) + GRACE,
    "handler_name": _person("专员"),
    "handler_phone": lambda m: f"021-6000{m.rng.randrange(10000):04d}",
    "hospital": _some(phrases.HOSPITALS),
    "id_no": lambda m: _masked(m.recipient.id_no) if m.recipient.id_no else "****",
    "insured_name": lambda m: m.policy.insured.name if m.case.policy else m.case.person.name,
    "interest": _share_of(_loan, 0.02, 0.03),
    "item_name": _some(phrases.IDENTITY_ITEMS),
    "lapse_date": _lapse,
    "limit_amount": lambda m: cny(m.rng.choice((20_000, 50_000, 100_000, 200_000))),
    "loan_amount": _loan,
    "minutes": lambda m: 5,
    "missing_items": _items,
    "new_amount": lambda m: cny(max(round(float(m.policy.sum_assured) * 0.6, -3), 5000)),
    "new_mobile": _mobile,
    "new_premium": _share_of(_premium, 0.8, 1.3),
    "new_rate": _some(phrases.LOAN_RATES[:2]),
    "new_terms": _some(phrases.NEW_TERMS),
    "occupation": _some(phrases.OCCUPATIONS),
    "old_mobile": lambda m: f"{m.pick(('135', '136', '158', '188'))}****{numbers.digits(m.rng, 4)}",
    "option_name": _some(phrases.BENEFIT_OPTIONS),
    "otp": lambda m: numbers.digits(m.rng, 6),
    "outlet_address": _some(phrases.OUTLET_ADDRESSES),
    "outlet_name": _some(phrases.OUTLETS),
    "paid_to_date": _paid_to,
    "pay_date": lambda m: m.day,
    "pay_days": lambda m: m.rng.choice((3, 5, 7)),
    "period": _last_month,
    "policy_no": lambda m: m.case.policy.policy_no if m.case.policy else "",
    "policyholder_name": lambda m: m.policy.holder.name if m.case.policy else m.case.person.name,
    "premium": _premium,
    "principal": _loan,
    "product_name": lambda m: m.case.offer.product.name_zh,
    "quarter": _last_quarter,
    "rate": _some(phrases.LOAN_RATES),
    "reason": _some(phrases.BANK_REASONS),
    "reinstate_end": lambda m: years_later(_lapse(m), 2),
    "report_year": lambda m: m.day.year - 1,
    "request_no": lambda m: m.serial("BQ"),
    "review_org": lambda m: phrases.REVIEW_ORG,
    "rider_name": _some(phrases.RIDERS),
    "risk_level": _some(phrases.RISK_LEVELS),
    "service_name": _some(phrases.SERVICES),
    "settle_rate": _some(phrases.SETTLE_RATES),
    "shortfall": _share_of(_premium, 0.1, 0.4),
    "source_name": _some(phrases.SOURCES),
    "ticket_no": lambda m: m.serial("GD"),
    "to_fund": _some(phrases.FUNDS[2:]),
    "tracking_no": lambda m: f"SF{m.rng.randrange(10**13):013d}",
    "unit_price": lambda m: Decimal(m.rng.randint(8000, 24000)) / 10000,
    "units": lambda m: f"{m.rng.randint(100, 9000)}.{m.rng.randrange(100):02d}",
    "visit_date": _after(2, 6),
    "visit_time": _visit,
    "visitor_name": _person("专员"),
}


def _cooling_end(m: Moment) -> date:
    return m.policy.cooling_off_ends_on or days_later(m.day, 15)


#: Where a variable means something else in a type.
OF_TYPE: dict[tuple[str, str], Value] = {
    ("sales.application_withdrawn", "amount"): _premium,
    ("sales.double_recording_redo", "reason"): _some(phrases.RECORDING_REASONS),
    ("underwriting.postponed", "amount"): _premium,
    ("underwriting.postponed", "due_date"): _after(170, 190),
    ("underwriting.declined", "amount"): _premium,
    ("underwriting.approved_pay_premium", "pay_date"): _after(1, 3),
    ("issuance.policy_effective", "effective_date"): lambda m: m.policy.effective_on,
    ("issuance.insured_informed", "effective_date"): lambda m: m.policy.effective_on,
    ("issuance.callback_issue_logged", "due_date"): _after(20, 22),
    ("issuance.cooling_off_cancelled", "amount"): lambda m: m.policy.premium - 10,
    ("issuance.waiting_period_ended", "end_date"): lambda m: m.policy.waiting_period_ends_on or m.day,
    ("renewal.premium_due_30d", "due_date"): _paid_to,
    ("renewal.terminated_after_lapse", "amount"): _worth,
    ("renewal.apl_exhausting", "end_date"): _after(30, 60),
    ("renewal.offset_applied", "amount"): _share_of(_premium, 0.5, 0.9),
    ("renewal.short_term_renewed", "effective_date"): lambda m: m.policy.effective_on,
    ("renewal.product_discontinued", "due_date"): _after(30, 90),
    ("renewal.rate_adjusted", "effective_date"): _after(31, 60),
    ("renewal.rate_adjusted", "premium"): _share_of(_premium, 1.05, 1.2),
    ("renewal.rider_expiring", "cover_end"): _after(30, 30),
    ("renewal.premium_holiday_started", "effective_date"): _paid_to,
    ("policy_admin.request_rejected", "reason"): _some(phrases.REQUEST_REASONS),
    ("policy_admin.underwriting_required", "missing_items"): _some(phrases.UNDERWRITING_ITEMS),
    ("policy_admin.kyc_update_required", "missing_items"): _some(phrases.KYC_ITEMS),
    ("policy_admin.payment_due", "pay_date"): _after(2, 5),
    ("policy_admin.age_sex_corrected", "item_name"): _some(phrases.AGE_ITEMS),
    ("policy_admin.sum_assured_reduced", "amount"): _share_of(_worth, 0.2, 0.4),
    ("policy_admin.paid_up", "new_amount"): lambda m: m.policy.sum_assured,
    ("policy_admin.benefit_option_changed", "service_name"): lambda m: "红利领取方式变更",
    ("policy_admin.notice_preference_changed", "option_name"): _some(phrases.NOTICE_OPTIONS),
    ("policy_admin.loss_reported", "service_name"): _some(("保单挂失", "保单解挂")),
    ("policy_admin.freeze_changed", "option_name"): lambda m: phrases.FREEZES[m.number % 3][0],
    ("policy_admin.freeze_changed", "reason"): lambda m: phrases.FREEZES[m.number % 3][1],
    ("policy_admin.reinstated", "amount"): _share_of(_premium, 1.02, 1.06),
    ("policy_admin.surrender_received", "amount"): _worth,
    ("policy_admin.surrender_completed", "amount"): _worth,
    ("claims.originals_required", "due_date"): _after(15, 15),
    ("claims.extended_review", "due_date"): _after(25, 30),
    ("claims.contract_changed", "new_terms"): _some(phrases.CLAIM_TERMS),
    ("benefit_payout.survival_due", "due_date"): _after(15, 15),
    ("benefit_payout.survival_accumulated", "account_value"): lambda m: m.likely(3000, 80000),
    ("benefit_payout.annuity_starting", "due_date"): lambda m: m.policy.annuity_starts_on or m.day,
    ("benefit_payout.proof_of_life_required", "due_date"): lambda m: m.policy.proof_of_life_due_on or m.day,
    ("benefit_payout.maturity_upcoming", "end_date"): lambda m: m.policy.expires_on or m.day,
    ("benefit_payout.maturity_upcoming", "amount"): _maturity,
    ("benefit_payout.maturity_paid", "amount"): lambda m: m.policy.sum_assured,
    ("investment.fund_event", "effective_date"): _after(30, 40),
    ("investment.fund_event", "new_terms"): _some(phrases.FUND_TERMS),
    ("investment.low_account_value", "grace_end"): _after(60, 60),
    ("investment.trade_rejected", "reason"): _some(phrases.TRADE_REASONS),
    ("investment.trade_rejected", "service_name"): _some(("部分领取", "投资账户转换", "追加保费")),
    ("loan.disbursed", "due_date"): lambda m: m.policy.loan_due_on or days_later(m.day, 180),
    ("loan.maturity_upcoming", "due_date"): lambda m: m.policy.loan_due_on or m.day,
    ("loan.renewed", "due_date"): lambda m: m.policy.loan_due_on or days_later(m.day, 180),
    ("loan.repaid", "amount"): _share_of(_loan, 0.1, 0.8),
    ("loan.rate_changed", "effective_date"): _after(10, 20),
    ("loan.rate_changed", "rate"): _some(phrases.LOAN_RATES[2:]),
    ("loan.overloan_warning", "lapse_date"): _after(20, 40),
    ("complaint.received", "due_date"): _after(15, 15),
    ("complaint.extended", "due_date"): _after(30, 30),
    ("complaint.review_received", "due_date"): _after(30, 30),
    ("complaint.not_accepted", "reason"): _some(phrases.COMPLAINT_REASONS),
    ("complaint.extended", "reason"): _some(phrases.COMPLAINT_REASONS),
    ("hotline.inquiry_answered", "service_name"): _some(phrases.QUESTIONS),
    ("verification.otp", "service_name"): _some(phrases.CODE_SERVICES),
    ("verification.advanced_failed", "reason"): _some(phrases.FACE_REASONS),
    ("verification.suspicious_transaction", "service_name"): _some(phrases.RISKY_SERVICES),
    ("other.counter_appointment", "service_name"): _some(phrases.SERVICES),
    ("other.outlet_relocated", "effective_date"): _after(30, 45),
}
