"""The menu "Customers": who the insurer's core knows, and how that comes in."""

from django.utils.translation import gettext_lazy as _
from wagtail.admin.viewsets.model import ModelViewSetGroup

from members.staff.book_imports import BookImportViewSet
from members.staff.customers import CustomerViewSet
from members.staff.policies import PolicyViewSet


class CustomersGroup(ModelViewSetGroup):
    menu_label = _("Customers")
    menu_icon = "group"
    menu_name = "customers"
    menu_order = 210
    items = (CustomerViewSet, PolicyViewSet, BookImportViewSet)
