"""Terms that make no rule: each fault is named with its field, in the reader's language, and nothing is written."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from django.utils.translation import override

from members.catalogue import rows
from points.actions.draft_rule_change import draft_rule_change
from points.earning.checking import BadTerms
from points.earning.conditions import hold, in_words
from points.earning.vocabulary import fields_of, trigger_name
from points.earning.wording import points_of_terms
from points.models import RuleChange
from tests.members.accounts import staff
from tests.points.earning import NOON, terms

pytestmark = pytest.mark.django_db
SERVICE = {"trigger": "service.completed"}


@pytest.mark.parametrize(
    ("changes", "field", "said"),
    [
        ({"code": "Täglich!"}, "code", "small letters"),
        ({"name_en": " "}, "name_en", "both languages"),
        ({"group": "sports"}, "group", "no group"),
        ({"trigger": "quiz.won"}, "trigger", "quiz.won"),
        ({"trigger": "points.earned"}, "trigger", "no event"),
        ({"points": 0}, "points", "at least 1"),
        ({"points": -5}, "points", "at least 1"),
        ({"points": 1.5}, "points", "1.5"),
        ({"points": True}, "points", "whole"),
        ({"points": 10_000_000}, "points", "too many"),
        ({"points": None}, "points", "how many"),
        ({"source": "tier"}, "source", "tier"),
        ({"source": "service"}, "points", "the catalogue says"),
        ({"source": "service", "points": None}, "source", "does not tell"),
        ({"cap_day": 4}, "cap_day", "less than the 5"),
        ({"cap_lifetime": 0}, "cap_lifetime", "at least 1"),
        ({"cap_month": 10.0}, "cap_month", "whole"),
        ({"budget": 0}, "budget", "at least 1"),
        ({"starts_at": NOON, "ends_at": NOON}, "ends_at", "before it starts"),
        ({"starts_at": NOON.replace(tzinfo=None)}, "starts_at", "time zone"),
        ({"once_days": 30}, "once_per", "paid once"),
        ({"once_per": ["event.quiz"], "once_days": 0}, "once_days", "1 to 3660"),
        ({"once_per": ["event.claim_no"]}, "once_per", "event.claim_no"),
        ({"available_after": "event.quiz"}, "available_after", "no date"),
        ({"reversal_trigger": "claims.undone", "reversal_match": ["event.quiz"]}, "reversal_trigger", "claims.undone"),
        ({"reversal_trigger": "claims.withdrawn"}, "reversal_match", "the same"),
        ({"reversal_trigger": "claims.withdrawn", "reversal_match": ["event.quiz"]}, "reversal_match", "event.quiz"),
        ({"reversal_days": 30}, "reversal_trigger", "Choose the event"),
        ({"conditions": {"field": "event.quiz", "is": "Q1"}}, "conditions", "a list"),
        ({"conditions": [{"field": "event.quiz"}]}, "conditions", "Condition 1"),
        ({"conditions": [{"field": "event.colour", "is": "red"}]}, "conditions", "event.colour"),
        ({"conditions": [{"field": "event.premium", "at_least": 1}]}, "conditions", "event.premium"),
        ({"conditions": [{"field": "event.quiz", "at_least": "Q1"}]}, "conditions", "can't be compared"),
        ({"conditions": [{"field": "event.quiz", "matches": ".*"}]}, "conditions", "matches"),
        ({"conditions": [{"field": "event.percent_correct", "at_least": "80"}]}, "conditions", "no value"),
        ({"conditions": [{"field": "event.percent_correct", "multiple_of": 0}]}, "conditions", "multiple of 1"),
        ({"conditions": [{"field": "member.level", "at_least": "gold"}]}, "conditions", "gold"),
        ({"conditions": [{"field": "event.quiz", "in": []}]}, "conditions", "list of values"),
        ({"conditions": [{"field": "event.quiz", "is": "Q1"}] * 21}, "conditions", "More than 20"),
        (SERVICE | {"conditions": [{"field": "event.service", "is": "query.weather"}]}, "conditions", "query.weather"),
        (SERVICE | {"conditions": [{"field": "event.kind", "is": "gift"}]}, "conditions", "gift"),
    ],
)
def test_faults(changes, field, said):
    with override("en"), pytest.raises(BadTerms) as refusal:
        draft_rule_change(terms=terms(**changes), reason="测试", by=staff("Marketing editor"))
    assert list(refusal.value.faults) == [field]
    assert said in refusal.value.faults[field]
    with override("zh-hans"), pytest.raises(BadTerms) as refusal:
        draft_rule_change(terms=terms(**changes), reason="测试", by=staff("Marketing editor"))
    assert any("\u4e00" <= letter <= "\u9fff" for letter in refusal.value.faults[field])
    assert not RuleChange.objects.exists()


def test_all_faults_are_told_at_once():
    bad = terms(name_zh="", points=0, cap_day=1.5, conditions=[{}])
    with pytest.raises(BadTerms) as refusal:
        draft_rule_change(terms=bad, reason="测试", by=staff("Marketing editor"))
    assert set(refusal.value.faults) == {"name_zh", "points", "cap_day", "conditions"}


@pytest.mark.parametrize(
    ("changes", "constraint"),
    [
        ({"points": 0}, "points_or_source"),
        ({"points": None}, "points_or_source"),
        ({"cap_day": 4}, "cap_day"),
        ({"starts_at": NOON, "ends_at": NOON - timedelta(days=1)}, "ends_after_it_starts"),
        ({"budget": 0}, "budget"),
        ({"once_days": 3}, "once_in_days"),
        ({"reversal_trigger": "claims.withdrawn"}, "reversal_is_whole"),
    ],
)
def test_database_refuses_them_as_well(changes, constraint):
    with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
        RuleChange.objects.create(**terms(**changes), reason="测试", drafted_by=staff("Marketing editor"))


def test_conditions_in_words():
    conditions = [
        {"field": "event.kind", "is": "transaction"},
        {"field": "event.platform", "in": ["wechat", "app"]},
        {"field": "member.level", "at_least": "verified"},
        {"field": "policy.in_cooling_off", "is": True},
        {"field": "member.is_customer", "is": False},
    ]
    names = {row["code"]: row["name_en"] for row in rows("platforms")}
    with override("en"):
        assert in_words(conditions, fields_of("service.completed")) == [
            "kind of service is transaction",
            f"platform is one of {names['wechat']}, {names['app']}",
            "level of the member is at least verified",
            "within the cooling-off period of the policy",
            "not: known to the insurer as a customer",
        ]


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_every_point_of_a_rule_has_a_name_of_its_own(language):
    with override(language):
        found = points_of_terms(RuleChange(**terms()))
        assert len(found) == 13
        assert trigger_name("knowledge.quiz_passed") in [text for said in found.values() for text in said]


@pytest.mark.parametrize(
    ("condition", "value", "expected"),
    [
        ({"is": "a"}, "a", True), ({"is": "a"}, "b", False), ({"is": "a"}, None, False),
        ({"is_not": "a"}, "b", True), ({"is_not": "a"}, None, False),
        ({"in": ["a", "b"]}, "b", True), ({"not_in": ["a"]}, "b", True), ({"not_in": ["a"]}, "a", False),
        ({"at_least": 3}, 3, True), ({"at_most": 3}, 4, False),
        ({"multiple_of": 7}, 14, True), ({"multiple_of": 7}, 13, False), ({"multiple_of": 7}, 0, False),
    ],
)  # fmt: skip
def test_what_holds(condition, value, expected):
    assert hold([{"field": "event.x", **condition}], {"event.x": value}) == expected
