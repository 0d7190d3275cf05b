"""Benefits in the member's words: where one comes from, how it is used, on which terms, and why it can't be used."""

from datetime import date

from django.conf import settings
from django.utils.formats import date_format, time_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from benefits.models import Allowance, Entitlement, FamilyGuest, Service
from benefits.queries.entitlements import Benefit, Obstacle, Share
from benefits.wording import amount
from members.catalogue import duration
from members.models import Level
from members.phone import mask

Mode, Source = Service.Mode, Entitlement.Source
#: Ids of icons.svg, by service, else by category.
ICONS = {
    "tele_doctor": "call",
    "vip_line": "shield-star",
    "second_opinion": "file",
    "hospital_guidance": "people",
    "health": "pulse",
    "medical_access": "desk",
    "community": "ticket",
    "assistance": "shield",
}
RELATIONS = {
    FamilyGuest.Relation.SPOUSE: gettext_lazy("spouse"),
    FamilyGuest.Relation.CHILD: gettext_lazy("children"),
    FamilyGuest.Relation.PARENT: gettext_lazy("parents"),
}


def icon_of(service: Service) -> str:
    return ICONS.get(service.code) or ICONS.get(service.category, "benefits")


def what_is_left(benefit: Benefit) -> str:
    """`2 of 3 visits left`, or that there is no end; empty where nothing counts any more."""
    if not benefit.counted:
        return ""
    if benefit.quota is None or benefit.left is None:
        return amount(benefit.service.unit, None)
    return _("%(left)s of %(amount)s left") % {
        "left": benefit.left,
        "amount": amount(benefit.service.unit, benefit.quota),
    }


def source_of(share: Share) -> str:
    match share.source:
        case Source.TIER:
            return _("VIP tier %(tier)s") % {"tier": share.terms.get_tier_display()}
        case Source.PRODUCT:
            return _("policy %(number)s") % {"number": mask(share.policy_no)}
        case Source.GRANT:
            return _("given by our staff")


def how(service: Service, terms: Allowance) -> str:
    """How it is used, and how long before it has to be asked for."""
    if service.mode == Mode.AUTOMATIC:
        return _("You need not do anything: we know you when you call or come.")
    if terms.by_hotline:
        return _("Call %(hotline)s, day and night: our people open it for you.") % {"hotline": settings.HOTLINE}
    if service.mode == Mode.SLOT:
        said = _("Choose a place and a time. There, show the code of your booking and an ID.")
    else:
        said = _("Tell us what you need. Somebody looks after it, and you see here how it goes on.")
    return " ".join(filter(None, [said, ahead(service)]))


def ahead(service: Service) -> str:
    """Empty where it can be used at once."""
    time = duration(service.lead_time)
    if time.days:
        return ngettext("At least %(count)s day ahead.", "At least %(count)s days ahead.", time.days) % {
            "count": time.days
        }
    if time.hours:
        return ngettext("At least %(count)s hour ahead.", "At least %(count)s hours ahead.", time.hours) % {
            "count": time.hours
        }
    return ""


def conditions(service: Service, terms: Allowance) -> list[str]:
    """The terms, a sentence each: those that are data, then those that only words can say."""
    said = [for_whom(service, terms), ages(terms), hours(terms)]
    if terms.gap_days:
        said.append(_("%(days)s days between two visits of the same person") % {"days": terms.gap_days})
    if terms.open_at_once:
        said.append(
            ngettext("%(count)s at a time", "%(count)s at a time", terms.open_at_once) % {"count": terms.open_at_once}
        )
    if terms.cancel_hours:
        said.append(
            _("Cancelled less than %(hours)s hours before, a visit counts as used") % {"hours": terms.cancel_hours}
        )
    if terms.suspended_after:
        said.append(
            _("Not kept %(times)s times, it is closed for %(months)s months")
            % {"times": terms.suspended_after, "months": terms.suspended_months}
        )
    if terms.done_working_days:
        said.append(_("Done within %(days)s working days") % {"days": terms.done_working_days})
    if terms.document:
        said.append(_("To be handed in: %(document)s") % {"document": terms.document})
    return [*filter(None, said), *terms.words]


def for_whom(service: Service, terms: Allowance) -> str:
    if service.mode == Mode.AUTOMATIC or terms.product_code:
        return ""  # the terms' own words say it
    if not terms.family_quota:
        return _("For you yourself")
    family = {
        "amount": amount(service.unit, terms.family_quota),
        "who": _(", ").join(str(RELATIONS[FamilyGuest.Relation(each)]) for each in terms.family_relations),
    }
    return _("For you; %(amount)s of it a year can go to family on your list (%(who)s)") % family


def ages(terms: Allowance) -> str:
    bounds = {"youngest": terms.min_age, "oldest": terms.max_age}
    if terms.min_age and terms.max_age:
        return _("From %(youngest)s to %(oldest)s years of age") % bounds
    if terms.min_age:
        return _("From %(youngest)s years of age") % bounds
    return _("Up to %(oldest)s years of age") % bounds if terms.max_age else ""


def hours(terms: Allowance) -> str:
    if terms.opens and terms.closes:
        times = {"opens": time_format(terms.opens, "H:i"), "closes": time_format(terms.closes, "H:i")}
        return _("From %(opens)s to %(closes)s") % times
    return ""


def why_not(share: Share, service: Service) -> str:
    """What stands in the way, and what to do; empty where nothing does."""
    match share.obstacle:
        case Obstacle.WITHDRAWN if share.source == Source.TIER:
            return _("Your VIP tier does not give it at present. What you have booked stays booked.")
        case Obstacle.WITHDRAWN:
            return _("The policy does not give it at present. What you have booked stays booked.")
        case Obstacle.NOT_YET:
            return _("It can be used from %(day)s on.") % {"day": day_words(share.starts_on)}
        case Obstacle.LEVEL if service.required_level == Level.ADVANCED:
            return _("It opens after the face check.")
        case Obstacle.LEVEL:
            return _("It opens as soon as you have verified who you are.")
        case Obstacle.AGE:
            return _("It is for another age: %(ages)s.") % {"ages": ages(share.terms)}
        case Obstacle.SUSPENDED if share.until:
            return _("Visits were not kept, so it is closed until %(day)s.") % {"day": day_words(share.until)}
        case Obstacle.USED_UP if share.booked and not share.used:
            return _("All of it is booked.")
        case Obstacle.USED_UP:
            return _("All of it is booked or used. It begins anew after %(day)s.") % {"day": day_words(share.ends_on)}
        case _:
            return ""


def day_words(day: date) -> str:
    return date_format(day, "DATE_FORMAT")
