"""What every page knows."""

from django.conf import settings
from django.http import HttpRequest
from django.utils.translation import get_language


def brand(request: HttpRequest) -> dict[str, object]:
    """The insurer's name in the reader's language, the hotline, and whether this is the demo."""
    language = "en" if (get_language() or "").startswith("en") else "zh-hans"
    return {"insurer_name": settings.INSURER_NAME[language], "hotline": settings.HOTLINE, "demo": settings.DEMO}
