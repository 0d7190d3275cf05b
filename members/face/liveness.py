"""The local liveness check: did this very face, in space, do what was asked, and nothing else?"""

from collections.abc import Callable, Sequence

import numpy as np

from members.face.cues import Cues, Rest
from members.face.frames import Frame
from members.face.matching import distance_between
from members.face.protocol import TURNS, Action
from members.face.seams import Liveness, Reason
from members.face.sight import SeenFace
from members.face.thresholds import Thresholds, thresholds

#: Frames at the height of an action: an action is not one lucky frame.
HEIGHT = 3
#: Cue and sign of each action. A camera sees its subject unmirrored: the own left is the picture's right.
ACTIONS: dict[Action, tuple[str, int]] = {
    Action.TURN_LEFT: ("turn", 1),
    Action.TURN_RIGHT: ("turn", -1),
    Action.LOOK_DOWN: ("nod", 1),
    Action.LOOK_UP: ("nod", -1),
    Action.CLOSE_EYES: ("eyes", 1),
    Action.OPEN_MOUTH: ("mouth", 1),
}
IN_SPACE = frozenset({*TURNS, Action.LOOK_DOWN, Action.LOOK_UP})
READ: dict[str, Callable[[Cues], float]] = {
    "turn": lambda cues: cues.turn,
    "nod": lambda cues: cues.nod,
    "mouth": lambda cues: cues.mouth,
    "eyes": lambda cues: cues.skin - cues.eyes,
}


class Failed(Exception):
    def __init__(self, reason: Reason, scores: dict[str, float] | None = None) -> None:
        self.reason, self.scores = reason, scores or {}


