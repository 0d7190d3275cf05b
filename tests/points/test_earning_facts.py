"""Whom a policy event earns points for, and what it costs where nobody listens."""

from datetime import date

import pytest

from members.consumers import consume, consumer_names
from members.models import ConsumerCursor, ParkedEvent, PolicyRole
from points.consumer import earn_from_policy_events
from points.earning.facts import facts_of_policy_events
from points.models import RulePayment
from tests.factories import CustomerFactory, MemberFactory, PolicyFactory
from tests.members.policy_log import SHARD, SUBJECT, published
from tests.points.earning import customer_with_account, points_of, policy_of, rule

pytestmark = pytest.mark.django_db
CHILD = date(2018, 6, 1)


def insured(policy, customer, only=True):
    if only:
        policy.roles.filter(role="insured").delete()
    PolicyRole.objects.create(policy=policy, customer=customer, role="insured", relation="child")


def earner(policy, trigger="claims.accepted", **data):
    """The id of the account that the event earns points for."""
    data = {"customer_name": "王先生", "policy_no": policy.policy_no, **data}
    (fact,) = facts_of_policy_events(published(type=trigger, subject=policy.policy_no, data=data))
    return fact.member_id


def test_the_policyholder_or_the_insured_as_the_event_concerns_them():
    carol, dora = customer_with_account(), customer_with_account()
    policy = policy_of(carol)
    insured(policy, dora.customer)
    assert earner(policy, "policy_admin.notice_preference_changed", option_name="短信") == carol.pk
    assert earner(policy, "claims.accepted", claim_no="CL1") == dora.pk


def test_whom_the_event_names_before_everybody_else():
    carol, dora = customer_with_account(), customer_with_account()
    assert earner(policy_of(carol), claim_no="CL1", customer_no=dora.customer.customer_no) == dora.pk
    assert earner(policy_of(carol), claim_no="CL1", customer_no="C-UNKNOWN") is None


def test_nobody_where_it_cannot_be_told_who_is_meant():
    carol, dora = customer_with_account(), customer_with_account()
    policy = policy_of(carol)
    insured(policy, dora.customer, only=False)
    assert earner(policy, claim_no="CL1") is None


def test_a_childs_points_go_to_the_guardian_else_to_the_policyholder():
    carol, dora = customer_with_account(), customer_with_account()
    policy = policy_of(carol)
    child = CustomerFactory(birth_date=CHILD)
    insured(policy, child)
    assert earner(policy, claim_no="CL1") == carol.pk
    child.guardian = dora.customer
    child.save()
    assert earner(policy, claim_no="CL1") == dora.pk


def test_nobody_without_an_account_and_none_of_the_dead():
    assert earner(PolicyFactory(policyholder=CustomerFactory()), claim_no="CL1") is None
    late = MemberFactory(customer=CustomerFactory(deceased_on=date(2026, 1, 1)))
    assert earner(policy_of(late), claim_no="CL1") is None


def test_no_name_and_no_amount_may_be_asked_for():
    carol = customer_with_account()
    data = {"policy_no": policy_of(carol).policy_no, "customer_name": "王先生", "claim_no": "C", "claim_amount": "9.00"}
    (fact,) = facts_of_policy_events(published(type="claims.approved", data=data))
    assert set(fact.fields) == {"policy_no", "claim_no"}


def test_events_that_no_rule_listens_to_cost_one_question_a_batch(django_assert_num_queries):
    rule()
    events = published(50, type="renewal.debit_success")
    with django_assert_num_queries(1):
        earn_from_policy_events(events)


def test_the_log_is_read_once_and_what_makes_no_sense_is_parked():
    assert "points" in consumer_names()
    carol = customer_with_account()
    policy_of(carol, policy_no=SUBJECT)
    rule(trigger="claims.reported", code="test.report")
    good = {"policy_no": SUBJECT, "customer_name": "王先生", "claim_no": "CL1"}
    published(type="claims.reported", data=good)
    published(type="claims.reported", data={"policy_no": {"no": 1}, "customer_name": "王先生", "claim_no": "CL2"})
    published(type="claims.reported", data=good | {"claim_no": "CL3"})
    consumed = consume("points", SHARD)
    assert (consumed.read, consumed.parked) == (3, 1)
    assert points_of(carol) == 10
    assert ParkedEvent.objects.get().consumer == "points"
    ConsumerCursor.objects.filter(consumer="points").update(xid=0, event_pk=0)
    consume("points", SHARD)
    assert (points_of(carol), RulePayment.objects.count()) == (10, 2)
