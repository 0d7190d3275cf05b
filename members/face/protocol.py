"""What a member is asked to do before the camera: first nothing, then three actions, one after the other."""

import secrets
from collections.abc import Collection, Sequence
from datetime import timedelta
from itertools import permutations

from django.db import models
from django.utils.translation import gettext_lazy as _


class Action(models.TextChoices):
    """Left and right are the member's own. Labels are what the member reads."""

    TURN_LEFT = "turn_left", _("Turn your head to the left")
    TURN_RIGHT = "turn_right", _("Turn your head to the right")
    LOOK_DOWN = "look_down", _("Lower your chin")
    LOOK_UP = "look_up", _("Raise your chin")
    CLOSE_EYES = "close_eyes", _("Close both eyes for a second")
    OPEN_MOUTH = "open_mouth", _("Open your mouth wide")


TURNS = frozenset({Action.TURN_LEFT, Action.TURN_RIGHT})
#: What not everybody can do: a member may leave these out.
MAY_BE_LEFT_OUT = frozenset({Action.CLOSE_EYES, Action.OPEN_MOUTH})
ACTIONS = 3
#: Step 0 is the face at rest; an action's number is its step.
STEPS = ACTIONS + 1
FEWEST_FRAMES, MOST_FRAMES = 4, 10

#: To find the place and the light; then for each action, from one step's arrival to the next one's.
FIRST_STEP_WITHIN = timedelta(seconds=120)
STEP_WITHIN = timedelta(seconds=20)
#: Nobody lowers a head and raises it again faster: what comes sooner was ready before it was asked for.
STEP_TAKES_AT_LEAST = timedelta(milliseconds=700)


def draw_challenge(without: Collection[Action] = ()) -> list[Action]:
    """Three different actions in a random order, at least one of them a turn of the head, from a secure source.

    `without`: actions of MAY_BE_LEFT_OUT that the member can't do. Raises ValueError for any other.
    """
    if not MAY_BE_LEFT_OUT.issuperset(without):
        raise ValueError("only closing the eyes and opening the mouth may be left out")
    possible = [
        choice
        for choice in permutations([action for action in Action if action not in without], ACTIONS)
        if TURNS.intersection(choice)
    ]
    return list(secrets.choice(possible))


def turns(challenge: Sequence[Action]) -> list[int]:
    """The steps at which the head turns."""
    return [step for step, action in enumerate(challenge, start=1) if action in TURNS]
