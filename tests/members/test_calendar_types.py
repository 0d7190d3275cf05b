"""Each of the twenty types on exactly its day, with exactly its variables, and when it must stay silent."""

from datetime import date, timedelta
from decimal import Decimal

import pytest

from members.actions.announce_calendar_events import announce_calendar_events
from members.calendar import TYPES
from members.catalogue import event_specs
from members.models import Policy, PolicyEvent, PolicyRole
from tests.factories import CustomerFactory, PolicyFactory, ProductFactory

pytestmark = pytest.mark.django_db

DAY = timedelta(days=1)
#: Far from every date that a test doesn't set, so that only the type in question falls due.
QUIET = {"applied_on": date(2024, 6, 1), "effective_on": date(2024, 6, 15), "paid_to_on": None}
ENDOWMENT = {"product_code": "ENDOW", "category": "endowment", "name_zh": "榕树两全保险"}
MEDICAL = {"product_code": "MEDICAL1Y", "category": "medical", "term": "short", "name_zh": "一年期医疗保险"}
LAPSED = {"status": "lapsed", "lapsed_on": date(2026, 5, 10)}

#: type: (the day, the policy, what its event tells beside policy_no and customer_name)
CASES = {
    "issuance.receipt_pending": (date(2026, 3, 15), {"delivered_on": date(2026, 3, 10)}, {"days": 5}),
    "issuance.callback_overdue": (
        date(2026, 3, 22),
        {"receipt_signed_on": date(2026, 3, 12), "cooling_off_ends_on": date(2026, 3, 27)},
        {"cooling_end": "2026-03-27"},
    ),
    "issuance.cooling_off_ending": (
        date(2026, 3, 24),
        {
            "receipt_signed_on": date(2026, 3, 12),
            "callback_done_on": date(2026, 3, 14),
            "cooling_off_ends_on": date(2026, 3, 27),
        },
        {"cooling_end": "2026-03-27"},
    ),
    "issuance.waiting_period_ended": (
        date(2026, 3, 20),
        {"waiting_period_ends_on": date(2026, 3, 20)},
        {"product_name": "康护终身重疾保险", "end_date": "2026-03-20"},
    ),
    "renewal.premium_due_30d": (
        date(2026, 3, 1),
        {"paid_to_on": date(2026, 3, 31), "premium_account": "6222021234567896688"},
        {"premium": "6800.00", "due_date": "2026-03-31", "account": "尾号6688"},
    ),
    "renewal.grace_started": (
        date(2026, 3, 11),
        {"paid_to_on": date(2026, 3, 10)},
        {"premium": "6800.00", "grace_end": "2026-05-09"},
    ),
    "renewal.grace_second_notice": (
        date(2026, 4, 9),
        {"paid_to_on": date(2026, 3, 10), "status": "grace"},
        {"premium": "6800.00", "grace_end": "2026-05-09"},
    ),
    "renewal.grace_ending_7d": (
        date(2026, 5, 2),
        {"paid_to_on": date(2026, 3, 10), "status": "grace"},
        {"premium": "6800.00", "grace_end": "2026-05-09"},
    ),
    "renewal.lapsed": (
        date(2026, 5, 10),
        {**LAPSED, "paid_to_on": date(2026, 3, 10)},
        {"lapse_date": "2026-05-10", "reinstate_end": "2028-05-10"},
    ),
    "renewal.reinstatement_window_ending": (date(2028, 3, 11), LAPSED, {"reinstate_end": "2028-05-10"}),
    "renewal.short_term_renewal_due": (
        date(2026, 3, 2),
        {"expires_on": date(2026, 4, 1), "product": MEDICAL},
        {"product_name": "一年期医疗保险", "cover_end": "2026-04-01", "premium": "6800.00"},
    ),
    "renewal.guarantee_period_ending": (
        date(2026, 3, 2),
        {"guarantee_ends_on": date(2026, 5, 1), "product": MEDICAL},
        {"product_name": "一年期医疗保险", "cover_end": "2026-05-01"},
    ),
    "renewal.cover_ended": (
        date(2026, 4, 2),
        {"expires_on": date(2026, 4, 1), "product": MEDICAL},
        {"product_name": "一年期医疗保险", "cover_end": "2026-04-01"},
    ),
    "policy_admin.annual_statement": (date(2026, 6, 15), {}, {"report_year": 2025}),
    "benefit_payout.annuity_starting": (
        date(2026, 3, 2),
        {"annuity_starts_on": date(2026, 5, 1)},
        {"due_date": "2026-05-01"},
    ),
    "benefit_payout.proof_of_life_required": (
        date(2026, 3, 2),
        {"proof_of_life_due_on": date(2026, 4, 1)},
        {"due_date": "2026-04-01"},
    ),
    "benefit_payout.proof_of_life_suspended": (
        date(2026, 4, 2),
        {"proof_of_life_due_on": date(2026, 4, 1)},
        {"effective_date": "2026-04-02"},
    ),
    "benefit_payout.maturity_upcoming": (
        date(2026, 3, 2),
        {"expires_on": date(2026, 4, 1), "product": ENDOWMENT},
        {"end_date": "2026-04-01", "amount": "300000.00"},
    ),
    "loan.maturity_upcoming": (
        date(2026, 3, 2),
        {"loan_due_on": date(2026, 3, 17), "loan_balance": Decimal("51260")},
        {"due_date": "2026-03-17", "balance": "51260.00"},
    ),
}
ID_EXPIRING = "policy_admin.id_expiring"


