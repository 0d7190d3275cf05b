"""The cast of the tests: a customer, a policy, a member, an agent, as ordinary as can be."""

from datetime import UTC, date, datetime
from decimal import Decimal

import factory
from django.utils import timezone
from factory.django import DjangoModelFactory

from members.actions.give_consent import give_consent
from members.consents import NEEDED, current_version
from members.entrances import Entrance
from members.models import Agent, Customer, Member, Policy, PolicyEvent, PolicyRole, Product, WeChatBinding


class CustomerFactory(DjangoModelFactory):
    class Meta:
        model = Customer

    class Params:
        reachable = factory.Trait(
            mobile=factory.Sequence(lambda n: f"+86138{n:08d}"),
            email=factory.Sequence(lambda n: f"customer{n}@example.com"),
            eletter_consent=True,
            address="世纪大道100号",
        )

    customer_no = factory.Sequence(lambda n: f"C{n:09d}")
    kind = Customer.Kind.INDIVIDUAL
    name = "王小明"
    language = "zh-hans"
    birth_date = date(1980, 5, 17)
    province, city, district, postcode = "上海市", "上海市", "浦东新区", "200120"
    core_updated_at = datetime(2026, 1, 1, tzinfo=UTC)


class AgentFactory(DjangoModelFactory):
    class Meta:
        model = Agent

    agent_no = factory.Sequence(lambda n: f"A{n:06d}")
    name = "李明"
    mobile = factory.Sequence(lambda n: f"+86139{n:08d}")
    branch = "上海分公司"
    active = True


class ProductFactory(DjangoModelFactory):
    class Meta:
        model = Product
        django_get_or_create = ("product_code",)

    product_code = "CI_LIFE"
    name_zh = "康护终身重疾保险"
    name_en = "Lifetime critical illness"
    category = Product.Category.CRITICAL_ILLNESS
    design_type = Product.Design.TRADITIONAL
    term = Product.Term.LONG


class PolicyFactory(DjangoModelFactory):
    """An in-force annual policy. `PolicyFactory(policyholder=…)` gives it a holder, who is the insured, too."""

    class Meta:
        model = Policy
        skip_postgeneration_save = True

    policy_no = factory.Sequence(lambda n: f"P{n:011d}")
    product = factory.SubFactory(ProductFactory)
    status = Policy.Status.IN_FORCE
    applied_on = date(2024, 3, 1)
    effective_on = date(2024, 3, 10)
    premium = Decimal("6800.00")
    frequency = Policy.Frequency.ANNUAL
    premium_term_years = 20
    paid_to_on = date(2027, 3, 10)
    sum_assured = Decimal("300000.00")
    core_updated_at = datetime(2026, 1, 1, tzinfo=UTC)

    @factory.post_generation
    def policyholder(self, create, extracted, **kwargs):
        if extracted:
            PolicyRole.objects.create(policy=self, customer=extracted, role=PolicyRole.Role.POLICYHOLDER)
            PolicyRole.objects.create(policy=self, customer=extracted, role=PolicyRole.Role.INSURED, relation="self")


class MemberFactory(DjangoModelFactory):
    """`MemberFactory(agrees=True)` has agreed to what an account rests on, and may go on to its pages."""

    class Meta:
        model = Member
        skip_postgeneration_save = True

    mobile = factory.Sequence(lambda n: f"+86137{n:08d}")
    name = "王小明"

    @factory.post_generation
    def agrees(self, create, extracted, **kwargs):
        for kind in NEEDED if extracted else ():
            give_consent(
                member=self, kind=kind, version=current_version(kind), language="zh-hans", entrance=Entrance.WEB
            )


class WeChatBindingFactory(DjangoModelFactory):
    class Meta:
        model = WeChatBinding

    member = factory.SubFactory(MemberFactory)
    appid = "wx-banyan-demo"
    openid = factory.Sequence(lambda n: f"openid-{n}")
    unionid = factory.Sequence(lambda n: f"unionid-{n}")


class PolicyEventFactory(DjangoModelFactory):
    """A published event. `xid` is any past transaction."""

    class Meta:
        model = PolicyEvent

    source = "/core/policy-admin"
    event_id = factory.Sequence(lambda n: f"core-{n:06d}")
    type = "renewal.premium_due_30d"
    subject_kind = PolicyEvent.SubjectKind.POLICY
    subject = factory.LazyAttribute(lambda event: event.data.get("policy_no", "P"))
    occurred_at = factory.LazyFunction(timezone.now)
    fingerprint = b"0" * 32
    state = PolicyEvent.State.PUBLISHED
    shard = 0
    xid = 1

    @factory.lazy_attribute
    def data(self):
        return {"policy_no": "P1", "customer_name": "王先生", "premium": "6800.00", "due_date": "2026-12-31"}
