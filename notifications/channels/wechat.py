"""Template messages of the insurer's WeChat service account to an openid."""

from notifications.channels import ChannelBackend
from notifications.channels.breaker import Guarded
from notifications.channels.http_provider import HttpProvider

NAME = "sandbox-wechat"


def backend() -> ChannelBackend:
    return Guarded(HttpProvider(name=NAME, service="wechat"))