class LocalLiveness:
    """By HOG, 68 points and two patches; about a second of processor time for 29 frames."""

    def check(self, windows: Sequence[Sequence[Frame]], challenge: Sequence[Action]) -> Liveness:
        """See LivenessCheck. The first fault found is the reason."""
        scores: dict[str, float] = {}
        try:
            return Liveness(None, portraits=self.examine(windows, challenge, scores), scores=scores)
        except Failed as failed:
            return Liveness(failed.reason, scores=scores | numbered("failed", failed.scores))

    def examine(
        self, windows: Sequence[Sequence[Frame]], challenge: Sequence[Action], scores: dict[str, float]
    ) -> list[Frame]:
        limits = thresholds()
        check_rest(windows[0], limits)
        rest_faces = [only_face(frame) for frame in windows[0]]
        rest = Rest([frame.grey for frame in windows[0]], rest_faces)
        portraits = [windows[0][-1]]
        for step, (frames, action) in enumerate(zip(windows[1:], challenge, strict=True), start=1):
            faces = [only_face(frame) for frame in frames]
            no_crowd(frames[len(frames) // 2])
            cues = [rest.compare(frame.grey, face) for frame, face in zip(frames, faces, strict=True)]
            scores |= numbered(step, judge(action, cues, faces, rest, limits))
            portraits.append(frames[suspect(cues, limits)])
            for frame in frames:
                frame.pack_up()
        one_person(portraits, limits, scores)
        return portraits


def numbered(step: int | str, scores: dict[str, float]) -> dict[str, float]:
    return {f"{step}.{name}": round(value, 3) for name, value in scores.items()}


def check_rest(frames: Sequence[Frame], limits: Thresholds) -> None:
    """What a member can put right: light, distance, company. Raises Failed."""
    for frame in frames:
        face = only_face(frame)
        if face.width < limits.picture.smallest_face_px:
            raise Failed(Reason.TOO_FAR)
        light = brightness(frame, face)
        if light < limits.picture.darkest:
            raise Failed(Reason.TOO_DARK)
        if light > limits.picture.brightest:
            raise Failed(Reason.TOO_BRIGHT)
    no_crowd(frames[0])


def guidance(frames: Sequence[Frame]) -> Reason | None:
    """What a member should put right before the actions begin, or None."""
    try:
        check_rest(frames, thresholds())
    except Failed as failed:
        return failed.reason
    return None


def only_face(frame: Frame) -> SeenFace:
    faces = frame.large_faces
    if len(faces) > 1:
        raise Failed(Reason.SEVERAL_FACES)
    if faces:
        return faces[0]
    if len(frame.faces) > 1:
        raise Failed(Reason.SEVERAL_FACES)
    if not frame.faces:
        raise Failed(Reason.TOO_DARK if frame.grey.mean() < thresholds().picture.darkest / 2 else Reason.NO_FACE)
    return frame.faces[0]


def no_crowd(frame: Frame) -> None:
    """Looks closely, for a smaller face beside the large one."""
    if len(frame.faces) > 1:
        raise Failed(Reason.SEVERAL_FACES)


def brightness(frame: Frame, face: SeenFace) -> float:
    top, right, bottom, left = face.box
    return float(frame.grey[max(top, 0) : bottom, max(left, 0) : right].mean())


def judge(
    action: Action, cues: Sequence[Cues], faces: Sequence[SeenFace], rest: Rest, limits: Thresholds
) -> dict[str, float]:
    """What was measured. Raises Failed unless this action was done, in space, and no other."""
    wanted, sign = ACTIONS[action]
    done = [sign * READ[wanted](each) for each in cues]
    scores = {wanted: at_height(done)}
    for cue, values in other_movements(wanted, done, cues).items():
        scores[f"other_{cue}"] = at_height(values)
        if scores[f"other_{cue}"] > limits.liveness.another[cue]:
            raise Failed(Reason.SOMETHING_ELSE, scores)
    if scores[wanted] < getattr(limits.liveness, wanted):
        raise Failed(Reason.NOT_DONE, scores)
    if action in IN_SPACE:
        strongest = sorted(range(len(done)), key=lambda at: done[at])[-HEIGHT:]
        scores["relief"] = rest.relief([faces[at] for at in strongest])
        if scores["relief"] <= limits.liveness.relief:
            raise Failed(Reason.FLAT, scores)
    return scores


def other_movements(wanted: str, done: Sequence[float], cues: Sequence[Cues]) -> dict[str, list[float]]:
    """Strength of what was not asked for, by cue and frame; the other direction is another movement, too."""
    others = {cue: [abs(READ[cue](each)) for each in cues] for cue in ("turn", "nod", "mouth") if cue != wanted}
    if wanted in ("turn", "nod"):
        others[wanted] = [-value for value in done]
    if wanted == "mouth":
        # Asked only while the head is still: a turned eye looks as changed as a closed one.
        others["eyes"] = [READ["eyes"](each) for each in cues]
    return others


def at_height(values: Sequence[float]) -> float:
    """Mean of the three highest."""
    return float(np.mean(sorted(values)[-HEIGHT:]))


def suspect(cues: Sequence[Cues], limits: Thresholds) -> int:
    """The frame that most likely shows somebody else: whose skin is least like that at rest, among those where the
    head is not far turned. A turned one is like nobody, so it would tell nothing.
    """
    near = [
        at
        for at, each in enumerate(cues)
        if abs(each.turn) < limits.liveness.turn and abs(each.nod) < limits.liveness.nod
    ]
    if near:
        return min(near, key=lambda at: cues[at].skin)
    return min(range(len(cues)), key=lambda at: abs(cues[at].turn) + abs(cues[at].nod))


def one_person(portraits: Sequence[Frame], limits: Thresholds, scores: dict[str, float]) -> None:
    """Each window's portrait against the one at rest."""
    at_rest, *later = [frame.encoding for frame in portraits]
    farthest = max(distance_between(at_rest, encoding, limits.matching) for encoding in later)
    scores["same_person"] = round(farthest, 3)
    if farthest > limits.matching.same_person:
        raise Failed(Reason.ANOTHER_PERSON)
