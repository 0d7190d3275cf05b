"""What a customer wants to hear of, and how. Mandatory events ignore it. What a member agreed to is a Consent."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _

from members.models import Customer
from notifications.models.event_type import Channel


class Preference(models.Model):
    customer = models.OneToOneField(Customer, models.CASCADE, related_name="notification_preference")
    channel_order = ArrayField(
        models.CharField(max_length=8, choices=Channel), verbose_name=_("preferred channels"), default=list, blank=True
    )
    refused_areas = ArrayField(
        models.CharField(max_length=30), verbose_name=_("areas not wanted"), default=list, blank=True
    )
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        verbose_name = _("notification preference")
        verbose_name_plural = _("notification preferences")

    def __str__(self) -> str:
        return str(self.customer_id)
