"""Who works at a provider's desk."""

import pgtrigger
from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from benefits.models.provider import Provider
from members.models import Member

NEVER_STAFF = """
    IF EXISTS (SELECT FROM members_member WHERE id = NEW.member_id AND (is_staff OR is_superuser)) THEN
        RAISE EXCEPTION 'staff of the insurer never work at a desk' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
"""


class DeskWorker(models.Model):
    """A member's account that also serves at one provider, and sees that provider's guests only.

    Added and taken away by the insurer's staff; never one of the insurer's staff.
    """

    member = models.OneToOneField(Member, models.PROTECT, related_name="desk", verbose_name=_("account"))
    provider = models.ForeignKey(Provider, models.PROTECT, related_name="desk_workers", verbose_name=_("provider"))
    since = models.DateTimeField(_("since"), db_default=Now())
    added_by = models.ForeignKey(Member, models.PROTECT, related_name="+")

    class Meta:
        verbose_name = _("worker at a desk")
        verbose_name_plural = _("workers at desks")
        default_permissions = ("view", "add", "delete")
        triggers = [
            pgtrigger.Trigger(
                name="never_staff",
                operation=pgtrigger.Insert | pgtrigger.Update,
                when=pgtrigger.Before,
                func=NEVER_STAFF,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.member_id} at {self.provider_id}"
