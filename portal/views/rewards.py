"""The rewards, one of them, and redeeming it: chosen, confirmed, and then it has an address of its own."""

from dataclasses import dataclass, replace

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import cache_control, never_cache
from django.views.decorators.http import require_http_methods, require_safe

from members.assurance import AssuranceRefused, FactorNeeded, require_assurance
from members.models import Member
from members.phone import NotAMobileNumber, mask
from members.queries import level_of
from members.signin.origins import context_of
from points.actions.redeem_reward import redeem_reward
from points.models import CharityProject, Reward
from points.queries import balance_of
from points.refusals import LedgerRefusal
from points.rewards import rules
from points.rewards.offers import Offer, good_until, offers_for
from points.rewards.refusals import NotOffered, PriceChanged, RewardRefused
from points.terms import cost
from portal.assured import refused
from portal.redeeming import Choice, ChoiceForm, keep, kept, tier_now
from portal.refusals import words_for
from portal.reward_words import DELIVERED, ICONS, KINDS, explained, in_short, often, title, way, why_not
from portal.visitors import member_of

Kind, Fulfilment = Reward.Kind, Reward.Fulfilment


@dataclass(frozen=True)
class Shown:
    """An offer with its words."""

    offer: Offer
    icon: str
    obstacle: str
    often: str


@never_cache
@require_safe
@login_required
def rewards(request: HttpRequest) -> HttpResponse:
    """By kind; of one `kind` alone, or only what can be had now (`now=1`)."""
    kind, only_now = request.GET.get("kind", ""), request.GET.get("now") == "1"
    if kind and kind not in Kind.values:
        raise Http404
    member = member_of(request)
    offers = offers_for(member, tier=tier_now(member))
    groups = [
        (KINDS[each], [shown(offer) for offer in offers if offer.reward.kind == each and fits(offer, only_now)])
        for each in Kind
        if kind in ("", each)
    ]
    return render(
        request,
        "portal/points/rewards.html",
        {
            "groups": [(name, of_kind) for name, of_kind in groups if of_kind],
            "kinds": [(each.value, KINDS[each]) for each in Kind if any(o.reward.kind == each for o in offers)],
            "kind": kind,
            "only_now": only_now,
            "balance": balance_of(member.pk),
        },
    )


def fits(offer: Offer, only_now: bool) -> bool:
    return not only_now or offer.obstacle is None


def shown(offer: Offer) -> Shown:
    return Shown(offer, ICONS[Kind(offer.reward.kind)], in_short(offer), often(offer.reward))


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def reward(request: HttpRequest, sku: str) -> HttpResponse:
    """What it is, costs and asks for; by POST keeps what was chosen, and leads to the confirmation."""
    member = member_of(request)
    offer = offer_of(member, sku)
    if offer is None:
        return not_on_the_list(request, member, sku)
    form = ChoiceForm(request.POST if request.method == "POST" else None, offer=offer, member=member)
    if offer.obstacle is None and form.is_valid():
        keep(request, form.choice())
        return redirect("redeem", sku)
    obstacle = offer.obstacle
    return render(
        request,
        "portal/points/reward.html",
        {
            "shown": shown(offer),
            "reward": offer.reward,
            "kind": KINDS[Kind(offer.reward.kind)],
            "delivered": DELIVERED[Fulfilment(offer.reward.fulfilment)],
            "good_until": good_until(offer.reward, timezone.localdate()),
            "available": balance_of(member.pk).available,
            "form": form,
            "what": title(obstacle) if obstacle else "",
            "why": why_not(offer),
            "way": way(obstacle, held=level_of(member), back_to=request.path) if obstacle else None,
        },
    )


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def redeem(request: HttpRequest, sku: str) -> HttpResponse:
    """What it costs, what is left, where it goes; by POST it is redeemed.

    Whoever has to prove first that it is they comes back to what they had chosen.
    """
    member, choice = member_of(request), kept(request, sku)
    if choice is None:
        return redirect("reward", sku)
    if request.method == "POST":
        return redeemed(request, member, choice)
    offer = offer_of(member, sku)
    if offer is None or offer.obstacle:
        return redirect("reward", sku)
    if offer.points != choice.points:
        messages.warning(request, str(PriceChanged(offer.points)))
        return redirect("reward", sku)
    try:
        ask_for_a_proof(request, member, offer)
    except AssuranceRefused as refusal:
        return refused(request, refusal, turn_back=reverse("reward", args=[sku]))
    available = balance_of(member.pk).available
    return render(
        request,
        "portal/points/redeem.html",
        {
            "shown": shown(offer),
            "reward": offer.reward,
            "choice": choice,
            "left": available - choice.points,
            "delivered": DELIVERED[Fulfilment(offer.reward.fulfilment)],
            "mobile": mask(choice.mobile or member.mobile) if rules_name_a_number(offer.reward) else "",
            "project": CharityProject.objects.filter(pk=choice.project_id).first() if choice.project_id else None,
        },
    )