def policy(**fields):
    product = fields.pop("product", None)
    fields["product"] = ProductFactory(**product) if product else ProductFactory()
    holder = fields.pop("policyholder", None) or CustomerFactory(name="王小明")
    return PolicyFactory(**{**QUIET, **fields}, policyholder=holder)


def found_on(day):
    """Types announced by a first run on `day`, which makes up for nothing."""
    announce_calendar_events(day=day)
    return sorted(PolicyEvent.objects.values_list("type", flat=True))


def test_these_are_the_twenty_types_of_the_contract():
    assert len(TYPES) == 20
    assert set(TYPES) == {*CASES, ID_EXPIRING}
    assert all(event_specs()[code].schedule_offset for code in TYPES)


@pytest.mark.parametrize("code", CASES)
def test_a_type_is_found_on_its_day_with_exactly_its_variables(code):
    day, fields, told = CASES[code]
    its = policy(**fields)
    run = announce_calendar_events(day=day)
    assert (dict(run.accepted), dict(run.refused)) == ({code: 1}, {})
    event = PolicyEvent.objects.get()
    assert event.data == {"policy_no": its.policy_no, "customer_name": "王小明", **told}
    assert (event.type, event.subject, event.state) == (code, its.policy_no, "published")
    assert set(event.data) == set(event_specs()[code].variables)


@pytest.mark.parametrize("code", CASES)
@pytest.mark.parametrize("off", [-DAY, DAY])
def test_a_type_is_not_found_a_day_off(code, off):
    day, fields, _told = CASES[code]
    policy(**fields)
    assert code not in found_on(day + off)


OVER = [status for status in Policy.Status.values if status not in Policy.LIVE]


@pytest.mark.parametrize(
    "code", [code for code, (_day, fields, _told) in CASES.items() if fields.get("status") != "lapsed"]
)
@pytest.mark.parametrize("status", OVER)
def test_nothing_is_found_for_a_policy_that_is_over(code, status):
    day, fields, _told = CASES[code]
    policy(**{**fields, "status": status})
    # A loan must be paid back even when the policy has lapsed.
    assert found_on(day) == ([code] if (code, status) == ("loan.maturity_upcoming", "lapsed") else [])


@pytest.mark.parametrize(
    ("code", "but"),
    [
        ("issuance.receipt_pending", {"receipt_signed_on": date(2026, 3, 12)}),
        ("renewal.premium_due_30d", {"status": "paid_up"}),
        ("renewal.premium_due_30d", {"premium_holiday_until": date(2026, 6, 30)}),
        ("renewal.premium_due_30d", {"premium_holiday_until": date(2026, 3, 1)}),
        ("renewal.grace_started", {"premium_holiday_until": date(2026, 6, 30)}),
        ("renewal.grace_started", {"premium_holiday_until": date(2026, 3, 10)}),
        ("renewal.grace_second_notice", {"premium_holiday_until": date(2026, 6, 30)}),
        ("renewal.grace_second_notice", {"paid_to_on": date(2027, 3, 10)}),
        ("renewal.grace_ending_7d", {"premium_holiday_until": date(2026, 6, 30)}),
        ("renewal.lapsed", {"status": "grace"}),
        ("renewal.lapsed", {"lapsed_on": None}),
        ("renewal.reinstatement_window_ending", {"status": "in_force"}),
        ("renewal.short_term_renewal_due", {"product": {**MEDICAL, "term": "long"}}),
        ("loan.maturity_upcoming", {"loan_balance": Decimal(0)}),
        ("loan.maturity_upcoming", {"loan_balance": None}),
    ],
)
def test_a_condition_that_does_not_hold_silences_the_type(code, but):
    day, fields, _told = CASES[code]
    policy(**{**fields, **but})
    assert found_on(day) == []


