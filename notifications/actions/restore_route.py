"""Returning an event type to the route that was shipped."""

from django.db import transaction
from wagtail.log_actions import log

from members.models import Member
from notifications.models import EventType
from notifications.models.event_type import ROUTE


@transaction.atomic
def restore_route(*, event_type: EventType, by: Member) -> EventType:
    """Sets every field of the route to what was last loaded from the catalogue, and writes down who did it.

    Raises ValidationError when that route has lost a text meanwhile; then nothing is changed.
    """
    event_type = EventType.objects.select_for_update().get(pk=event_type.pk)
    for name in ROUTE:
        if name in event_type.shipped:
            setattr(event_type, name, event_type.shipped[name])
    event_type.full_clean()
    event_type.save()
    log(instance=event_type, action="wagtail.edit", user=by, content_changed=True)
    return event_type
