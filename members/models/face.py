"""The face check: sessions, the little that is kept of them, reviews by people. No image of a decided case stays."""

from datetime import datetime, timedelta

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from members.crypto import keyed_hash
from members.entrances import Entrance
from members.fields import SealedBytesField, SealedJSONField
from members.models.customer import Customer
from members.models.member import Member

#: Evidence is destroyed so long after its review was asked for, decided or not.
EVIDENCE_LASTS = timedelta(days=30)
#: A picture that was sent is recognised for so long.
FRAMES_KNOWN_FOR = timedelta(days=30)


class FaceSessionQuerySet(models.QuerySet["FaceSession"]):
    def failed(self) -> "FaceSessionQuerySet":
        """What counts as an attempt that failed: not what we broke ourselves, nor what was given up."""
        return self.filter(outcome=FaceSession.Outcome.FAIL).exclude(reason__in=FaceSession.NOT_COUNTED)

    def undecided_for(self, span: timedelta) -> "FaceSessionQuerySet":
        """Complete for so long, and nobody has decided."""
        return self.filter(state=FaceSession.State.DECIDING, moved_at__lt=timezone.now() - span)


class FaceSession(models.Model):
    """One try before the camera. Numbers and reasons alone: no image, no encoding."""

    class State(models.TextChoices):
        CAPTURING = "capturing", _("before the camera")
        DECIDING = "deciding", _("being decided")
        DECIDED = "decided", _("decided")

    class Outcome(models.TextChoices):
        PASS = "pass", _("passed")
        REVIEW = "review", _("goes to people")
        FAIL = "fail", _("refused")

    OK = "ok"
    #: Reasons (members.face.seams.Reason) that are not the member's failure.
    NOT_COUNTED = ("out_of_service", "no_reference", "given_up")

    member = models.ForeignKey(Member, models.PROTECT, related_name="face_sessions", verbose_name=_("member"))
    nonce_digest = models.BinaryField(max_length=32, unique=True)
    challenge = ArrayField(models.CharField(max_length=20))
    entrance = models.CharField(_("entrance"), max_length=10, choices=Entrance)
    # What a pass may be used for (see Proof): a hash of the sign-in's session, and of the request it is to confirm.
    sign_in = models.CharField(max_length=64, blank=True)
    request = models.BinaryField(max_length=32, null=True)
    # The step that is expected next, and until when.
    step = models.PositiveSmallIntegerField(default=0)
    step_due_at = models.DateTimeField()
    state = models.CharField(_("state"), max_length=10, choices=State, default=State.CAPTURING)
    # What was to be put right before the actions begin (a Reason); OK once the face at rest was looked at.
    guidance = models.CharField(max_length=20, blank=True)
    outcome = models.CharField(_("outcome"), max_length=6, choices=Outcome, blank=True)
    reason = models.CharField(_("reason"), max_length=20, blank=True)
    thresholds_version = models.CharField(_("thresholds"), max_length=40, blank=True)
    distance = models.FloatField(_("distance"), null=True)
    scores = models.JSONField(default=dict)
    tries = models.PositiveSmallIntegerField(default=0)
    started_at = models.DateTimeField(_("started"), db_default=Now())
    moved_at = models.DateTimeField(db_default=Now())
    decided_at = models.DateTimeField(_("decided"), null=True)

    objects = FaceSessionQuerySet.as_manager()

    class Meta:
        verbose_name = _("face session")
        verbose_name_plural = _("face sessions")
        indexes = [models.Index(fields=["member", "-started_at"], name="face_session_newest")]
        constraints = [
            models.UniqueConstraint(
                fields=["member"], condition=~models.Q(state="decided"), name="face_session_one_at_a_time"
            ),
            models.CheckConstraint(
                condition=models.Q(state="decided", decided_at__isnull=False) & ~models.Q(outcome="")
                | ~models.Q(state="decided") & models.Q(outcome="", decided_at=None),
                name="face_session_decided_has_outcome",
            ),
            models.CheckConstraint(
                condition=models.Q(outcome__in=["", "pass"]) | ~models.Q(reason=""), name="face_session_says_why"
            ),
            models.CheckConstraint(
                condition=~models.Q(outcome="pass")
                | models.Q(distance__isnull=False) & ~models.Q(thresholds_version=""),
                name="face_session_pass_was_measured",
            ),
            models.CheckConstraint(
                condition=~models.Q(outcome="review") | models.Q(request=None), name="face_session_bound_is_decided"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.pk} {self.state} {self.outcome}"

    @property
    def asked(self) -> str:
        """The action that is asked for now; empty for the face at rest and when there is nothing more to do."""
        return self.challenge[self.step - 1] if 0 < self.step <= len(self.challenge) else ""


class FaceFrames(models.Model):
    """The pictures of one step on their way to the worker: sealed, in an unlogged table (they reach no log of the
    database, no replica, no backup by the log), gone with the decision. docs/decisions/ says why.
    """

    session = models.ForeignKey(FaceSession, models.CASCADE, related_name="frames")
    step = models.PositiveSmallIntegerField()
    # Several pictures in one value, see members.face.parcel.
    pictures = SealedBytesField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["session", "step"], name="face_frames_step_once")]

    def __str__(self) -> str:
        return f"{self.session_id} {self.step}"