@pytest.mark.parametrize("code", ["renewal.premium_due_30d", "renewal.grace_started"])
def test_a_premium_holiday_that_is_over_silences_nothing(code):
    day, fields, _told = CASES[code]
    policy(**fields, premium_holiday_until=date(2026, 2, 28))
    assert found_on(day) == [code]


@pytest.mark.parametrize(
    "but",
    [{"receipt_signed_on": None}, {"receipt_signed_on": date(2026, 3, 12), "callback_done_on": date(2026, 3, 14)}],
)
def test_a_callback_is_overdue_only_with_a_receipt_and_without_a_callback(but):
    day, fields, _told = CASES["issuance.callback_overdue"]
    policy(**{**fields, **but})
    assert found_on(day) == []


def test_an_endowment_matures_and_other_covers_end():
    policy(expires_on=date(2026, 4, 1), product=ENDOWMENT)
    policy(expires_on=date(2026, 4, 1), product={**MEDICAL, "term": "long"})
    announce_calendar_events(day=date(2026, 3, 2))
    assert [event.type for event in PolicyEvent.objects.all()] == ["benefit_payout.maturity_upcoming"]
    announce_calendar_events(day=date(2026, 4, 2))
    assert [event.type for event in PolicyEvent.objects.order_by("id")] == [
        "benefit_payout.maturity_upcoming",
        "renewal.cover_ended",
    ]


def test_an_endowment_with_an_account_pays_what_the_account_holds():
    universal = {**ENDOWMENT, "product_code": "UL_ENDOW", "design_type": "universal"}
    policy(expires_on=date(2026, 4, 1), product=universal, account_value=Decimal("52360.18"))
    announce_calendar_events(day=date(2026, 3, 2))
    assert PolicyEvent.objects.get().data["amount"] == "52360.18"


def test_a_due_notice_without_a_known_account_names_none():
    policy(paid_to_on=date(2026, 3, 31))
    announce_calendar_events(day=date(2026, 3, 1))
    assert PolicyEvent.objects.get().data["account"] == "****"


def test_a_notice_names_its_main_recipient():
    day, fields, _told = CASES["benefit_payout.annuity_starting"]
    its = policy(**fields, policyholder=CustomerFactory(name="李投保"))
    its.roles.filter(role="insured").delete()
    for name in ("赵首位", "钱次位"):
        PolicyRole.objects.create(policy=its, customer=CustomerFactory(name=name), role="insured", relation="parent")
    announce_calendar_events(day=day)
    assert PolicyEvent.objects.get().data["customer_name"] == "赵首位"


@pytest.mark.parametrize(
    ("effective_on", "anniversary"),
    [
        (date(2024, 2, 29), date(2026, 2, 28)),
        (date(2024, 2, 29), date(2028, 2, 29)),
        (date(2023, 2, 28), date(2028, 2, 28)),
        (date(2025, 12, 31), date(2026, 12, 31)),
        (date(2025, 1, 1), date(2026, 1, 1)),
    ],
)
def test_an_anniversary_is_found_on_its_day_and_on_no_other(effective_on, anniversary):
    policy(effective_on=effective_on)
    assert found_on(anniversary - DAY) == []
    assert announce_calendar_events(day=anniversary).accepted == {"policy_admin.annual_statement": 1}
    assert announce_calendar_events(day=anniversary + DAY).accepted == {}


def test_a_policy_has_no_anniversary_on_the_day_it_begins():
    policy(effective_on=date(2026, 6, 15))
    assert found_on(date(2026, 6, 15)) == []


def test_two_years_from_29_february_end_on_the_28th():
    policy(status="lapsed", lapsed_on=date(2024, 2, 29))
    assert found_on(date(2025, 12, 30)) == ["renewal.reinstatement_window_ending"]
    assert PolicyEvent.objects.get().data["reinstate_end"] == "2026-02-28"
