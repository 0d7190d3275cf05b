"""What a member reads about a face check: hints before the camera, and why one did not pass."""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from members.face.seams import Reason

#: While the camera looks for a good picture.
HINTS: dict[str, Promise] = {
    Reason.NO_FACE: _(
        "We can't see your whole face. Take off mask, scarf and sunglasses, push back the hat, and hold the phone in "
        "front of you, at the height of your eyes."
    ),
    Reason.SEVERAL_FACES: _("There is more than one face in the picture. Please be alone before the camera."),
    Reason.TOO_FAR: _("Please come a little closer."),
    Reason.TOO_DARK: _("It is too dark. Turn towards a window or a lamp."),
    Reason.TOO_BRIGHT: _("It is too bright. Turn away from the light behind you."),
}
#: What happened, and what to do now. Nothing tells a forger which part of the check caught him.
NOT_RECOGNISED = _("We could not tell for certain that it is you.")
TRY_AGAIN = _("Take off hat, mask, scarf and sunglasses, find even light, and try again.")
MISSED = _("One of the movements was not to be seen clearly.")
SLOWER = _("Try again, and make each movement slowly and far enough.")
REFUSALS: dict[str, tuple[Promise, Promise]] = {
    **{hint: (words, TRY_AGAIN) for hint, words in HINTS.items()},
    Reason.NOT_DONE: (MISSED, SLOWER),
    Reason.SOMETHING_ELSE: (MISSED, SLOWER),
    Reason.TOO_LATE: (_("It took too long."), _("Try again, and follow each request within a few seconds.")),
    Reason.UNREADABLE: (_("The pictures of your camera could not be read."), _("Try again, or use another phone.")),
    Reason.GIVEN_UP: (_("The check was left before its end."), _("You can begin again at any time.")),
    Reason.NO_REFERENCE: (
        _("There is no photo of you that we could compare with."),
        _("Please come to a counter, or call us for a video appointment, with your document."),
    ),
    Reason.OUT_OF_SERVICE: (
        _("The check is out of service at the moment. It is not your fault, and was not counted."),
        _("Please try again in a few minutes."),
    ),
}


def refusal_words(reason: str) -> tuple[Promise, Promise]:
    """(why, what to do now) for a check that did not pass."""
    return REFUSALS.get(reason, (NOT_RECOGNISED, TRY_AGAIN))
