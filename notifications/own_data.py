"""What `notifications` keeps about a member: what they were written."""

from django.utils.translation import gettext as _

from members.models import Member
from members.personal_data import Kept, Section, register_personal_data
from notifications.models import Message, PlatformEvent

State = Message.State


def export_messages(member: Member) -> list[Section]:
    messages = Message.objects.filter(member=member).order_by("pk")
    return [Section.of(_("Messages"), messages, ("title", "body", "channel", "created_at", "read_at"))]


def erase_messages(member: Member) -> list[Kept]:
    """Words and addresses of what went to the member alone; what went to a customer belongs to the contract."""
    own = Message.objects.filter(member=member, customer=None)
    own.filter(state__in=[State.PENDING, State.PARKED]).update(
        state=State.SUPPRESSED, reason=Message.Suppression.UNREACHABLE
    )
    own.exclude(state=State.SENDING).update(title="", body=None, address=None, address_index=None)
    PlatformEvent.objects.filter(member=member, customer=None).update(data={}, mobile=None)
    if not Message.objects.filter(member=member).exclude(customer=None).exists():
        return []
    return [
        Kept(
            _("What was written to you about your policies"),
            _("as part of the contract's records, for as long as these are kept (Insurance Law, art. 87)"),
        )
    ]


register_personal_data("messages", export=export_messages, erase=erase_messages)
