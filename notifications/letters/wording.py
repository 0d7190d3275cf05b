"""What stands on every letter besides its own text, in the letter's language."""

from datetime import date

from django.conf import settings
from django.utils import translation
from django.utils.translation import gettext as _

from notifications.display import written


def labels(language: str) -> dict[str, str]:
    """Fixed words of a letter by their place on the page. `page` keeps its placeholders for the typesetter."""
    with translation.override(language):
        return {
            "service": _("Customer Service"),
            "date": _("Date"),
            "reference": _("Reference"),
            "what_to_do": _("What you need to do"),
            "contact": _(
                "If you have any questions, please call our service hotline %(hotline)s, day and night, "
                "or sign in to the service portal."
            )
            % {"hotline": settings.HOTLINE},
            # Chinese letters end with the sender and the date alone.
            "closing": "" if language == "zh-hans" else _("Yours sincerely,"),
            "department": _("Customer Service"),
            "hotline_line": _("Service hotline %(hotline)s") % {"hotline": settings.HOTLINE},
            "signed": _("Electronically signed: any later change can be detected"),
            "page": _("Page {page} of {pages}"),
            "attached": _("The signed letter is attached as a PDF file."),
        }


def insurer(language: str) -> str:
    return settings.INSURER_NAME[language]


def dated(on: date, language: str) -> str:
    return written(on, language == "en", False)
