from django.apps import AppConfig
from django.db.models.signals import post_migrate
from django.utils.translation import gettext_lazy as _


class NotificationsConfig(AppConfig):
    name = "notifications"
    verbose_name = _("Notifications")

    def ready(self) -> None:
        from notifications import consumer, own_data, receivers  # noqa: F401
        from notifications.roles import grant_notifications_permissions

        post_migrate.connect(grant_notifications_permissions, sender=self)
