"""Why somebody does not work at a provider's desk."""

from django.utils.translation import gettext as _

from benefits.models.provider import Provider
from benefits.refusals.base import BenefitRefused


class NoSuchAccount(BenefitRefused):
    code = "no_such_account"

    def __str__(self) -> str:
        return _("No account has this mobile number. They sign in once with it, then you add them here.")


class StaffAtDesk(BenefitRefused):
    """Whoever pays a provider does not work there."""

    code = "staff_at_desk"

    def __str__(self) -> str:
        return _("This is an account of our own staff, who never work at a provider's desk.")


class WorksElsewhere(BenefitRefused):
    code = "works_elsewhere"

    def __init__(self, provider: Provider) -> None:
        super().__init__(provider.pk)
        self.provider = provider

    def __str__(self) -> str:
        return _("This account works at the desk of %(provider)s. Remove it there first.") % {
            "provider": self.provider.name
        }
