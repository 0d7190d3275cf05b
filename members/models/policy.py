"""Products, policies and the people in them: a mirror of the insurer's core."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from members.fields import SealedTextField
from members.models.customer import Agent, Customer, Mirrored


class Product(Mirrored):
    """An insurance product. `core_updated_at` is never known: products.csv carries no time."""

    class Category(models.TextChoices):
        WHOLE_LIFE = "whole_life", _("whole life")
        TERM_LIFE = "term_life", _("term life")
        ENDOWMENT = "endowment", _("endowment")
        ANNUITY = "annuity", _("annuity")
        CRITICAL_ILLNESS = "critical_illness", _("critical illness")
        MEDICAL = "medical", _("medical")
        ACCIDENT = "accident", _("accident")

    class Design(models.TextChoices):
        TRADITIONAL = "traditional", _("traditional")
        PARTICIPATING = "participating", _("participating")
        UNIVERSAL = "universal", _("universal")
        UNIT_LINKED = "unit_linked", _("unit linked")

    class Term(models.TextChoices):
        LONG = "long", _("longer than a year")
        SHORT = "short", _("a year or less")

    product_code = models.CharField(_("product code"), max_length=20, unique=True)
    name_zh = models.CharField(_("Chinese name"), max_length=200)
    name_en = models.CharField(_("English name"), max_length=200)
    category = models.CharField(_("category"), max_length=20, choices=Category)
    design_type = models.CharField(_("design"), max_length=20, choices=Design)
    term = models.CharField(_("term"), max_length=5, choices=Term)
    attached_services = ArrayField(models.CharField(max_length=100), verbose_name=_("attached services"), default=list)

    class Meta:
        verbose_name = _("product")
        verbose_name_plural = _("products")

    def __str__(self) -> str:
        """In the reader's language."""
        return self.name_en if (get_language() or "").startswith("en") else self.name_zh


class Policy(Mirrored):
    class Status(models.TextChoices):
        IN_FORCE = "in_force", _("in force")
        GRACE = "grace", _("in its grace period")
        LAPSED = "lapsed", _("lapsed")
        PAID_UP = "paid_up", _("paid up")
        MATURED = "matured", _("matured")
        SURRENDERED = "surrendered", _("surrendered")
        TERMINATED = "terminated", _("terminated")
        CLAIMED = "claimed", _("ended by a claim")

    class Frequency(models.TextChoices):
        SINGLE = "single", _("single")
        ANNUAL = "annual", _("yearly")
        SEMIANNUAL = "semiannual", _("half-yearly")
        QUARTERLY = "quarterly", _("quarterly")
        MONTHLY = "monthly", _("monthly")

    class SalesChannel(models.TextChoices):
        AGENCY = "agency", _("agency")
        BANK = "bank", _("bank")
        BROKER = "broker", _("broker")
        DIRECT = "direct", _("direct")
        ONLINE = "online", _("online")

    #: Cover runs: the policy can be served, announced and counted.
    LIVE = (Status.IN_FORCE, Status.GRACE, Status.PAID_UP)

    policy_no = models.CharField(_("policy number"), max_length=20, unique=True)
    product = models.ForeignKey(Product, models.PROTECT, related_name="policies", verbose_name=_("product"))
    status = models.CharField(_("status"), max_length=12, choices=Status)
    applied_on = models.DateField(_("applied on"))
    effective_on = models.DateField(_("effective on"))
    delivered_on = models.DateField(_("delivered on"), null=True, blank=True)
    receipt_signed_on = models.DateField(_("receipt signed on"), null=True, blank=True)
    callback_done_on = models.DateField(_("callback done on"), null=True, blank=True)
    cooling_off_ends_on = models.DateField(_("cooling-off ends on"), null=True, blank=True)
    waiting_period_ends_on = models.DateField(_("waiting period ends on"), null=True, blank=True)
    guarantee_ends_on = models.DateField(_("guarantee ends on"), null=True, blank=True)
    annuity_starts_on = models.DateField(_("annuity starts on"), null=True, blank=True)
    proof_of_life_due_on = models.DateField(_("proof of life due on"), null=True, blank=True)
    expires_on = models.DateField(_("expires on"), null=True, blank=True)
    premium = models.DecimalField(_("premium"), max_digits=18, decimal_places=2)
    frequency = models.CharField(_("premium frequency"), max_length=10, choices=Frequency)
    premium_term_years = models.PositiveSmallIntegerField(_("premium term in years"))
    paid_to_on = models.DateField(_("next premium due on"), null=True, blank=True)
    premium_holiday_until = models.DateField(_("premium holiday until"), null=True, blank=True)
    lapsed_on = models.DateField(_("lapsed on"), null=True, blank=True)
    sum_assured = models.DecimalField(_("sum assured"), max_digits=18, decimal_places=2)
    cash_value = models.DecimalField(_("cash value"), max_digits=18, decimal_places=2, null=True, blank=True)
    account_value = models.DecimalField(_("account value"), max_digits=18, decimal_places=2, null=True, blank=True)
    loan_balance = models.DecimalField(_("loan balance"), max_digits=18, decimal_places=2, null=True, blank=True)
    loan_due_on = models.DateField(_("loan due on"), null=True, blank=True)
    premium_account = SealedTextField(_("premium account"), null=True, blank=True)
    agent = models.ForeignKey(
        Agent, models.PROTECT, null=True, blank=True, related_name="policies", verbose_name=_("agent")
    )
    sales_channel = models.CharField(_("sales channel"), max_length=10, choices=SalesChannel, blank=True)

    class Meta:
        verbose_name = _("policy")
        verbose_name_plural = _("policies")

    def __str__(self) -> str:
        return self.policy_no


class PolicyRole(models.Model):
    """A customer's part in a policy. Beneficiaries: shares add up to 100; none at all means the legal heirs."""

    class Role(models.TextChoices):
        POLICYHOLDER = "policyholder", _("policyholder")
        INSURED = "insured", _("insured")
        BENEFICIARY = "beneficiary", _("beneficiary")
        PAYER = "payer", _("payer")

    class Relation(models.TextChoices):
        SELF = "self", _("self")
        SPOUSE = "spouse", _("spouse")
        CHILD = "child", _("child")
        PARENT = "parent", _("parent")
        EMPLOYEE = "employee", _("employee")
        OTHER = "other", _("other")

    policy = models.ForeignKey(Policy, models.CASCADE, related_name="roles")
    customer = models.ForeignKey(Customer, models.PROTECT, related_name="policy_roles")
    role = models.CharField(max_length=12, choices=Role)
    relation = models.CharField(max_length=8, choices=Relation, blank=True)
    share = models.DecimalField(max_digits=5, decimal_places=2, null=True, blank=True)

    class Meta:
        verbose_name = _("role in a policy")
        verbose_name_plural = _("roles in policies")
        constraints = [
            models.UniqueConstraint(fields=["policy", "customer", "role"], name="policy_role_once"),
            models.UniqueConstraint(
                fields=["policy", "role"],
                condition=models.Q(role__in=["policyholder", "payer"]),
                name="policy_one_holder_one_payer",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.policy_id} {self.role}"
