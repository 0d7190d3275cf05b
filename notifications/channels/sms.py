"""Text messages to a mobile number (E.164)."""

from notifications.channels import ChannelBackend
from notifications.channels.breaker import Guarded
from notifications.channels.http_provider import HttpProvider

NAME = "sandbox-sms"


def backend() -> ChannelBackend:
    return Guarded(HttpProvider(name=NAME, service="sms"))
