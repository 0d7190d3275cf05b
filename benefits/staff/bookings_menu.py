"""The menu "Visits": what members have booked, and what they say of it."""

from django.utils.translation import gettext_lazy as _
from wagtail.admin.viewsets.model import ModelViewSetGroup

from benefits.staff.bookings import BookingViewSet
from benefits.staff.satisfaction import SatisfactionViewSet


class VisitsGroup(ModelViewSetGroup):
    menu_label = _("Visits")
    menu_icon = "date"
    menu_name = "visits"
    menu_order = 207
    items = (BookingViewSet, SatisfactionViewSet)
