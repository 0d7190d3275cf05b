from django.apps import AppConfig
from django.db.models.signals import post_migrate
from django.utils.translation import gettext_lazy as _


class MembersConfig(AppConfig):
    name = "members"
    verbose_name = _("Members")

    def ready(self) -> None:
        from members import checks, receivers  # noqa: F401
        from members.roles import grant_members_permissions

        post_migrate.connect(grant_members_permissions, sender=self)
