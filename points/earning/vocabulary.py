"""The words that rules are made of: which events a rule may reward, and which fields their conditions may ask about.

A closed list. Fields of an event are the variables that the catalogue declares for it, and those that the platform
tells besides (TOLD). Amounts of money, names and masked numbers are none: what is paid may not hang on them.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache

from django.utils.functional import Promise
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from members.catalogue import event_specs, rows
from members.models import Level, Policy
from points.article_116 import forbidden_triggers


class Kind(StrEnum):
    """What values a field has, and so what may be asked of it."""

    TEXT = "text"
    CHOICE = "choice"
    NUMBER = "number"
    FLAG = "flag"
    DATE = "date"
    LEVEL = "level"


@dataclass(frozen=True)
class Field:
    """`choices`: code → label in the reader's language, of a field that is one of them."""

    name: str
    kind: Kind
    label: str | Promise
    choices: Callable[[], Mapping[str, str]] | None = None


def in_readers_language(chinese: str, english: str) -> str:
    return english if (get_language() or "").startswith("en") else chinese


def named(file: str) -> Callable[[], dict[str, str]]:
    """The choices of a file of the catalogue, by code."""
    return lambda: {row["code"]: in_readers_language(row["name_zh"], row["name_en"]) for row in rows(file)}


def commitments() -> dict[str, str]:
    return {row["code"]: in_readers_language(row["promise_zh"], row["promise_en"]) for row in rows("commitments")}


def service_kinds() -> dict[str, str]:
    return {
        "transaction": str(_("transaction")),
        "query": str(_("query")),
        "consultation": str(_("consultation")),
        "complaint": str(_("complaint")),
    }


SERVICE = Field("event.service", Kind.CHOICE, _("service"), named("services"))
SERVICE_KIND = Field("event.kind", Kind.CHOICE, _("kind of service"), service_kinds)
PLATFORM = Field("event.platform", Kind.CHOICE, _("platform"), named("platforms"))
COMMITMENT = Field("event.commitment", Kind.CHOICE, _("service commitment"), commitments)
POLICY_NO = Field("event.policy_no", Kind.TEXT, _("policy"))
REQUEST_NO = Field("event.request_no", Kind.TEXT, _("request"))
FESTIVAL = Field("event.festival", Kind.TEXT, _("festival"))
RUNNING = Field("event.festival_running", Kind.FLAG, _("the festival is running"))
STEPS = Field("event.steps", Kind.NUMBER, _("steps"))

#: What the platform tells of an event besides the variables that the catalogue declares for it.
TOLD: dict[str, tuple[Field, ...]] = {
    "service.completed": (SERVICE, SERVICE_KIND, PLATFORM, POLICY_NO, REQUEST_NO),
    # The core does not say how a claim came; the platform does, where it came by a service of its own.
    "claims.accepted": (SERVICE, PLATFORM),
    "survey.completed": (
        REQUEST_NO,
        Field("event.days_since_service", Kind.NUMBER, _("days since the service")),
    ),
    "knowledge.quiz_passed": (
        Field("event.quiz", Kind.TEXT, _("quiz")),
        Field("event.percent_correct", Kind.NUMBER, _("right answers (percent)")),
    ),
    "festival.checked_in": (
        FESTIVAL,
        Field("event.within_window", Kind.FLAG, _("within the hours of the activity")),
    ),
    "festival.activity_completed": (
        FESTIVAL,
        RUNNING,
        Field("event.task", Kind.TEXT, _("task")),
        Field("event.earning", Kind.FLAG, _("the task is marked as earning")),
    ),
    "festival.charity_step_donated": (FESTIVAL, RUNNING, STEPS),
    "benefit.feedback_given": (
        Field("event.use", Kind.TEXT, _("visit or case")),
        Field("event.benefit_used", Kind.FLAG, _("the benefit was used")),
        Field("event.days_since_use", Kind.NUMBER, _("days since it was used")),
    ),
    "suggestion.adopted": (Field("event.suggestion", Kind.TEXT, _("suggestion")),),
    "commitment.missed": (COMMITMENT, REQUEST_NO),
    "membership.signed_in_daily": (
        Field("event.days_in_row", Kind.NUMBER, _("days of sign-in in a row, this one included")),
    ),
}

