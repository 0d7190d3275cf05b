"""Whether terms make a rule: each fault with the field that it is about, in the reader's language."""

from datetime import datetime

from django.utils.translation import gettext as _

from members.catalogue import event_specs
from points.article_116 import forbidden_among, forbidden_triggers
from points.earning.conditions import BadCondition, check, parts
from points.earning.vocabulary import Kind, event_fields, fields_of, named, trigger_name, triggers
from points.models import Group, RuleTerms, Source

Faults = dict[str, str]
#: The largest number of points that a single rule may name; a budget may be larger.
MOST_POINTS = 1_000_000
MOST_BUDGET = 10**12
CODE_LETTERS = frozenset("abcdefghijklmnopqrstuvwxyz0123456789_.")


class BadTerms(Exception):
    """`faults`: field → what is wrong with it, in the reader's language. Nothing was written."""

    def __init__(self, faults: Faults) -> None:
        super().__init__("; ".join(f"{field}: {message}" for field, message in faults.items()))
        self.faults = faults


def require_good_terms(terms: RuleTerms) -> None:
    """Raises BadTerms, with every fault that there is."""
    if faults := faults_of(terms):
        raise BadTerms(faults)


def faults_of(terms: RuleTerms) -> Faults:
    found: Faults = {}
    for look in (names, trigger, numbers, source, caps, window, conditions, once, availability, reversal):
        for field, message in look(terms).items():
            found.setdefault(field, message)
    return found


def names(terms: RuleTerms) -> Faults:
    found: Faults = {}
    if not terms.code or not set(terms.code) <= CODE_LETTERS:
        found["code"] = _("Give it a code of small letters, digits, dots and underscores, such as daily.sign_in.")
    for name in ("name_zh", "name_en"):
        if not getattr(terms, name).strip():
            found[name] = _("Give it a name in both languages.")
    if terms.group not in Group.values:
        found["group"] = _("There is no group “%(group)s”.") % {"group": terms.group}
    return found


def trigger(terms: RuleTerms) -> Faults:
    if terms.trigger in forbidden_triggers():
        return {"trigger": against_the_law(trigger_name(terms.trigger))}
    if terms.trigger not in triggers():
        return {"trigger": _("There is no event “%(trigger)s” that a rule may reward.") % {"trigger": terms.trigger}}
    return {}


def against_the_law(what: str) -> str:
    return _(
        "“%(what)s” is about premium, top-up, loan or surrender. Insurance Law art. 116 forbids benefits outside the "
        "contract, so points never reward it."
    ) % {"what": what}


def numbers(terms: RuleTerms) -> Faults:
    """Every number of points is whole and more than none."""
    found: Faults = {}
    for field, most in (
        *((name, MOST_POINTS) for name in ("points", "cap_day", "cap_month", "cap_year", "cap_lifetime")),
        ("approval_above", MOST_POINTS),
        ("budget", MOST_BUDGET),
    ):
        value = getattr(terms, field)
        if value is None:
            continue
        if type(value) is not int:
            found[field] = _("Points are whole numbers; %(value)s is none.") % {"value": value}
        elif value < 1:
            found[field] = _("This has to be at least 1.")
        elif value > most:
            found[field] = _("More than %(most)s are too many.") % {"most": f"{most:,}"}
    for field in ("once_days", "reversal_days"):
        days = getattr(terms, field)
        if days is not None and (type(days) is not int or not 1 <= days <= 3660):
            found[field] = _("Name a whole number of days, from 1 to 3660.")
    return found


def source(terms: RuleTerms) -> Faults:
    if terms.source not in Source.values:
        return {"source": _("There is no source of points “%(source)s”.") % {"source": terms.source}}
    if terms.source == Source.FIXED:
        return {} if terms.points is not None else {"points": _("Say how many points the rule pays.")}
    if terms.points is not None:
        return {"points": _("Leave this empty: the catalogue says how many points.")}
    needed = {Source.SERVICE: "event.service", Source.COMMITMENT: "event.commitment"}[Source(terms.source)]
    if terms.trigger in triggers() and needed not in event_fields(terms.trigger):
        said = {"event": trigger_name(terms.trigger)}
        return {"source": _("“%(event)s” does not tell what the catalogue would give points for.") % said}
    return {}


def caps(terms: RuleTerms) -> Faults:
    if type(terms.points) is not int:
        return {}
    return {
        name: _("The most that may be paid is less than the %(points)s points of one payment.")
        % {"points": f"{terms.points:,}"}
        for name, cap in terms.caps.items()
        if type(cap) is int and 0 < cap < terms.points
    }


def window(terms: RuleTerms) -> Faults:
    for field in ("starts_at", "ends_at"):
        moment = getattr(terms, field)
        if isinstance(moment, datetime) and moment.tzinfo is None:
            return {field: _("A moment needs its time zone.")}
    if terms.starts_at and terms.ends_at and terms.ends_at <= terms.starts_at:
        return {"ends_at": _("The rule would end before it starts.")}
    return {}


def conditions(terms: RuleTerms) -> Faults:
    if terms.trigger not in triggers():
        return {}
    try:
        check(terms.conditions, fields_of(terms.trigger))
    except BadCondition as fault:
        return {"conditions": fault.message}
    services = named("services")()
    for condition in terms.conditions:
        _field, operator, value = parts(condition)
        asked = value if isinstance(value, list) else [value]
        if operator in ("is", "in") and (wrong := forbidden_among(asked)):
            return {"conditions": against_the_law(services[wrong[0]])}
    return {}


def once(terms: RuleTerms) -> Faults:
    if terms.once_days is not None and not terms.once_per:
        return {"once_per": _("Say for what it is paid once in so many days.")}
    return known_fields(terms, "once_per", terms.once_per)


def known_fields(terms: RuleTerms, field: str, asked: list[str]) -> Faults:
    if terms.trigger not in triggers():
        return {}
    unknown = sorted(set(asked) - set(event_fields(terms.trigger)))
    if unknown:
        return {field: _("This event has no field “%(field)s”.") % {"field": unknown[0]}}
    return {}


def availability(terms: RuleTerms) -> Faults:
    if not terms.available_after or terms.trigger not in triggers():
        return {}
    field = fields_of(terms.trigger).get(terms.available_after)
    if field is None or field.kind != Kind.DATE:
        return {"available_after": _("This event has no date “%(field)s”.") % {"field": terms.available_after}}
    return {}


def reversal(terms: RuleTerms) -> Faults:
    if not terms.reversal_trigger:
        given = terms.reversal_conditions or terms.reversal_match or terms.reversal_days is not None
        return {"reversal_trigger": _("Choose the event that takes the points back.")} if given else {}
    if terms.reversal_trigger not in event_specs():
        said = {"trigger": terms.reversal_trigger}
        return {"reversal_trigger": _("There is no event “%(trigger)s”.") % said}
    if not terms.reversal_match:
        return {"reversal_match": _("Say what is the same in both events, such as the claim.")}
    theirs = event_fields(terms.reversal_trigger)
    if unknown := sorted(set(terms.reversal_match) - set(theirs)):
        return {"reversal_match": _("That event has no field “%(field)s”.") % {"field": unknown[0]}}
    try:
        check(terms.reversal_conditions, theirs)
    except BadCondition as fault:
        return {"reversal_conditions": fault.message}
    return known_fields(terms, "reversal_match", terms.reversal_match)
