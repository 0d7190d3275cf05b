"""Where Wagtail's admin finds the staff's pages."""

from wagtail import hooks

from benefits.staff.bookings_menu import VisitsGroup


@hooks.register("register_admin_viewset")
def visits() -> VisitsGroup:
    return VisitsGroup()
