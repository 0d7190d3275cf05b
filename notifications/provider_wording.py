"""What channels record of a call, worded for staff: recorded in English or as a code, read in any language."""

from django.utils.translation import gettext_lazy as _

#: Recorded → said. What is not here (an SMTP code, an HTTP status) says itself.
WORDS = {
    "connection refused": _("connection refused"),
    "connection lost": _("connection lost"),
    "held back: provider paused": _("held back: provider paused"),
    "invalid_message": _("the provider takes this message for invalid"),
    "lost on the way, unknown to the provider": _("lost on the way, unknown to the provider"),
    "no answer for this message": _("no answer for this message"),
    "no answer in time": _("no answer in time"),
    "no connection in time": _("no connection in time"),
    "no postal address": _("no postal address"),
    "no provider is set up": _("no provider is set up"),
    "not an e-mail address": _("not an e-mail address"),
    "number_rejected": _("the provider refuses this number"),
    "receipt: not delivered": _("receipt: not delivered"),
    "refused by the provider": _("refused by the provider"),
    "the answer was lost and this provider can't tell what it did": _(
        "the answer was lost and this provider can't tell what it did"
    ),
    "the provider gave no result": _("the provider gave no result"),
    "the provider refuses the recipient": _("the provider refuses the recipient"),
    "unreadable answer": _("unreadable answer"),
}


def worded(detail: str) -> str:
    """In the reader's language where the words are known, else as it was recorded."""
    return str(WORDS.get(detail, detail))
