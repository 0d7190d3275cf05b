"""How a visit was, in one tap and, if somebody likes, in words."""

from django import forms
from django.utils.translation import gettext_lazy as _

from benefits.actions.rate_visit import LONGEST_WORDS
from portal.booking_words import RATINGS

STAR, NO_STAR = "★", "☆"


def as_stars(rating: int) -> str:
    return STAR * rating + NO_STAR * (len(RATINGS) - rating)


class RatingForm(forms.Form):
    rating = forms.TypedChoiceField(
        choices=lambda: [(number, f"{as_stars(number)} {words}") for number, words in RATINGS],
        coerce=int,
        widget=forms.RadioSelect,
        label=_("How was it?"),
        error_messages={"required": _("Please choose one of the five.")},
    )
    words = forms.CharField(
        widget=forms.Textarea(attrs={"rows": 3}),
        max_length=LONGEST_WORDS,
        required=False,
        label=_("In your own words"),
        help_text=_("The provider's name is enough: please leave out what concerns your health."),
    )
