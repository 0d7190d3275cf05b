from django.apps import AppConfig
from django.db.models.signals import post_migrate
from django.utils.translation import gettext_lazy as _


class MembersConfig(AppConfig):
    name = "members"
    verbose_name = _("Members")

    def ready(self) -> None:
        from members import checks, receivers  # noqa: F401
        from members.ignoring import obey_the_owner
        from members.roles import grant_members_permissions

        post_migrate.connect(obey_the_owner, sender=self)
        post_migrate.connect(grant_members_permissions, sender=self)
