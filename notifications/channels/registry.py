"""Which provider serves a channel."""

from functools import cache

from notifications.channels import ChannelBackend
from notifications.models import Channel


@cache
def backend_of(channel: str) -> ChannelBackend:
    """The backend of a channel that is sent by a provider (the in-app inbox needs none). Raises KeyError."""
    from notifications.channels import eletter, letter, sms, wechat  # a worker loads what its channels need

    backends: dict[str, ChannelBackend] = {
        Channel.SMS: sms.backend(),
        Channel.WECHAT: wechat.backend(),
        Channel.ELETTER: eletter.backend(),
        Channel.LETTER: letter.backend(),
    }
    return backends[channel]
