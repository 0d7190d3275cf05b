"""What waits for the staff who run rules and rewards, on the first page of the admin."""

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from members.staff.home import Waiting
from points.actions.change_reward import CHANGE
from points.actions.decide_campaign import DECIDE as DECIDE_CAMPAIGN
from points.actions.decide_payment import DECIDE as DECIDE_PAYMENT
from points.actions.decide_rule_change import DECIDE as DECIDE_RULE
from points.actions.import_voucher_codes import ADD
from points.actions.settle_redemption import SETTLE
from points.models import EarningCampaign, Redemption, Reward, RuleChange, RulePayment


def earning_waiting(request: HttpRequest) -> list[Waiting]:
    """Rules, campaigns and large payments that wait for a second person."""
    found, me = [], request.user.pk
    if request.user.has_perm(DECIDE_RULE):
        rules = RuleChange.objects.filter(state=RuleChange.State.PROPOSED)
        found.append(
            Waiting(
                rules.exclude(proposed_by=me).exclude(drafted_by=me).count(),
                _("Proposed earning rules"),
                _("Somebody wants a rule to pay otherwise. Compare, look at a simulation, then approve or reject."),
                f"{reverse('rule_changes:index')}?state=proposed",
            )
        )
    if request.user.has_perm(DECIDE_CAMPAIGN):
        campaigns = EarningCampaign.objects.filter(state=EarningCampaign.State.PROPOSED)
        found.append(
            Waiting(
                campaigns.exclude(proposed_by=me).exclude(drafted_by=me).count(),
                _("Proposed campaigns"),
                _("Somebody wants rules to pay more for a while. Read, then approve or reject."),
                reverse("earning_campaigns:index"),
            )
        )
    if request.user.has_perm(DECIDE_PAYMENT):
        payments = RulePayment.objects.filter(state=RulePayment.State.WAITING)
        found.append(
            Waiting(
                payments.count() - payments.filter(approved_by=me).count(),
                _("Large payments of rules"),
                _("Points above what is paid at once. Two people look at what they are for, then say yes or no."),
                f"{reverse('rule_payments:index')}?state=waiting",
            )
        )
    return found


def rewards_waiting(request: HttpRequest) -> list[Waiting]:
    found = []
    if request.user.has_perm(SETTLE):
        found.append(
            Waiting(
                Redemption.objects.filter(state=Redemption.State.DOUBTFUL).count(),
                _("Redemptions in doubt"),
                _("The provider could not tell for hours whether it delivered. Ask there, then settle."),
                f"{reverse('redemptions:index')}?state=doubtful",
            )
        )
    if request.user.has_perm(ADD):
        found.append(
            Waiting(
                Reward.objects.pools().filter(is_on_sale=True, low_since__isnull=False).count(),
                _("Voucher pools that run low"),
                _("Buy codes and import them, or switch the reward off."),
                reverse("voucher_pools:index"),
            )
        )
    if request.user.has_perm(CHANGE):
        found.append(
            Waiting(
                Reward.objects.filter(is_on_sale=True, low_since__isnull=False, stock__isnull=False).count(),
                _("Rewards that run low"),
                _("Few are left of the stock that you set. Order more and set it anew, or switch the reward off."),
                f"{reverse('rewards:index')}?is_on_sale=True",
            )
        )
    return found
