"""Services without slots: somebody at a provider looks after a case until it is done."""

from datetime import datetime

import pgtrigger
from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from benefits.models.entitlement import Entitlement, of_its_customers_entitlement
from benefits.models.guest import FamilyGuest
from benefits.models.provider import ContractPrice, Provider
from members.fields import SealedTextField
from members.models import Customer, Member


class CaseQuerySet(models.QuerySet["Case"]):
    def open(self) -> "CaseQuerySet":
        return self.filter(state__in=Case.OPEN)

    def overdue(self, *, at: datetime) -> "CaseQuerySet":
        """The provider's turn, and its time is over."""
        return self.filter(state__in=[Case.State.ASKED, Case.State.TAKEN], due_at__lt=at)

    def of_service(self, entitlement: Entitlement) -> "CaseQuerySet":
        """The customer's, of the service, on whichever entitlement."""
        return self.filter(customer=entitlement.customer_id, entitlement__service=entitlement.service_id)

    def most_pressing_first(self) -> "CaseQuerySet":
        """By the clock; what has none behind the others, the oldest first."""
        return self.order_by(models.F("due_at").asc(nulls_last=True), "pk")


class Case(models.Model):
    """`customer`: whose entitlement it is. `guest`: for whom, None for the customer. `city`: where help is wanted.

    `owner`: who looks after it at the provider. `due_at`: until when the provider has to have taken it or be done with
    it (benefits.case_clock says which), None once what was promised is kept; the clock stands still while it is the
    member's turn (`paused_at`) and goes on where it stood. `overdue_told_at`: when its being late was announced. It
    holds one of its entitlement while it is open; done, or called off after it was taken, it counts as used.
    """

    class State(models.TextChoices):
        ASKED = "asked", _("sent to the provider")
        TAKEN = "taken", _("being looked after")
        MEMBERS_TURN = "members_turn", _("waiting for your answer")
        DONE = "done", _("done")
        CANCELLED = "cancelled", _("called off")
        CANCELLED_LATE = "cancelled_late", _("called off after it was begun")
        DECLINED = "declined", _("declined")

    OPEN = (State.ASKED, State.TAKEN, State.MEMBERS_TURN)
    #: What counts as used.
    SPENT = (State.DONE, State.CANCELLED_LATE)

    customer = models.ForeignKey(Customer, models.PROTECT, related_name="benefit_cases", verbose_name=_("customer"))
    member = models.ForeignKey(Member, models.PROTECT, related_name="benefit_cases", verbose_name=_("opened by"))
    guest = models.ForeignKey(FamilyGuest, models.PROTECT, null=True, blank=True, related_name="cases")
    entitlement = models.ForeignKey(Entitlement, models.PROTECT, related_name="cases")
    provider = models.ForeignKey(Provider, models.PROTECT, related_name="cases", verbose_name=_("provider"))
    owner = models.ForeignKey(
        Member, models.PROTECT, null=True, blank=True, related_name="owned_cases", verbose_name=_("looked after by")
    )
    contract_price = models.ForeignKey(ContractPrice, models.PROTECT, related_name="cases")
    price = models.DecimalField(_("price in CNY"), max_digits=10, decimal_places=2)
    city = models.CharField(_("city"), max_length=50, blank=True)
    state = models.CharField(_("state"), max_length=14, choices=State, default=State.ASKED)
    request_key = models.CharField(max_length=100)
    opened_at = models.DateTimeField(_("opened"))
    due_at = models.DateTimeField(_("due"), null=True, blank=True)
    overdue_told_at = models.DateTimeField(_("late since"), null=True, blank=True)
    paused_at = models.DateTimeField(_("waiting since"), null=True, blank=True)
    taken_at = models.DateTimeField(_("taken"), null=True, blank=True)
    ended_at = models.DateTimeField(_("ended"), null=True, blank=True)
    rating = models.PositiveSmallIntegerField(_("rating"), null=True, blank=True)
    rated_at = models.DateTimeField(_("rated"), null=True, blank=True)
    rating_words = SealedTextField(_("in the member's words"), null=True, blank=True)

    objects = CaseQuerySet.as_manager()

    class Meta:
        verbose_name = _("case")
        verbose_name_plural = _("cases")
        ordering = ["-opened_at"]
        default_permissions = ("view",)
        permissions = [
            ("open_case", _("Can open cases for members on the phone")),
            # Given to no role: it is about somebody's health.
            ("read_case", _("Can read what is said in cases")),
        ]
        constraints = [
            models.UniqueConstraint(fields=["customer", "request_key"], name="benefits_case_once_a_request"),
            models.CheckConstraint(
                condition=models.Q(state__in=["asked", "taken", "members_turn"], ended_at=None)
                | models.Q(state__in=["done", "cancelled", "cancelled_late", "declined"], ended_at__isnull=False),
                name="benefits_case_ends",
            ),
            models.CheckConstraint(
                condition=models.Q(state="members_turn", paused_at__isnull=False)
                | (~models.Q(state="members_turn") & models.Q(paused_at=None)),
                name="benefits_case_clock_stands_at_members_turn",
            ),
            models.CheckConstraint(
                condition=models.Q(rating=None, rated_at=None)
                # Of a NULL alone the range would say neither yes nor no, and the database takes that for a yes.
                | models.Q(rating__isnull=False, rating__range=(1, 5), rated_at__isnull=False, state="done"),
                name="benefits_rating_of_a_case",
            ),
            models.CheckConstraint(
                condition=models.Q(state__in=["asked", "cancelled", "declined"], taken_at=None, owner=None)
                | models.Q(taken_at__isnull=False, owner__isnull=False),
                name="benefits_case_taken_by_somebody",
            ),
        ]
        indexes = [
            models.Index(
                fields=["provider", "due_at"],
                condition=models.Q(state__in=["asked", "taken", "members_turn"]),
                name="benefits_case_open",
            ),
            models.Index(fields=["customer", "-opened_at"], name="benefits_case_of_customer"),
            models.Index(
                fields=["ended_at"],
                condition=models.Q(state__in=["done", "cancelled_late"]),
                name="benefits_case_spent",
            ),
            models.Index(fields=["rated_at"], condition=models.Q(rated_at__isnull=False), name="benefits_case_rated"),
            models.Index(
                fields=["due_at"],
                condition=models.Q(state__in=["asked", "taken"], overdue_told_at=None, due_at__isnull=False),
                name="benefits_case_to_be_late",
            ),
        ]
        triggers = [
            pgtrigger.Protect(name="never_deleted", operation=pgtrigger.Delete),
            pgtrigger.ReadOnly(
                name="keeps_what_it_is",
                fields=["customer", "guest", "entitlement", "provider", "contract_price", "price", "request_key"],
            ),
            of_its_customers_entitlement(),
            pgtrigger.Protect(
                name="ends_once",
                operation=pgtrigger.Update,
                condition=pgtrigger.Condition(
                    "OLD.state IN ('done', 'cancelled', 'cancelled_late', 'declined')"
                    " AND NEW.state IS DISTINCT FROM OLD.state"
                ),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.customer_id} {self.entitlement_id} {self.state}"


class Side(models.TextChoices):
    MEMBER = "member", _("member")
    PROVIDER = "provider", _("provider")


class CaseMessage(models.Model):
    """What the member or the provider wrote, each under a key of its writer's own.

    Nothing of it changes, but that `text` is erased with the account.
    """

    case = models.ForeignKey(Case, models.PROTECT, related_name="messages")
    side = models.CharField(_("by"), max_length=8, choices=Side)
    by = models.ForeignKey(Member, models.PROTECT, related_name="+")
    text = SealedTextField(_("text"), null=True)
    request_key = models.CharField(max_length=100)
    written_at = models.DateTimeField(_("written"))

    class Meta:
        verbose_name = _("message of a case")
        verbose_name_plural = _("messages of cases")
        default_permissions = ()
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["case", "side", "request_key"], name="benefits_message_once_a_request")
        ]
        triggers = [
            pgtrigger.Protect(name="never_deleted", operation=pgtrigger.Delete),
            pgtrigger.ReadOnly(name="stays_as_it_is", exclude=["text"]),
            pgtrigger.Protect(
                name="only_erased", operation=pgtrigger.Update, condition=pgtrigger.Condition("NEW.text IS NOT NULL")
            ),
        ]

    def __str__(self) -> str:
        return f"{self.case_id} {self.side}"


class NumberShowing(models.Model):
    """Whoever looks after a case was shown the number to call. Append-only."""

    case = models.ForeignKey(Case, models.PROTECT, related_name="number_showings")
    by = models.ForeignKey(Member, models.PROTECT, related_name="+")
    shown_at = models.DateTimeField(_("shown"), db_default=Now())

    class Meta:
        verbose_name = _("showing of a number")
        verbose_name_plural = _("showings of numbers")
        default_permissions = ()
        triggers = [pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete)]

    def __str__(self) -> str:
        return f"{self.case_id} {self.shown_at}"
