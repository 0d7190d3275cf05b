"""The demo's people: staff, somebody at a desk, members for some customers of the policy book, a key for the core."""

from allauth.socialaccount.models import SocialAccount
from django.contrib.auth.models import Group
from django.db import transaction
from django.utils import translation

from members.actions.give_consent import give_consent
from members.actions.issue_api_key import issue_api_key
from members.consents import MARKETING, NEEDED, current_version
from members.entrances import Entrance
from members.models import Customer, Member, Policy, PolicyRole, Scope, WeChatBinding
from members.roles import Role
from members.signin.wechat.identity import PROVIDER
from notifications.models import Channel, Preference
from portal.demo.family import HOLDER_NO, INSURED_NO

STAFF_MOBILE = "13800000000"
#: One more of the staff for each role, to see what that role sees.
STAFF_OF_ROLES = {f"1380000000{number}": role for number, role in enumerate(Role, 1)}
#: Somebody at a provider's desk, who is no staff.
DESK_MOBILE = "13800000009"
# Printed at every start; production refuses to start with it, and to issue a key that somebody chose.
PASSWORD = "banyan-demo"  # noqa: S105
API_KEY = "banyan-demo-key-of-the-core"
MEMBERS = 12
#: Two in three have the service account on their phone.
WITHOUT_WECHAT_EVERY = 3


@transaction.atomic
def make_accounts() -> None:
    """Makes whom is missing and leaves alone whoever is there."""
    if not Member.objects.with_mobile(STAFF_MOBILE).exists():
        Member.objects.create_superuser(STAFF_MOBILE, PASSWORD, name="演示员工")
    for mobile, role in STAFF_OF_ROLES.items():
        if not Member.objects.with_mobile(mobile).exists():
            worker = Member.objects.create_user(mobile, PASSWORD, name=name_of(role), is_staff=True)
            worker.groups.add(Group.objects.get(name=role.value))
    if not Member.objects.with_mobile(DESK_MOBILE).exists():
        agree(Member.objects.create_user(DESK_MOBILE, PASSWORD, name="演示前台"), at=Entrance.WEB)
    issue_api_key(name="Demo: the insurer's core", scopes=[Scope.EVENTS_WRITE], chosen=API_KEY)
    holder = Customer.objects.get(customer_no=HOLDER_NO)
    make_member(holder, wechat=True)
    Preference.objects.get_or_create(customer=holder, defaults={"channel_order": [Channel.WECHAT, Channel.SMS]})
    for number, customer in enumerate(policyholders()):
        make_member(customer, wechat=bool(number % WITHOUT_WECHAT_EVERY))


def name_of(role: Role) -> str:
    with translation.override("zh-hans"):
        return f"演示{role.label}"


def policyholders() -> list[Customer]:
    """The first living people of the book with a policy in force and a mobile of their own."""
    found = Customer.objects.filter(
        kind=Customer.Kind.INDIVIDUAL,
        deceased_on=None,
        mobile_index__isnull=False,
        policy_roles__role=PolicyRole.Role.POLICYHOLDER,
        policy_roles__policy__status=Policy.Status.IN_FORCE,
    )
    return list(found.exclude(customer_no=INSURED_NO).order_by("customer_no").distinct()[:MEMBERS])


def make_member(customer: Customer, *, wechat: bool) -> None:
    """An account with the customer's own mobile and no password, unless the customer or the mobile has one."""
    assert customer.mobile
    if Member.objects.filter(customer=customer).exists() or Member.objects.with_mobile(customer.mobile).exists():
        return
    member = Member.objects.create_user(
        customer.mobile, None, name=customer.name, customer=customer, language=customer.language or "zh-hans"
    )
    agree(member, at=Entrance.WECHAT if wechat else Entrance.WEB)
    if wechat:
        SocialAccount.objects.create(user=member, provider=PROVIDER, uid=customer.customer_no)
        WeChatBinding.objects.create(
            member=member, appid="wx-banyan-demo", openid=f"o-{customer.customer_no}", unionid=customer.customer_no
        )


def agree(member: Member, *, at: Entrance) -> None:
    """As on the sign-up page, with all ticked: the demo is to show every message."""
    for kind in (*NEEDED, *MARKETING.values()):
        version = current_version(kind)
        give_consent(member=member, kind=kind, version=version, language=member.language, entrance=at)
