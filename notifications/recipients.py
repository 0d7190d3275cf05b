"""Who is told: from a cause to people with their addresses."""

from dataclasses import dataclass, field, replace
from datetime import date

from django.utils import timezone
from django.utils.functional import cached_property

from members.ages import age_on
from members.consents import MARKETING
from members.crypto import blind_index
from members.minors import ADULT_FROM
from members.models import Agent, Customer, Language, Member
from notifications.causes import Cause
from notifications.directory import Directory, PolicyPeople
from notifications.models import Channel, Preference, Role


@dataclass(frozen=True)
class Recipient:
    """A person to tell, in a role. Exactly one of customer, member alone, agent, or a bare mobile number; a number
    beside a customer or member is where their SMS goes instead.

    `named`: the event's `customer_name` means this person; whoever receives instead or as well has a name of their own.
    """

    role: str
    customer: Customer | None = None
    member: Member | None = None
    openid: str = field(default="", repr=False)
    agent: Agent | None = None
    mobile: str = field(default="", repr=False)
    preference: Preference | None = None
    #: What the member has agreed to (Consent.Kind); None for whoever has no account, and so nothing to agree with.
    consents: frozenset[str] | None = None
    named: bool = True

    @cached_property
    def key(self) -> str:
        """What makes a message to this person unique, with its cause and channel."""
        if self.customer:
            return f"c{self.customer.pk}"
        if self.member:
            return f"m{self.member.pk}"
        if self.agent:
            return f"a{self.agent.pk}"
        index = blind_index(self.mobile, "mobile")
        assert index is not None  # a bare number is never empty
        return f"p{index.hex()}"

    @property
    def name(self) -> str:
        person = self.customer or self.member or self.agent
        return person.name if person else ""

    @property
    def language(self) -> str:
        """The member's own choice, else what the insurer knows, else Chinese."""
        chosen = self.member.language if self.member else ""
        known = self.customer.language if self.customer else ""
        return chosen or known or Language.CHINESE

    @cached_property
    def addresses(self) -> dict[str, str]:
        """The channels that reach this person, with the address on each. An e-letter needs consent."""
        found: dict[str, str] = {}
        if self.agent:
            return {Channel.SMS: self.agent.mobile}
        mobile = (
            self.mobile
            or (self.customer.mobile if self.customer else "")
            or (self.member.mobile if self.member else "")
        )
        if mobile:
            found[Channel.SMS] = mobile
        if self.member and self.member.is_active:
            found[Channel.APP] = str(self.member.pk)
        if self.openid:
            found[Channel.WECHAT] = self.openid
        if self.customer and self.customer.email and self.customer.eletter_consent:
            found[Channel.ELETTER] = self.customer.email
        if self.customer and self.customer.address:
            found[Channel.LETTER] = "\n".join(self.postal_lines)
        return found

    def agrees_to(self, channel: str) -> bool:
        """Whether what needs consent may be sent there: a member has to have agreed, for each channel apart."""
        kind = MARKETING.get(channel)
        return self.consents is None or kind is None or kind in self.consents

    @property
    def postal_lines(self) -> tuple[str, ...]:
        """The address as on an envelope, without the name."""
        if not self.customer:
            return ()
        region = [self.customer.province, self.customer.city, self.customer.district]
        # Municipalities are province and city at once: 上海市上海市 is written once.
        place = "".join(part for i, part in enumerate(region) if part and part not in region[:i])
        lines = (place + (self.customer.address or ""), self.customer.postcode)
        return tuple(line for line in lines if line)

    def courtesy_name(self, language: str) -> str:
        """王女士 or Wang Xiaoming: how a text addresses this person."""
        if language == Language.ENGLISH:
            return (self.customer.name_en if self.customer else "") or self.name
        gender = self.customer.gender if self.customer else ""
        if not gender or "·" in self.name or not self.name:
            return self.name
        return self.name[0] + ("女士" if gender == Customer.Gender.FEMALE else "先生")


