"""People and companies that the insurer knows: a mirror of its core, fed by FEEDS (docs/feeds.md)."""

from django.db import models
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from members.fields import BlindIndexField, SealedTextField


class Language(models.TextChoices):
    CHINESE = "zh-hans", "简体中文"
    ENGLISH = "en", "English"

    @classmethod
    def current(cls) -> "Language":
        """The language of the page or answer that is being made."""
        return cls.ENGLISH if (get_language() or "").startswith("en") else cls.CHINESE


class Mirrored(models.Model):
    """A row that follows the insurer's core. `core_updated_at`: the core's own time of its newest change."""

    core_updated_at = models.DateTimeField(_("updated in the core"), null=True)

    class Meta:
        abstract = True


class Customer(Mirrored):
    """A person or company with one customer number for life, with or without a policy."""

    class Kind(models.TextChoices):
        INDIVIDUAL = "individual", _("individual")
        CORPORATE = "corporate", _("corporate")
        PROSPECT = "prospect", _("prospect")

    class Gender(models.TextChoices):
        FEMALE = "female", _("female")
        MALE = "male", _("male")

    class IdType(models.TextChoices):
        RESIDENT_ID = "resident_id", _("resident ID")
        PASSPORT = "passport", _("passport")
        HK_MACAO_PERMIT = "hk_macao_permit", _("Hong Kong or Macao permit")
        TAIWAN_PERMIT = "taiwan_permit", _("Taiwan permit")
        FOREIGN_PR_CARD = "foreign_pr_card", _("foreigner's permanent residence card")
        USCC = "uscc", _("unified social credit code")

    customer_no = models.CharField(_("customer number"), max_length=20, unique=True)
    kind = models.CharField(_("kind"), max_length=12, choices=Kind)
    name = models.CharField(_("name"), max_length=200)
    name_en = models.CharField(_("English name"), max_length=200, blank=True)
    gender = models.CharField(_("gender"), max_length=6, choices=Gender, blank=True)
    birth_date = models.DateField(_("birth date"), null=True, blank=True)
    id_type = models.CharField(_("document"), max_length=20, choices=IdType, blank=True)
    id_no = SealedTextField(_("document number"), null=True, blank=True)
    id_no_index = BlindIndexField(source="id_no", purpose="id_no", db_index=True)
    id_valid_to = models.DateField(_("document valid to"), null=True, blank=True)
    mobile = SealedTextField(_("mobile number"), null=True, blank=True)
    mobile_index = BlindIndexField(source="mobile", purpose="mobile", db_index=True)
    email = SealedTextField(_("e-mail"), null=True, blank=True)
    email_index = BlindIndexField(source="email", purpose="email", db_index=True)
    province = models.CharField(_("province"), max_length=100, blank=True)
    city = models.CharField(_("city"), max_length=100, blank=True)
    district = models.CharField(_("district"), max_length=100, blank=True)
    address = SealedTextField(_("address"), null=True, blank=True)
    postcode = models.CharField(_("postcode"), max_length=100, blank=True)
    language = models.CharField(_("language"), max_length=10, choices=Language, blank=True)
    eletter_consent = models.BooleanField(_("agrees to e-letters"), null=True, blank=True)
    guardian = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="wards", verbose_name=_("guardian")
    )
    deceased_on = models.DateField(_("deceased on"), null=True, blank=True)

    class Meta:
        verbose_name = _("customer")
        verbose_name_plural = _("customers")
        indexes = [models.Index(fields=["name"])]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(guardian__isnull=True) | ~models.Q(guardian=models.F("id")),
                name="customer_not_own_guardian",
            ),
            models.CheckConstraint(
                condition=models.Q(deceased_on__isnull=True)
                | models.Q(birth_date__isnull=True)
                | models.Q(deceased_on__gte=models.F("birth_date")),
                name="customer_death_after_birth",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} ({self.customer_no})"


class Agent(Mirrored):
    """A service agent of the insurer. `core_updated_at` is never known: agents.csv carries no time."""

    agent_no = models.CharField(_("agent number"), max_length=20, unique=True)
    name = models.CharField(_("name"), max_length=200)
    mobile = SealedTextField(_("mobile number"))
    mobile_index = BlindIndexField(source="mobile", purpose="mobile", db_index=True)
    email = SealedTextField(_("e-mail"), null=True, blank=True)
    branch = models.CharField(_("branch"), max_length=100)
    active = models.BooleanField(_("active"))

    class Meta:
        verbose_name = _("agent")
        verbose_name_plural = _("agents")

    def __str__(self) -> str:
        return f"{self.name} ({self.agent_no})"
