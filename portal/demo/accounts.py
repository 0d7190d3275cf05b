"""The demo's people: one of the staff, and members for some customers of the synthetic policy book."""

from django.db import transaction

from members.models import Customer, Member, Policy, PolicyRole, WeChatBinding

STAFF_MOBILE = "13800000000"
PASSWORD = "banyan-demo"  # noqa: S105  # printed at every start; production refuses to start with it
MEMBERS = 12
#: Two in three have the service account on their phone.
WITHOUT_WECHAT_EVERY = 3


@transaction.atomic
def make_accounts() -> None:
    """Makes whom is missing and leaves alone whoever is there."""
    if not Member.objects.with_mobile(STAFF_MOBILE).exists():
        Member.objects.create_superuser(STAFF_MOBILE, PASSWORD, name="演示员工")
    holders = Customer.objects.filter(
        kind=Customer.Kind.INDIVIDUAL,
        deceased_on=None,
        mobile_index__isnull=False,
        policy_roles__role=PolicyRole.Role.POLICYHOLDER,
        policy_roles__policy__status=Policy.Status.IN_FORCE,
    )
    for number, customer in enumerate(holders.order_by("customer_no").distinct()[:MEMBERS]):
        if Member.objects.filter(customer=customer).exists() or not customer.mobile:
            continue
        if Member.objects.with_mobile(customer.mobile).exists():
            continue
        member = Member.objects.create_user(
            customer.mobile,
            PASSWORD,
            name=customer.name,
            customer=customer,
            language=customer.language or "zh-hans",
        )
        if number % WITHOUT_WECHAT_EVERY:
            WeChatBinding.objects.create(
                member=member, appid="wx-banyan-demo", openid=f"o-{customer.customer_no}", unionid=customer.customer_no
            )
