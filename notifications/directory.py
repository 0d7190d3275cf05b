"""The people that a batch of causes may concern, read with a fixed number of queries."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from django.conf import settings

from members.consents import MARKETING
from members.models import Agent, Consent, Customer, Member, Policy, PolicyRole, WeChatBinding
from notifications.causes import Cause
from notifications.models import Preference

# What recipients, addresses and letters need; document numbers stay sealed.
CUSTOMER_FIELDS = (
    "customer_no",
    "kind",
    "name",
    "name_en",
    "gender",
    "birth_date",
    "mobile",
    "email",
    "province",
    "city",
    "district",
    "address",
    "postcode",
    "language",
    "eletter_consent",
    "guardian_id",
    "deceased_on",
)


@dataclass(frozen=True)
class PolicyPeople:
    """Who stands in a policy: customer ids by role, and the agent."""

    by_role: dict[str, list[int]]
    agent_id: int | None


@dataclass
class Directory:
    policies: dict[str, PolicyPeople] = field(default_factory=dict)
    customers: dict[int, Customer] = field(default_factory=dict)
    customer_ids_by_no: dict[str, int] = field(default_factory=dict)
    members: dict[int, Member] = field(default_factory=dict)
    member_ids_by_customer: dict[int, int] = field(default_factory=dict)
    openids: dict[int, str] = field(default_factory=dict)
    agents: dict[int, Agent] = field(default_factory=dict)
    preferences: dict[int, Preference] = field(default_factory=dict)
    consents: dict[int, frozenset[str]] = field(default_factory=dict)

    @classmethod
    def of(cls, causes: Sequence[Cause]) -> "Directory":
        """Reads everybody whom the causes may concern."""
        directory = cls()
        if not any(cause.policy_no or cause.customer_id or cause.customer_no or cause.member_id for cause in causes):
            return directory  # one-time codes to bare numbers, which nobody may wait for
        directory.read_policies({cause.policy_no for cause in causes if cause.policy_no})
        ids = {cause.customer_id for cause in causes if cause.customer_id}
        ids.update(*(people for policy in directory.policies.values() for people in policy.by_role.values()))
        directory.read_members(Member.objects.filter(pk__in={c.member_id for c in causes if c.member_id}))
        ids |= {member.customer_id for member in directory.members.values() if member.customer_id}
        directory.read_customers(ids, {cause.customer_no for cause in causes if cause.customer_no})
        directory.read_members(Member.objects.filter(customer_id__in=directory.customers))
        directory.read_openids()
        directory.read_consents()
        directory.agents = Agent.objects.in_bulk({p.agent_id for p in directory.policies.values() if p.agent_id})
        directory.preferences = {
            preference.customer_id: preference
            for preference in Preference.objects.filter(customer_id__in=directory.customers)
        }
        return directory

    def read_policies(self, numbers: set[str]) -> None:
        agents = dict[int, tuple[str, int | None]]()
        for pk, number, agent_id in Policy.objects.filter(policy_no__in=numbers).values_list(
            "pk", "policy_no", "agent_id"
        ):
            agents[pk] = (number, agent_id)
        roles: dict[int, dict[str, list[int]]] = defaultdict(lambda: defaultdict(list))
        for policy_id, customer_id, role in (
            PolicyRole.objects.filter(policy_id__in=agents)
            .order_by("id")
            .values_list("policy_id", "customer_id", "role")
        ):
            roles[policy_id][role].append(customer_id)
        for pk, (number, agent) in agents.items():
            self.policies[number] = PolicyPeople(dict(roles[pk]), agent)

    def read_customers(self, ids: Iterable[int], numbers: set[str]) -> None:
        """Reads customers by id or number, and their guardians."""
        known = Customer.objects.only(*CUSTOMER_FIELDS)
        found = list(known.filter(pk__in=ids)) + list(known.filter(customer_no__in=numbers))
        guardians = {customer.guardian_id for customer in found if customer.guardian_id}
        found += known.filter(pk__in=guardians - {customer.pk for customer in found})
        for customer in found:
            self.customers[customer.pk] = customer
            self.customer_ids_by_no[customer.customer_no] = customer.pk

    def read_consents(self) -> None:
        """Reads what each member has agreed to, nothing included."""
        agreed: dict[int, set[str]] = {pk: set() for pk in self.members}
        live = Consent.objects.live().filter(member_id__in=agreed, kind__in=MARKETING.values())
        for member_id, kind in live.values_list("member_id", "kind"):
            agreed[member_id].add(kind)
        self.consents = {pk: frozenset(kinds) for pk, kinds in agreed.items()}

    def read_openids(self) -> None:
        """Reads where active members are reached at the insurer's service account, by their newest binding."""
        active = [member.pk for member in self.members.values() if member.is_active]
        self.openids = dict(
            WeChatBinding.objects.filter(member_id__in=active, appid=settings.WECHAT_APPID)
            .order_by("bound_at", "id")
            .values_list("member_id", "openid")
        )

    def read_members(self, members: Iterable[Member]) -> None:
        for member in members:
            self.members[member.pk] = member
            if member.customer_id:
                self.member_ids_by_customer[member.customer_id] = member.pk
