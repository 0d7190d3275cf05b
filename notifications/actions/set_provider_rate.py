"""Setting how fast a provider is called."""

from django.db import transaction
from wagtail.log_actions import log

from members.models import Member
from notifications.models import ProviderState


@transaction.atomic
def set_provider_rate(*, provider: ProviderState, rate_per_s: int | None, by: Member) -> None:
    """At most so many messages per second from now on; None: as fast as it takes them.

    Writes nothing else: workers change the rest of the row all the time.
    """
    ProviderState.objects.filter(pk=provider.pk).update(rate_per_s=rate_per_s)
    log(instance=provider, action="wagtail.edit", user=by, content_changed=True)
