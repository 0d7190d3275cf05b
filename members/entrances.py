"""The ways into one member account."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Entrance(models.TextChoices):
    """Where a member, or staff for a member, did something."""

    WEB = "web", _("website")
    WECHAT = "wechat", _("WeChat")
    APP = "app", _("app")
    COUNTER = "counter", _("counter")
    HOTLINE = "hotline", _("hotline")
    VIDEO_CALL = "video_call", _("video call")
