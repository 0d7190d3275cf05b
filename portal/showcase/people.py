"""Whose phone, mailbox and letterbox can be looked at: customers and agents, by the recipient code of messages."""

from dataclasses import dataclass

from django.db.models import Case, Exists, OuterRef, QuerySet, When
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from members.crypto import blind_index
from members.models import Agent, Customer, Member, OneTimeCode, Policy, PolicyRole
from members.phone import NotAMobileNumber, e164, mask
from portal.demo.family import HOLDER_NO, INSURED_NO

FOUND_AT_MOST = 20


class NoSuchPerson(Exception):
    """No customer or agent has this code."""


@dataclass(frozen=True)
class Person:
    """Somebody with devices. `code`: c<customer id> or a<agent id>, as in Message.recipient."""

    code: str
    number: str
    name: str
    customer: Customer | None = None
    agent: Agent | None = None
    member: Member | None = None

    @property
    def mobiles(self) -> list[str]:
        """By the insurer's record, and, where it is another one, of the account."""
        found = [holder.mobile for holder in (self.agent, self.customer, self.member) if holder]
        return list(dict.fromkeys(mobile for mobile in found if mobile))

    @property
    def mobile(self) -> str:
        return self.mobiles[0] if self.mobiles else ""

    @property
    def masked_mobiles(self) -> list[str]:
        return [mask(mobile) for mobile in self.mobiles]

    @property
    def email(self) -> str:
        return (self.customer.email or "") if self.customer else ""

    @property
    def openids(self) -> list[str]:
        return list(self.member.wechat_bindings.values_list("openid", flat=True)) if self.member else []

    @property
    def initial(self) -> str:
        return self.name[:1]

    @property
    def policies(self) -> "QuerySet[Policy]":
        """The policies this person has a part in: first those in force, and of them those held."""
        policies = Policy.objects.select_related("product", "agent")
        in_force = Case(When(status=Policy.Status.IN_FORCE, then=0), default=1)
        if self.agent:
            return policies.filter(agent=self.agent).order_by(in_force, "policy_no")
        parts = PolicyRole.objects.filter(policy=OuterRef("pk"), customer=self.customer)
        held = Exists(parts.filter(role=PolicyRole.Role.POLICYHOLDER))
        return policies.filter(Exists(parts)).order_by(in_force, held.desc(), "policy_no")


@dataclass(frozen=True)
class Suggestion:
    """A person worth looking at, and why."""

    why: str | Promise
    person: Person


def person_of(code: str) -> Person:
    """The person with this recipient code. Raises NoSuchPerson."""
    kind, number = code[:1], code[1:]
    if number.isascii() and number.isdigit() and len(number) < 18:
        if kind == "c":
            customer = Customer.objects.select_related("member").filter(pk=int(number)).first()
            if customer:
                return of_customer(customer)
        agent = Agent.objects.filter(pk=int(number)).first() if kind == "a" else None
        if agent:
            return of_agent(agent)
    raise NoSuchPerson


def of_customer(customer: Customer) -> Person:
    member = getattr(customer, "member", None)
    return Person(f"c{customer.pk}", customer.customer_no, customer.name, customer=customer, member=member)


def of_agent(agent: Agent) -> Person:
    return Person(f"a{agent.pk}", agent.agent_no, agent.name, agent=agent)


def find(text: str) -> list[Person]:
    """People by customer or agent number, the beginning of a name, a mobile number, or a policy number."""
    text = text.strip()[:100]
    if not text or "\0" in text:
        return []
    customers = Customer.objects.select_related("member")
    exact = (
        customers.filter(customer_no=text.upper())
        | customers.filter(mobile_index=mobile_index(text), mobile_index__isnull=False)
        | customers.filter(member__mobile_index=mobile_index(text), member__mobile_index__isnull=False)
        | customers.filter(pk__in=PolicyRole.objects.filter(policy__policy_no=text.upper()).values("customer"))
    )
    by_name = customers.filter(name__startswith=text) | customers.filter(name_en__istartswith=text)
    agents = Agent.objects.filter(agent_no=text.upper()) | Agent.objects.filter(name__startswith=text)
    found = [of_customer(customer) for customer in exact.order_by("pk")[:FOUND_AT_MOST]]
    found += [of_customer(customer) for customer in by_name.order_by("pk")[:FOUND_AT_MOST]]
    found += [of_agent(agent) for agent in agents.order_by("pk")[:FOUND_AT_MOST]]
    return list({person.code: person for person in found}.values())[:FOUND_AT_MOST]


def newest_code(text: str) -> OneTimeCode | None:
    """The newest one that went to this number, if it is one."""
    index = mobile_index(text)
    return OneTimeCode.objects.filter(mobile_index=index).order_by("-issued_at").first() if index else None


def mobile_index(text: str) -> bytes | None:
    try:
        return blind_index(e164(text), "mobile")
    except NotAMobileNumber:
        return None


def interesting() -> list[Suggestion]:
    """One person for each thing worth seeing, as far as the book has them."""
    holders = Customer.objects.select_related("member").filter(
        deceased_on=None,
        mobile_index__isnull=False,
        policy_roles__role=PolicyRole.Role.POLICYHOLDER,
        policy_roles__policy__status=Policy.Status.IN_FORCE,
    )
    people = holders.filter(kind=Customer.Kind.INDIVIDUAL)
    family = people.filter(
        policy_roles__policy__roles__role=PolicyRole.Role.INSURED,
        policy_roles__policy__roles__relation=PolicyRole.Relation.CHILD,
    )
    known = Customer.objects.select_related("member")
    picks: list[tuple[str | Promise, QuerySet[Customer]]] = [
        (_("The policyholder of the README's event"), known.filter(customer_no=HOLDER_NO)),
        (_("The insured of the README's event"), known.filter(customer_no=INSURED_NO)),
        (
            _("A member with the app and WeChat, e-letters agreed"),
            people.filter(member__wechat_bindings__isnull=False, eletter_consent=True, email_index__isnull=False),
        ),
        (_("Reads English"), people.filter(language="en")),
        (_("Wants letters on paper"), people.filter(eletter_consent=False)),
        (_("A family: a child is insured"), family),
        (_("No member yet: only a telephone"), people.filter(member=None, language="zh-hans")),
        (_("A company with a group policy"), holders.filter(kind=Customer.Kind.CORPORATE)),
    ]
    suggestions: list[Suggestion] = []
    for why, customers in picks:
        seen = [suggestion.person.customer.pk for suggestion in suggestions if suggestion.person.customer]
        customer = customers.exclude(pk__in=seen).order_by("pk").first()
        if customer:
            suggestions.append(Suggestion(why, of_customer(customer)))
    agent = Agent.objects.filter(active=True, policies__status=Policy.Status.IN_FORCE).order_by("pk").first()
    if agent:
        suggestions.append(Suggestion(_("An agent, who hears of clients' policies"), of_agent(agent)))
    return suggestions
