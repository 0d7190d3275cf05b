"""The services that members are entitled to, and who is given how much of them."""

from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from benefits.models.tier import Tier
from members.models import Level, PolicyRole


class Shipped(models.Model):
    """A row of the catalogue that staff may set otherwise. `shipped`: what it said when it was last loaded, as JSON."""

    #: What staff may set otherwise; loading the catalogue again leaves that alone.
    SET_BY_STAFF: tuple[str, ...] = ()

    shipped = models.JSONField(default=dict)

    class Meta:
        abstract = True

    def as_shipped(self, name: str) -> Any:
        """A field as `shipped` keeps it."""
        value = getattr(self, name)
        return value if isinstance(value, str | int | list | None) else value.isoformat()

    @property
    def differences(self) -> dict[str, tuple[Any, Any]]:
        """What staff have set otherwise: field → what holds here, what is shipped."""
        pairs = {name: (self.as_shipped(name), self.shipped.get(name)) for name in self.SET_BY_STAFF}
        return {name: (ours, theirs) for name, (ours, theirs) in pairs.items() if ours != theirs}


class Service(Shipped):
    """What a provider does for a member (service_code of benefits.csv). Not the 83 self-services of the insurer."""

    SET_BY_STAFF = ("name_zh", "name_en", "lead_time", "required_level")

    class Mode(models.TextChoices):
        SLOT = "slot", _("booked for a time at a place")
        CASE = "case", _("opened as a case that somebody looks after")
        AUTOMATIC = "automatic", _("there without being asked for")

    class Unit(models.TextChoices):
        VISIT = "visit", _("visits")
        CALL = "call", _("calls")
        PACKAGE = "package", _("packages")
        CASE = "case", _("cases")
        SEAT = "seat", _("seats")
        ACCESS = "access", _("access")

    code = models.CharField(_("code"), max_length=40, unique=True)
    name_zh = models.CharField(_("Chinese name"), max_length=100)
    name_en = models.CharField(_("English name"), max_length=100)
    category = models.CharField(_("category"), max_length=20)
    mode = models.CharField(_("how it is used"), max_length=9, choices=Mode)
    unit = models.CharField(_("counted in"), max_length=7, choices=Unit)
    partner_kind = models.CharField(_("kind of provider"), max_length=20)
    #: ISO-8601 duration, e.g. P3D.
    lead_time = models.CharField(_("to be booked so long before"), max_length=10)
    required_level = models.PositiveSmallIntegerField(_("level needed"), choices=Level, default=Level.VERIFIED)

    class Meta:
        verbose_name = _("benefit service")
        verbose_name_plural = _("benefit services")
        default_permissions = ("view",)
        ordering = ["pk"]

    def __str__(self) -> str:
        return self.name

    @property
    def name(self) -> str:
        """In the reader's language."""
        return self.name_en if reads_english() else self.name_zh


