"""What a device is called when its owner looks for it in a list."""

from django.utils.translation import gettext as _

#: In a User-Agent → what people call it; the first that is found. Names of makes are the same in every language.
DEVICES = (
    ("iPad", "iPad"),
    ("iPhone", "iPhone"),
    ("HarmonyOS", "HarmonyOS"),
    ("Android", "Android"),
    ("Windows", "Windows"),
    ("Mac OS X", "Mac"),
    ("Linux", "Linux"),
)
PROGRAMS = (
    ("MicroMessenger", "WeChat"),
    ("Edg/", "Edge"),
    ("Firefox/", "Firefox"),
    ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
)


def device_in_words(user_agent: str) -> str:
    """`iPhone, WeChat`, `Windows, Edge`; what nobody knows is an unknown device."""
    device = next((name for mark, name in DEVICES if mark in user_agent), "")
    program = next((name for mark, name in PROGRAMS if mark in user_agent), "")
    if program == "WeChat":
        program = _("WeChat")
    return _(", ").join(filter(None, [device, program])) or _("unknown device")
