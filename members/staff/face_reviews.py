"""Faces that no machine should decide about: compared by two people, each without knowing what the other said."""

import base64
from typing import Any, cast

import django_filters
from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import Count, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import URLPattern, path, reverse
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST
from wagtail.admin.filters import WagtailFilterSet
from wagtail.admin.ui.tables import Column, DateColumn, TitleColumn
from wagtail.admin.views import generic
from wagtail.permissions import register_permission_policy

from members.actions.decide_face_review import AlreadyDecided, SecondPersonNeeded, decide_face_review
from members.actions.show_face_review import FacePictures, show_face_review
from members.face.seams import Reason
from members.models import FaceReview, FaceReviewVote, Member
from members.staff import masking
from members.staff.permissions import OnlyActions, shown_to
from members.staff.showing import ShowingInspectView, ShowingViewSet

register_permission_policy(FaceReview, OnlyActions(FaceReview, actions={"view"}))
DECIDE = "members.decide_facereview"
SAME = FaceReviewVote.Reason.SAME_PERSON


class FaceReviewFilterSet(WagtailFilterSet):
    state = django_filters.ChoiceFilter(
        label=_("Decision"),
        choices=[("open", _("to be decided")), ("decided", _("decided"))],
        empty_label=_("All"),
        method="in_state",
    )

    class Meta:
        model = FaceReview
        fields = ["state"]

    def in_state(self, queryset: QuerySet[FaceReview], name: str, value: str) -> QuerySet[FaceReview]:
        return queryset.filter(decided_at__isnull=value == "open")


class FaceReviewIndex(generic.IndexView):
    any_permission_required = ("view",)
    page_title = _("Faces to compare")

    def get_base_queryset(self) -> QuerySet[FaceReview]:
        return FaceReview.objects.select_related("session__member").annotate(voices=Count("votes"))


def who(review: FaceReview) -> str:
    member = review.session.member
    return member.name or masking.phone(member.mobile)


def why(review: FaceReview) -> str:
    return str(Reason(review.session.reason).label)


def decision(review: FaceReview, voices: int) -> str:
    if review.approved is None:
        return _now("answers so far: %(voices)s; two alike decide") % {"voices": voices}
    return _now("the same person") if review.approved else _now("refused")


class VoteForm(forms.Form):
    reason = forms.ChoiceField(
        label=_("What do you see?"), choices=FaceReviewVote.Reason.choices, widget=forms.RadioSelect
    )


@method_decorator(never_cache, name="dispatch")
class FaceReviewPage(ShowingInspectView):
    template_name = "members/staff/face_review.html"
    page_title = _("Faces to compare")
    #: Put there by `look`.
    pictures: FacePictures | None = None

    def get_page_subtitle(self) -> str:
        return who(self.object)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        review: FaceReview = self.object
        voted = review.votes.filter(by=self.request.user.pk).exists()
        own = review.session.member_id == self.request.user.pk
        return super().get_context_data(
            review=review,
            why=why(review),
            decision=decision(review, review.votes.count()),
            voted=voted,
            own=own,
            may_look=not (review.decided_at or voted or own) and self.request.user.has_perm(DECIDE),
            pictures=self.pictures,
            live=[as_image(picture) for picture in self.pictures.live] if self.pictures else (),
            reference=as_image(self.pictures.reference) if self.pictures else "",
            form=VoteForm(),
            **kwargs,
        )


def as_image(picture: str) -> str:
    """Its address for a page: the picture itself, which has no other."""
    kind = "png" if base64.b64decode(picture[:12]).startswith(b"\x89PNG") else "jpeg"
    return f"data:image/{kind};base64,{picture}"


class LookView(FaceReviewPage):
    """The page with the pictures, once; that somebody looked is on record."""

    http_method_names = ["post"]

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        try:
            self.pictures = show_face_review(review=self.object, by=cast(Member, request.user))
        except AlreadyDecided:
            return already_decided(request, self.object.pk)
        return self.get(request, *args, **kwargs)


def already_decided(request: HttpRequest, pk: int) -> HttpResponse:
    messages.error(request, _now("Others have decided this in the meantime; the pictures are destroyed."))
    return redirect(reverse("face_reviews:inspect", args=[pk]))


@require_POST
def vote(request: HttpRequest, pk: int) -> HttpResponse:
    """`reason`: what this person sees."""
    review, form = get_object_or_404(FaceReview, pk=pk), VoteForm(request.POST)
    here = redirect(reverse("face_reviews:inspect", args=[pk]))
    if not request.user.has_perm(DECIDE):
        raise PermissionDenied
    if not form.is_valid():
        messages.error(request, _now("Say what you see, then send it."))
        return here
    reason = FaceReviewVote.Reason(form.cleaned_data["reason"])
    try:
        decided = decide_face_review(
            review=review, by=cast(Member, request.user), approves=reason == SAME, reason=reason
        )
    except AlreadyDecided:
        return already_decided(request, pk)
    except SecondPersonNeeded:
        messages.error(request, _now("You have said already what you see. Somebody else looks next."))
        return here
    if decided.decided_at:
        messages.success(request, _now("Decided. The member is told, and the pictures are destroyed."))
    else:
        messages.success(request, _now("Your answer is kept. One more person has to say the same."))
    return here


class FaceReviewViewSet(ShowingViewSet):
    model = FaceReview
    name = "face_reviews"
    url_prefix = "face-reviews"
    icon = "view"
    menu_label = _("Faces to compare")
    menu_name = "face-reviews"
    menu_order = 207
    add_to_admin_menu = True
    menu_item_class = shown_to(DECIDE)
    index_view_class, inspect_view_class = FaceReviewIndex, FaceReviewPage
    inspect_template_name = FaceReviewPage.template_name
    filterset_class = FaceReviewFilterSet
    # The open ones first, the oldest of them at the top: its evidence ends first.
    ordering = ("-decided_at", "pk")
    list_display = (
        TitleColumn("session", label=_("Member"), accessor=who, url_name="face_reviews:inspect"),
        Column("reason", label=_("Why people decide"), accessor=why),
        DateColumn("opened_at", label=_("Opened")),
        Column("destroy_on", label=_("Pictures destroyed on"), accessor="destroy_on.isoformat"),
        Column("approved", label=_("Decision"), accessor=lambda review: decision(review, review.voices)),
    )

    def get_urlpatterns(self) -> list[URLPattern]:
        look = self.construct_view(LookView, **self.get_inspect_view_kwargs())
        return [
            *super().get_urlpatterns(),
            path("<int:pk>/look/", look, name="look"),
            path("<int:pk>/vote/", vote, name="vote"),
        ]
