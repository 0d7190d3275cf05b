from django.apps import AppConfig
from django.db.models.signals import post_migrate
from django.utils.translation import gettext_lazy as _


class BenefitsConfig(AppConfig):
    name = "benefits"
    verbose_name = _("Benefits")

    def ready(self) -> None:
        from benefits import case_data, checks, kept_facts, own_data, receivers, visit_data  # noqa: F401
        from benefits.roles import grant_benefits_permissions

        post_migrate.connect(grant_benefits_permissions, sender=self)
