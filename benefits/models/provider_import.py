"""Files of the network of providers that staff uploaded."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from members.models import Delivery, DeliveryFile


class ProviderImport(Delivery):
    class Meta:
        verbose_name = _("import of providers")
        verbose_name_plural = _("imports of providers")
        default_permissions = ("add",)


class ProviderImportFile(DeliveryFile):
    delivery = models.ForeignKey(ProviderImport, models.CASCADE, related_name="files")

    class Meta:
        default_permissions = ()
        constraints = [models.UniqueConstraint(fields=["delivery", "name"], name="benefits_import_file_once")]
