from django.apps import AppConfig
from django.db.models.signals import post_migrate
from django.utils.translation import gettext_lazy as _


class PointsConfig(AppConfig):
    name = "points"
    verbose_name = _("Points")

    def ready(self) -> None:
        from points import checks, closing, consumer, own_data, receivers  # noqa: F401
        from points.roles import grant_points_permissions

        post_migrate.connect(grant_points_permissions, sender=self)