def recipients_of(cause: Cause, directory: Directory) -> list[Recipient]:
    """Everybody to tell, the main one first, nobody twice.

    The person whom the event names is the one; else everybody in the route's roles. Claim decisions go to the
    claimant alone; the dead are not written to; a minor's guardian, else the policyholder, receives in the minor's
    place (catalogue README, `recipients`). Empty where the route has no recipients, or where it can't be told which
    person is meant.
    """
    if not cause.event_type.recipients:
        return []
    if cause.member_id or cause.customer_id:
        return [replace(person, mobile=cause.mobile) for person in platform_recipient(cause, directory)]
    if cause.mobile:
        return [Recipient(role=cause.event_type.recipients[0], mobile=cause.mobile)]
    policy = directory.policies.get(cause.policy_no)
    concerned = people_concerned(cause, policy, directory)
    if concerned is None:
        return []
    found: dict[int, str] = {}
    for role, customer_id in concerned:
        person = receiving(directory.customers[customer_id], policy, directory)
        if person:
            found.setdefault(person.pk, role)
    told = [customer_recipient(pk, role, directory, named=pk == concerned[0][1]) for pk, role in found.items()]
    if policy and policy.agent_id and Role.AGENT in cause.event_type.recipients:
        agent = directory.agents[policy.agent_id]
        if agent.active:
            told.append(Recipient(role=Role.AGENT, agent=agent))
    return told


def people_concerned(cause: Cause, policy: PolicyPeople | None, directory: Directory) -> list[tuple[str, int]] | None:
    """(role, customer id) pairs before death and minority are looked at, the one whom the event's text names first.

    None where one person is meant and it can't be told who: then nobody else may hear of it.
    """
    roles = [role for role in cause.event_type.recipients if role != Role.AGENT]
    if cause.customer_no:
        named = directory.customer_ids_by_no.get(cause.customer_no)
        if not named:
            return None
        held = [role for role in roles if policy and named in policy.by_role.get(role, [])]
        return [(role, named) for role in (held or roles)[:1]]
    if not policy:
        return []
    if set(roles) == {Role.INSURED, Role.BENEFICIARY}:
        return claimant(policy, directory)
    return [(role, pk) for role in roles for pk in policy.by_role.get(role, [])]


def claimant(policy: PolicyPeople, directory: Directory) -> list[tuple[str, int]] | None:
    """The only living insured or, after the death of them all, the only beneficiary; None where there are several."""
    insured = [pk for pk in policy.by_role.get(Role.INSURED, []) if not directory.customers[pk].deceased_on]
    role = Role.INSURED if insured else Role.BENEFICIARY
    candidates = set(insured or policy.by_role.get(Role.BENEFICIARY, []))
    return None if len(candidates) > 1 else [(role, pk) for pk in candidates]


def receiving(person: Customer, policy: PolicyPeople | None, directory: Directory) -> Customer | None:
    """Who opens this person's mail: oneself, for a minor the guardian or policyholder, nobody for the dead."""
    if person.deceased_on:
        return None
    if not is_minor(person, timezone.localdate()):
        return person
    holders = policy.by_role.get(Role.POLICYHOLDER, []) if policy else []
    for pk in [person.guardian_id, *holders]:
        adult = directory.customers.get(pk) if pk else None
        if adult and not adult.deceased_on and not is_minor(adult, timezone.localdate()):
            return adult
    return None


def is_minor(person: Customer, today: date) -> bool:
    return person.birth_date is not None and age_on(person.birth_date, today) < ADULT_FROM


def platform_recipient(cause: Cause, directory: Directory) -> list[Recipient]:
    """The customer or member of a platform event, or whoever receives in the customer's place."""
    role = cause.event_type.recipients[0]
    member = directory.members[cause.member_id] if cause.member_id else None
    customer_id = cause.customer_id or (member.customer_id if member else None)
    if customer_id:
        policy = directory.policies.get(cause.policy_no)
        person = receiving(directory.customers[customer_id], policy, directory)
        return [customer_recipient(person.pk, role, directory, named=person.pk == customer_id)] if person else []
    assert member  # the caller looked
    return [
        Recipient(
            role=role,
            member=member,
            openid=directory.openids.get(member.pk, ""),
            consents=directory.consents[member.pk],
        )
    ]


def customer_recipient(customer_id: int, role: str, directory: Directory, *, named: bool) -> Recipient:
    member_id = directory.member_ids_by_customer.get(customer_id)
    return Recipient(
        role=role,
        customer=directory.customers[customer_id],
        member=directory.members[member_id] if member_id else None,
        openid=directory.openids.get(member_id, "") if member_id else "",
        preference=directory.preferences.get(customer_id),
        consents=directory.consents[member_id] if member_id else None,
        named=named,
    )
