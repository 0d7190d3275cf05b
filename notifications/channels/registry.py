"""Which provider serves a channel."""

from functools import cache
from importlib import import_module

from notifications.channels import ChannelBackend
from notifications.models import Channel

MODULES = {
    Channel.SMS: "notifications.channels.sms",
    Channel.WECHAT: "notifications.channels.wechat",
    Channel.ELETTER: "notifications.channels.eletter",
    Channel.LETTER: "notifications.channels.letter",
}


@cache
def backend_of(channel: str) -> ChannelBackend:
    """The backend of a channel; the in-app inbox needs none. Raises KeyError.

    Imported when first used: a worker for text messages has no need of the typesetter's 60 MB.
    """
    backend: ChannelBackend = import_module(MODULES[Channel(channel)]).backend()
    return backend