class Allowance(Shipped):
    """A row of benefits.csv: how much of a service a tier or a product gives in a benefit year, and on which terms.

    `quota`: None is unlimited, with fair use. `family_quota`: how many of them may go to listed family members.
    `gap_days`: so many days lie between two visits. `cancel_hours`: cancelled later than so many hours before, a visit
    counts as used; 0 where the catalogue asks for none. `open_at_once`: how many may be under way, None for any number.
    `opens`, `closes`: hours of a service by telephone; both None is round the clock. `included`: what the package
    holds, in words. `after_waiting_period`: only once the policy's waiting period is over. `by_hotline`: nobody books
    it, the hotline opens it. `done_working_days`: the provider has so many.
    `in_covered_city`: only where a provider under contract has a site. `suspended_after` visits that were not
    kept, the service rests for `suspended_months`. `document`: what is to be handed in, in words. `words`: whatever no
    field can say.
    """

    SET_BY_STAFF = (
        *("quota", "family_quota", "family_relations", "gap_days", "cancel_hours", "min_age", "max_age"),
        *("open_at_once", "opens", "closes", "after_waiting_period", "by_hotline", "done_working_days"),
        *(
            "in_covered_city",
            "suspended_after",
            "suspended_months",
            "included_zh",
            "included_en",
            "document_zh",
            "document_en",
        ),
        *("words_zh", "words_en"),
    )

    service = models.ForeignKey(Service, models.PROTECT, related_name="allowances", verbose_name=_("service"))
    tier = models.CharField(_("tier"), max_length=13, choices=Tier, blank=True)
    product_code = models.CharField(_("product"), max_length=20, blank=True)
    quota = models.PositiveIntegerField(_("a year"), null=True, blank=True)
    family_quota = models.PositiveIntegerField(_("of them for family"), default=0)
    family_relations = ArrayField(
        models.CharField(max_length=8, choices=PolicyRole.Relation), verbose_name=_("for whom"), default=list
    )
    gap_days = models.PositiveSmallIntegerField(_("days between visits"), default=0)
    cancel_hours = models.PositiveSmallIntegerField(_("hours to cancel before"), default=0)
    min_age = models.PositiveSmallIntegerField(_("from age"), null=True, blank=True)
    max_age = models.PositiveSmallIntegerField(_("to age"), null=True, blank=True)
    open_at_once = models.PositiveSmallIntegerField(_("open at a time"), null=True, blank=True)
    opens = models.TimeField(_("from"), null=True, blank=True)
    closes = models.TimeField(_("to"), null=True, blank=True)
    included_zh = models.CharField(_("included, in Chinese"), max_length=200, blank=True)
    included_en = models.CharField(_("included, in English"), max_length=200, blank=True)
    after_waiting_period = models.BooleanField(_("after the waiting period"), default=False)
    by_hotline = models.BooleanField(_("opened by the hotline"), default=False)
    done_working_days = models.PositiveSmallIntegerField(_("working days until done"), null=True, blank=True)
    in_covered_city = models.BooleanField(_("in covered cities alone"), default=False)
    suspended_after = models.PositiveSmallIntegerField(_("suspended after visits not kept"), null=True, blank=True)
    suspended_months = models.PositiveSmallIntegerField(_("suspended for months"), null=True, blank=True)
    document_zh = models.CharField(_("to be handed in, in Chinese"), max_length=200, blank=True)
    document_en = models.CharField(_("to be handed in, in English"), max_length=200, blank=True)
    words_zh = ArrayField(models.CharField(max_length=200), verbose_name=_("other terms, in Chinese"), default=list)
    words_en = ArrayField(models.CharField(max_length=200), verbose_name=_("other terms, in English"), default=list)

    class Meta:
        verbose_name = _("allowance")
        verbose_name_plural = _("allowances")
        default_permissions = ("view", "change")
        constraints = [
            models.CheckConstraint(
                condition=models.Q(tier="") ^ models.Q(product_code=""), name="benefits_allowance_of_tier_or_product"
            ),
            models.UniqueConstraint(fields=["service", "tier", "product_code"], name="benefits_allowance_once"),
            models.CheckConstraint(
                condition=models.Q(quota=None) | models.Q(family_quota__lte=models.F("quota")),
                name="benefits_allowance_family_within_quota",
            ),
            models.CheckConstraint(
                condition=models.Q(suspended_after=None, suspended_months=None)
                | models.Q(suspended_after__gt=0, suspended_months__gt=0),
                name="benefits_allowance_suspends_for_a_time",
            ),
            models.CheckConstraint(
                condition=models.Q(words_zh__len=models.F("words_en__len")), name="benefits_allowance_in_both_languages"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.service.code} {self.tier or self.product_code}"

    @property
    def included(self) -> str:
        """In the reader's language."""
        return self.included_en if reads_english() else self.included_zh

    @property
    def document(self) -> str:
        """In the reader's language."""
        return self.document_en if reads_english() else self.document_zh

    @property
    def words(self) -> list[str]:
        """In the reader's language."""
        return self.words_en if reads_english() else self.words_zh


def reads_english() -> bool:
    return (get_language() or "").startswith("en")
