"""Where Wagtail's admin finds the staff's pages."""

from wagtail import hooks

from notifications.staff import NotificationsGroup


@hooks.register("register_admin_viewset")
def notifications() -> NotificationsGroup:
    return NotificationsGroup()
