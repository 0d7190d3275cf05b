"""Cues on faces that really move: portraits with the relief of a head, and prints without one."""

from itertools import cycle, islice

import numpy as np
import pytest

from members.face.cues import Rest
from members.face.frames import Frame
from members.face.liveness import LocalLiveness, guidance
from members.face.protocol import MAY_BE_LEFT_OUT, TURNS, Action, draw_challenge
from members.face.seams import Reason
from tests.face_sequences import COURSE, Camera, acting, neutral, person, print_of

ORDERS = [
    ["turn_left", "close_eyes", "look_up"],
    ["open_mouth", "turn_right", "look_down"],
]


def check(windows, actions):
    frames = [[Frame.of(pixels) for pixels in window] for window in windows]
    return LocalLiveness().check(frames, [Action(action) for action in actions])


@pytest.mark.parametrize("name", ["hopper", "collins"])
@pytest.mark.parametrize("actions", ORDERS, ids=" ".join)
def test_a_person_who_does_what_is_asked_is_alive(name, actions):
    answer = check(person(name, actions), actions)
    assert answer.reason is None, answer.scores
    assert len(answer.portraits) == 4


@pytest.mark.parametrize("name", ["hopper", "collins"])
@pytest.mark.parametrize("action", ["turn_left", "turn_right"])
def test_a_tilted_print_is_not(name, action):
    """Tilted by 40 degrees its nose does not come nearer to one jaw as a turned head's does."""
    actions = [action, "look_down", "look_up"]
    assert check(print_of(name, actions), actions).reason in (Reason.NOT_DONE, Reason.SOMETHING_ELSE, Reason.FLAT)


@pytest.mark.parametrize("name", ["hopper", "collins"])
def test_a_print_is_flat_whatever_the_angle(name):
    """Control of the relief alone: print and head are compared by nothing else."""
    windows = print_of(name, ["turn_left", "turn_right"])
    print_relief = heights(windows, ["turn_left", "turn_right"])
    head_relief = heights(person(name, ["turn_left", "turn_right"]), ["turn_left", "turn_right"])
    assert max(print_relief) <= 0.06 < min(head_relief)


def heights(windows, actions):
    """Relief at the height of each action, as the check measures it."""
    frames = [[Frame.of(pixels) for pixels in window] for window in windows]
    faces = [[frame.large_faces[0] for frame in window] for window in frames]
    rest = Rest([frame.grey for frame in frames[0]], faces[0])
    return [rest.relief(window[2:5]) for window in faces[1:]]


@pytest.mark.parametrize("asked", list(Action))
def test_each_action_is_told_from_the_others(asked):
    """Whoever does another thing than the one asked for, or nothing, has not done it."""
    camera = Camera(4)
    at_rest = neutral("collins", camera)
    for done in Action:
        windows = [at_rest, acting("collins", done, camera)]
        answer = check(windows, [asked])
        assert (answer.reason is None) == (asked == done), (asked, done, answer)


def test_nothing_done_is_not_done():
    camera = Camera(4)
    still = neutral("collins", camera, frames=8)
    for action in Action:
        assert check([neutral("collins", camera), still], [action]).reason == Reason.NOT_DONE


def test_two_actions_in_one_window_are_one_too_many():
    camera = Camera(4)
    both = [*acting("collins", "open_mouth", camera, COURSE[:6]), *acting("collins", "turn_left", camera, COURSE[:6])]
    windows = [neutral("collins", camera), both[::2] + both[1::2]]
    assert check(windows, ["open_mouth"]).reason == Reason.SOMETHING_ELSE
    assert check(windows, ["turn_left"]).reason == Reason.SOMETHING_ELSE


def test_another_face_half_way_is_another_person():
    actions = ["look_up", "turn_left", "open_mouth"]
    windows = person("collins", actions)
    windows[3] = person("hopper", actions)[3]
    answer = check(windows, actions)
    assert answer.reason in (Reason.ANOTHER_PERSON, Reason.SOMETHING_ELSE)


def test_another_face_at_the_end_of_a_window_is_another_person():
    """Each movement is right; what the head does at rest again is somebody else's."""
    actions = ["turn_left", "look_up", "open_mouth"]
    windows = person("collins", actions)
    windows[1] = [*windows[1][:-2], *neutral("hopper", Camera(3), frames=2)]
    assert check(windows, actions).reason == Reason.ANOTHER_PERSON


def test_two_faces_are_one_too_many():
    actions = ORDERS[0]
    windows = person("collins", actions)
    small = windows[0][0][:, 160:500][::3, ::3]
    for number, frame in enumerate(windows[0]):
        windows[0][number] = frame.copy()
        windows[0][number][320:, :114] = small
    double = np.concatenate([windows[0][0][:, 160:480]] * 2, axis=1)
    assert check([[double] * 5, *windows[1:]], actions).reason == Reason.SEVERAL_FACES


@pytest.mark.parametrize(
    ("spoil", "reason"),
    [
        (lambda frame: (frame * 0.12).astype(np.uint8), Reason.TOO_DARK),
        (lambda frame: (230 + frame * 0.1).astype(np.uint8), Reason.TOO_BRIGHT),
        (lambda frame: np.full_like(frame, 128), Reason.NO_FACE),
        (lambda frame: np.pad(frame[::3, ::3], ((160, 160), (213, 213), (0, 0)), mode="edge"), Reason.TOO_FAR),
    ],
    ids=["dark", "bright", "nobody", "far"],
)
def test_guidance_says_what_to_put_right(spoil, reason):
    frames = neutral("collins", Camera(1))
    assert guidance([Frame.of(frame) for frame in frames]) is None
    assert guidance([Frame.of(spoil(frame)) for frame in frames]) == reason


def test_challenges_hold_a_turn_and_leave_out_what_somebody_cannot_do():
    drawn = [draw_challenge() for _ in range(500)]
    assert all(len(set(each)) == 3 and TURNS & set(each) for each in drawn)
    assert len({tuple(each) for each in drawn}) > 60
    assert not any(MAY_BE_LEFT_OUT & set(each) for each in (draw_challenge(MAY_BE_LEFT_OUT) for _ in range(100)))
    with pytest.raises(ValueError, match="only closing"):
        draw_challenge([Action.TURN_LEFT])


def test_frames_shuffled_within_a_film_are_refused_by_order():
    """A film of the right actions in another order is no answer."""
    film = person("hopper", ORDERS[0])
    asked = list(islice(cycle(ORDERS[0]), 1, 4))
    assert check(film, asked).reason in (Reason.NOT_DONE, Reason.SOMETHING_ELSE)
