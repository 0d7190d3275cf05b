"""What is wrong with a text, said to somebody who writes texts and doesn't program."""

import re

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from notifications.liquid import TemplateFault

#: What the parser says → what it means; the first that fits. `what` is the word in question.
MEANINGS = [
    (re.compile(r"expected '}}'"), gettext_noop("“{{” has no closing “}}”.")),
    (re.compile(r"missing tag name or closing delimiter|expected '%}'"), gettext_noop("“{%%” has no closing “%%}”.")),
    (
        re.compile(r"expected tag (?P<what>end\w+)|unexpected tag 'end of expression'"),
        gettext_noop("A block that begins here has no end, such as {%% endif %%}."),
    ),
    (re.compile(r"unexpected tag '(?P<what>[^']+)'"), gettext_noop("“%(what)s” is not possible here.")),
    (re.compile(r"unknown filter '(?P<what>[^']+)'"), gettext_noop("There is no filter “%(what)s”.")),
    (re.compile(r"'(?P<what>[^']+)' is undefined"), gettext_noop("“%(what)s” has no value.")),
    (re.compile(r"OutputStreamLimitError"), gettext_noop("The text becomes too long.")),
]
ANYTHING_ELSE = gettext_noop("What stands in the braces can't be understood.")


def described(fault: TemplateFault) -> str:
    """In the reader's language, with the line where it is known."""
    meaning, what = ANYTHING_ELSE, ""
    for pattern, message in MEANINGS:
        if found := pattern.search(fault.message):
            meaning, what = message, found.groupdict().get("what") or ""
            break
    said = _(meaning) % {"what": what}
    return said if fault.line is None else _("Line %(line)s: %(fault)s") % {"line": fault.line, "fault": said}
