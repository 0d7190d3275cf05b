"""What waits for those who run the rewards."""

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from members.staff.home import Waiting
from points.actions.import_voucher_codes import ADD
from points.actions.settle_redemption import SETTLE
from points.models import Redemption, Reward


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
    return found