class SeenFrame(models.Model):
    """A keyed hash of a picture that was sent: the same one again is a replay, in whatever session."""

    digest = models.BinaryField(max_length=32, primary_key=True)
    seen_at = models.DateTimeField(db_default=Now(), db_index=True)

    def __str__(self) -> str:
        return str(self.seen_at)


class ReferencePhoto(models.Model):
    """A photo of a customer, for the demo; sealed. Production asks an identity source (members.checks insists)."""

    customer = models.OneToOneField(Customer, models.CASCADE, related_name="reference_photo")
    photo = SealedBytesField()
    added_at = models.DateTimeField(db_default=Now())

    class Meta:
        verbose_name = _("reference photo")
        verbose_name_plural = _("reference photos")

    def __str__(self) -> str:
        return f"{self.customer_id}"


class FaceReviewQuerySet(models.QuerySet["FaceReview"]):
    def open(self) -> "FaceReviewQuerySet":
        return self.filter(decided_at=None)

    def overdue(self, now: datetime) -> "FaceReviewQuerySet":
        """Nobody decided until the evidence's day came."""
        return self.open().filter(destroy_on__lte=timezone.localdate(now))


class FaceReview(models.Model):
    """A session that people decide: two who say the same. `evidence`: pictures of the face and the reference photo
    ({"live": [base64…], "reference": base64}), until it is decided, and never beyond `destroy_on`.
    """

    session = models.OneToOneField(FaceSession, models.PROTECT, related_name="review", verbose_name=_("session"))
    evidence = SealedJSONField(null=True)
    destroy_on = models.DateField(_("evidence destroyed on"))
    opened_at = models.DateTimeField(_("opened"), db_default=Now())
    decided_at = models.DateTimeField(_("decided"), null=True)
    approved = models.BooleanField(_("approved"), null=True)

    objects = FaceReviewQuerySet.as_manager()

    class Meta:
        verbose_name = _("face review")
        verbose_name_plural = _("face reviews")
        constraints = [
            models.CheckConstraint(
                condition=models.Q(decided_at=None, approved=None, evidence__isnull=False)
                | models.Q(decided_at__isnull=False, approved__isnull=False, evidence__isnull=True),
                name="face_review_evidence_until_decided",
            )
        ]
        permissions = [("decide_facereview", _("Can decide face reviews"))]

    def __str__(self) -> str:
        return f"{self.session_id}"


class FaceReviewVote(models.Model):
    """What one person saw. Nobody votes twice on a review."""

    class Reason(models.TextChoices):
        SAME_PERSON = "same_person", _("the same person")
        OTHER_PERSON = "other_person", _("another person")
        NOT_LIVE = "not_live", _("not a live person")
        UNUSABLE = "unusable", _("the pictures tell nothing")

    review = models.ForeignKey(FaceReview, models.CASCADE, related_name="votes")
    by = models.ForeignKey(Member, models.PROTECT, related_name="+")
    approves = models.BooleanField()
    reason = models.CharField(max_length=20, choices=Reason)
    voted_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["review", "by"], name="face_review_one_vote_each"),
            models.CheckConstraint(
                condition=models.Q(approves=True, reason="same_person")
                | models.Q(approves=False) & ~models.Q(reason="same_person"),
                name="face_review_vote_has_its_reason",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.review_id} {self.reason}"


def nonce_digest(nonce: str) -> bytes:
    return keyed_hash(nonce.encode(), "face nonce")