def rules_name_a_number(reward: Reward) -> bool:
    return reward.fulfilment == Fulfilment.PROVIDER_API


def ask_for_a_proof(request: HttpRequest, member: Member, offer: Offer) -> None:
    """Before the button is pressed, where the proof is not for this very request: that one is used up by pressing.

    Raises AssuranceRefused.
    """
    context = replace(context_of(request), amount=cost(offer.points))
    try:
        require_assurance(member, rules.action_of(offer.reward), context)
    except FactorNeeded as refusal:
        if not refusal.terms.bound:
            raise


def redeemed(request: HttpRequest, member: Member, choice: Choice) -> HttpResponse:
    back_to = reverse("reward", args=[choice.sku])
    if request.POST.get("key") != choice.key:  # chosen anew meanwhile, on another page
        return redirect("redeem", choice.sku)
    try:
        redemption = redeem_reward(
            member=member,
            sku=choice.sku,
            context=context_of(request),
            key=choice.key,
            points=choice.points,
            mobile=choice.mobile,
            project_id=choice.project_id,
            tier=tier_now(member),
        )
    except AssuranceRefused as refusal:
        return refused(request, refusal, turn_back=back_to)
    except Reward.DoesNotExist as refusal:
        raise Http404 from refusal
    except NotAMobileNumber as refusal:
        messages.error(request, words_for(refusal))
        return redirect("reward", choice.sku)
    except (RewardRefused, LedgerRefusal) as refusal:
        words = explained(refusal, held=level_of(member), back_to=back_to)
        return render(request, "portal/result.html", words, status=409)
    return redirect("redemption", redemption.pk)


def offer_of(member: Member, sku: str) -> Offer | None:
    return next((offer for offer in offers_for(member, tier=tier_now(member)) if offer.reward.sku == sku), None)


def not_on_the_list(request: HttpRequest, member: Member, sku: str) -> HttpResponse:
    """Staff have taken it off, or its time has passed or is yet to come. Raises Http404 where there never was one."""
    reward = get_object_or_404(Reward, sku=sku)
    try:
        rules.require_offered(reward, timezone.now())
    except RewardRefused as refusal:
        words = explained(refusal, held=level_of(member), back_to=request.path)
    else:
        words = explained(NotOffered(), held=level_of(member), back_to=request.path)
    return render(request, "portal/result.html", words, status=404)


@cache_control(private=True, max_age=3600)
@require_safe
@login_required
def picture(request: HttpRequest, sku: str) -> FileResponse:
    """What staff have chosen, as large as it is shown."""
    reward = get_object_or_404(Reward.objects.select_related("picture"), sku=sku)
    if reward.picture is None:
        raise Http404
    rendition = reward.picture.get_rendition("fill-320x320|format-webp")
    return FileResponse(rendition.file.open(), content_type="image/webp")
