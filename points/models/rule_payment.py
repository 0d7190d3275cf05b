"""What a rule has paid to a member, for which cause: once."""

from collections.abc import Collection

import pgtrigger
from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from members.models import Member
from points.article_116 import forbidden_services
from points.models.earning_campaign import EarningCampaign
from points.models.earning_rule import EarningRule
from points.models.posting import Posting
from points.models.protection import AllOf

# The second of two people stands for what waited, and stays with it.
PAID_BY_ONE = """(
    NEW.state IN ('paid', 'taken_back') AND (
        OLD.state = 'waiting' AND NEW.decided_by_id IS NULL
        OR OLD.decided_by_id IS NOT NULL AND (NEW.approved_by_id, NEW.decided_by_id, NEW.decided_at)
            IS DISTINCT FROM (OLD.approved_by_id, OLD.decided_by_id, OLD.decided_at)
    )
)"""


class RulePaymentQuerySet(models.QuerySet["RulePayment"]):
    def counting(self) -> "RulePaymentQuerySet":
        """What caps and budgets count: what was paid and not taken back, and what is about to be paid."""
        return self.filter(state__in=[RulePayment.State.PAID, RulePayment.State.WAITING])

    def matching(self, keys: Collection[str]) -> "RulePaymentQuerySet":
        """What an event with one of these match keys takes back. Of a long list PostgreSQL doesn't see by itself that
        nothing in it is empty, and would pass over the index."""
        return self.filter(match_key__in=keys).exclude(match_key="")


class RulePayment(models.Model):
    """`points` are the rule's own, `bonus` what `campaign` added. `earned_on` is the day of Shanghai that caps count.

    `fact` is the event that happened; `cause` what may be paid once, the event or a digest of what it is about. Neither
    is paid twice: what a rule pays once for may change.
    Refused is also what was undone before it was told of (ReversalMark): it is recorded, so that it is never paid.
    `once_key`, `match_key` and `person` are keyed digests: equal where the values are, and nothing else can be told.
    """

    class State(models.TextChoices):
        WAITING = "waiting", _("waits for two people")
        PAID = "paid", _("paid")
        REFUSED = "refused", _("not paid")
        TAKEN_BACK = "taken_back", _("taken back")

    member = models.ForeignKey(Member, models.PROTECT, related_name="rule_payments", verbose_name=_("member"))
    rule = models.ForeignKey(EarningRule, models.PROTECT, related_name="payments", verbose_name=_("rule"))
    rule_version = models.PositiveIntegerField(_("version"))
    cause = models.CharField(max_length=110)
    fact = models.CharField(_("event"), max_length=110)
    service = models.CharField(_("service"), max_length=60, blank=True)
    points = models.BigIntegerField(_("points"))
    bonus = models.BigIntegerField(_("points of a campaign"), default=0)
    campaign = models.ForeignKey(
        EarningCampaign, models.PROTECT, null=True, related_name="payments", verbose_name=_("campaign")
    )
    occurred_at = models.DateTimeField(_("occurred"))
    earned_on = models.DateField(_("earned on"))
    available_at = models.DateTimeField(_("available from"), null=True)
    once_key = models.CharField(max_length=32, blank=True)
    match_key = models.CharField(max_length=32, blank=True)
    person = models.CharField(max_length=32, blank=True)
    state = models.CharField(_("state"), max_length=10, choices=State)
    posting = models.OneToOneField(Posting, models.PROTECT, null=True, related_name="rule_payment")
    recorded_at = models.DateTimeField(_("recorded"), db_default=Now())
    approved_by = models.ForeignKey(Member, models.PROTECT, null=True, related_name="+", verbose_name=_("approved by"))
    decided_by = models.ForeignKey(Member, models.PROTECT, null=True, related_name="+", verbose_name=_("decided by"))
    decided_at = models.DateTimeField(_("decided"), null=True)
    taken_back_at = models.DateTimeField(_("taken back"), null=True)
    taken_back_for = models.CharField(_("taken back for"), max_length=110, blank=True)
    taken_back_by = models.ForeignKey(
        Member, models.PROTECT, null=True, related_name="+", verbose_name=_("taken back by staff")
    )

    objects = RulePaymentQuerySet.as_manager()

    class Meta:
        verbose_name = _("payment of a rule")
        verbose_name_plural = _("payments of rules")
        permissions = [
            ("decide_rulepayment", _("Can approve large payments of rules")),
            ("take_back_rulepayment", _("Can take back what a rule has paid")),
        ]
        constraints = [
            models.UniqueConstraint(fields=["member", "rule", "cause"], name="rule_payment_once"),
            models.UniqueConstraint(fields=["member", "rule", "fact"], name="rule_payment_fact_once"),
            models.CheckConstraint(condition=models.Q(points__gt=0, bonus__gte=0), name="rule_payment_has_points"),
            models.CheckConstraint(
                condition=models.Q(campaign=None, bonus=0) | models.Q(campaign__isnull=False, bonus__gt=0),
                name="rule_payment_bonus_has_a_campaign",
            ),
            models.CheckConstraint(
                condition=models.Q(state__in=["waiting", "refused"], posting=None)
                | models.Q(state__in=["paid", "taken_back"], posting__isnull=False),
                name="rule_payment_has_its_posting",
            ),
            models.CheckConstraint(
                condition=models.Q(state="taken_back", taken_back_at__isnull=False)
                | ~models.Q(state="taken_back") & models.Q(taken_back_at=None, taken_back_for="", taken_back_by=None),
                name="rule_payment_taken_back_at",
            ),
            models.CheckConstraint(
                condition=models.Q(decided_by=None, decided_at=None)
                | models.Q(decided_at__isnull=False)
                & (
                    models.Q(state="refused")
                    | models.Q(approved_by__isnull=False) & ~models.Q(approved_by=models.F("decided_by"))
                ),
                name="rule_payment_takes_two",
            ),
            models.CheckConstraint(
                condition=~models.Q(service__in=sorted(forbidden_services())), name="rule_payment_article_116"
            ),
        ]
        indexes = [
            models.Index(fields=["rule", "member", "earned_on"], name="rule_payment_caps"),
            models.Index(fields=["rule", "earned_on"], name="rule_payment_by_day"),
            models.Index(fields=["person", "rule"], condition=~models.Q(person=""), name="rule_payment_of_person"),
            models.Index(fields=["match_key"], condition=~models.Q(match_key=""), name="rule_payment_match"),
            models.Index(fields=["state"], condition=models.Q(state="waiting"), name="rule_payment_waiting"),
        ]
        triggers = [
            pgtrigger.Protect(name="never_deleted", operation=pgtrigger.Delete),
            # A merged account's payments go with its points.
            pgtrigger.ReadOnly(
                name="keeps_what_was_paid",
                exclude=[
                    *("member", "state", "posting", "approved_by", "decided_by", "decided_at"),
                    *("taken_back_at", "taken_back_for", "taken_back_by"),
                ],
            ),
            pgtrigger.Protect(
                name="paid_by_two", operation=pgtrigger.Update, condition=pgtrigger.Condition(PAID_BY_ONE)
            ),
            pgtrigger.Protect(
                name="ends_once",
                operation=pgtrigger.Update,
                condition=AllOf(
                    pgtrigger.Q(old__state__in=["refused", "taken_back"]), pgtrigger.AnyChange(exclude=["member"])
                ),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.rule_id} {self.total}"

    @property
    def total(self) -> int:
        return self.points + self.bonus