OF_MEMBER = (
    Field(
        "member.level",
        Kind.LEVEL,
        _("level of the member"),
        lambda: {each.name.lower(): str(each.label) for each in Level},
    ),
    Field("member.days_registered", Kind.NUMBER, _("days since registration")),
    Field("member.days_since_earning", Kind.NUMBER, _("days since points were last earned")),
    Field("member.is_customer", Kind.FLAG, _("known to the insurer as a customer")),
    Field("member.wechat_linked", Kind.FLAG, _("WeChat is linked")),
)
OF_POLICY = (
    Field(
        "policy.status", Kind.CHOICE, _("status of the policy"), lambda: {k: str(v) for k, v in Policy.Status.choices}
    ),
    Field("policy.product", Kind.TEXT, _("product of the policy (code)")),
    Field("policy.in_cooling_off", Kind.FLAG, _("within the cooling-off period of the policy")),
    Field("policy.cooling_off_ends_on", Kind.DATE, _("end of the cooling-off period")),
)
#: Labels of the variables that events declare; any other goes by its bare name.
LABELS: dict[str, str | Promise] = {
    "policy_no": _("policy"),
    "application_no": _("application"),
    "claim_no": _("claim"),
    "request_no": _("request"),
    "complaint_no": _("complaint"),
    "ticket_no": _("work order"),
    "option_name": _("chosen option"),
    "service_name": _("name of the service"),
    "steps": _("steps"),
    "due_date": _("due date"),
    "effective_date": _("effective date"),
}
KINDS = {"str": Kind.TEXT, "int": Kind.NUMBER, "date": Kind.DATE}
PERSONAL = (
    "customer_name",
    "policyholder_name",
    "insured_name",
    "agent_name",
    "visitor_name",
    "handler_name",
    "adjuster_name",
)
#: Told by the platform about itself; points that reward points, or a message, would turn in circles.
NO_CAUSE = ("points.", "reward.", "membership.tier_", "hotline.", "benefit.quota_", "verification.otp")


@cache
def triggers() -> tuple[str, ...]:
    """Codes of the events that a rule may reward, as the catalogue orders them."""
    return tuple(code for code in event_specs() if code not in forbidden_triggers() and not code.startswith(NO_CAUSE))


def trigger_name(code: str) -> str:
    spec = event_specs().get(code)
    return in_readers_language(spec.name_zh, spec.name_en) if spec else code


def event_fields(trigger: str) -> dict[str, Field]:
    """What an event itself tells, by name. Raises KeyError for an event that the catalogue doesn't know."""
    found = {
        f"event.{name}": Field(f"event.{name}", KINDS[kind], LABELS.get(name, name))
        for name, kind in event_specs()[trigger].variables.items()
        if kind in KINDS and name not in PERSONAL and not name.startswith("otp")
    }
    return found | {field.name: field for field in TOLD.get(trigger, ())}


@cache
def fields_of(trigger: str) -> dict[str, Field]:
    """Everything that conditions of a rule for this event may ask about, by name."""
    own = event_fields(trigger)
    of_policy = OF_POLICY if "event.policy_no" in own else ()
    return own | {field.name: field for field in (*of_policy, *OF_MEMBER)}


@cache
def service_kind(code: str) -> str:
    """The kind of a service of the catalogue, empty for one that isn't there."""
    return next((row["kind"] for row in rows("services") if row["code"] == code), "")


@cache
def points_of_service(code: str) -> int:
    """services.csv, earn_points."""
    return next((int(row["earn_points"]) for row in rows("services") if row["code"] == code), 0)


@cache
def points_of_commitment(code: str) -> int:
    """commitments.csv, compensation_points."""
    return next((int(row["compensation_points"]) for row in rows("commitments") if row["code"] == code), 0)
