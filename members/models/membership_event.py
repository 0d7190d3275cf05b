"""What a membership itself brings: platform events about a member, each raised once."""

import pgtrigger
from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from members.models.member import Member


class MembershipEvent(models.Model):
    """`code` is that of members/catalogue/platform_events.csv. `period` is what it is raised once in: a year, a day
    (2026-03-01) of Shanghai, or empty for once in a lifetime.

    Gone with the member's data: when a birthday was raised tells the birthday.
    """

    class Code(models.TextChoices):
        BIRTHDAY = "membership.birthday", _("birthday")
        ANNIVERSARY = "membership.anniversary", _("anniversary of the membership")
        PROFILE_COMPLETED = "membership.profile_completed", _("profile completed")
        SIGNED_IN_DAILY = "membership.signed_in_daily", _("daily sign-in")

    member = models.ForeignKey(Member, models.PROTECT, related_name="membership_events", verbose_name=_("member"))
    code = models.CharField(_("what happened"), max_length=40, choices=Code)
    period = models.CharField(max_length=10, blank=True)
    raised_at = models.DateTimeField(_("when"), db_default=Now())

    class Meta:
        verbose_name = _("membership event")
        verbose_name_plural = _("membership events")
        constraints = [models.UniqueConstraint(fields=["member", "code", "period"], name="membership_event_once")]
        # A rule of points is tried over the last so many days of them.
        indexes = [models.Index(fields=["code", "raised_at"], name="membership_event_by_moment")]
        triggers = [pgtrigger.ReadOnly(name="only_moved", exclude=["member"])]

    def __str__(self) -> str:
        return f"{self.member_id} {self.code} {self.period}"
