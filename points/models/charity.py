"""Whom members may give points to."""

from django.db import models
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _


class CharityProject(models.Model):
    """What members may give to. `charity`: who runs it and is paid."""

    name_zh = models.CharField(_("Chinese name"), max_length=100)
    name_en = models.CharField(_("English name"), max_length=100)
    charity = models.CharField(_("charity"), max_length=100)
    about_zh = models.TextField(_("Chinese description"), max_length=1000, blank=True)
    about_en = models.TextField(_("English description"), max_length=1000, blank=True)
    is_open = models.BooleanField(_("takes donations"), default=True)

    class Meta:
        verbose_name = _("charity project")
        verbose_name_plural = _("charity projects")
        default_permissions = ("add", "change", "view")
        ordering = ["-is_open", "name_zh"]

    def __str__(self) -> str:
        return self.name

    @property
    def name(self) -> str:
        return self.name_en if (get_language() or "").startswith("en") else self.name_zh
