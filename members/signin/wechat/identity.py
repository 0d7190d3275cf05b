"""Who somebody is at WeChat, and whose account that opens."""

from dataclasses import asdict, dataclass
from typing import Any

from allauth.socialaccount.models import SocialAccount
from django.db import IntegrityError, transaction

from members.actions.lock_accounts import lock_accounts
from members.actions.record_account_event import record_account_event
from members.assurance import Context, require_assurance
from members.events import WeChatLinked, wechat_linked
from members.models import AccountEvent, Member, WeChatBinding

PROVIDER = "weixin"
ACTION = "sign_in.change"


class LinkedToAnotherMember(Exception):
    """This WeChat opens somebody else's account."""


class AnotherWeChatLinked(Exception):
    """The account is opened by another WeChat already."""


@dataclass(frozen=True)
class WeChatIdentity:
    """`openid` is the person's name at one application, `appid`; `unionid` at all of them."""

    appid: str
    openid: str
    unionid: str

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)


@transaction.atomic
def link_wechat(*, member: Member, identity: WeChatIdentity, context: Context) -> None:
    """From now on this WeChat opens the account. Once more changes nothing.

    Raises AssuranceRefused, LinkedToAnotherMember, AnotherWeChatLinked.
    """
    locked = lock_accounts(member.pk)[member.pk]  # before asking: a block that comes at the same moment has its way
    require_assurance(locked, ACTION, context)
    own = SocialAccount.objects.filter(user=member, provider=PROVIDER).first()
    if own and own.uid != identity.unionid:
        raise AnotherWeChatLinked
    if own is None:
        try:
            with transaction.atomic():
                own = SocialAccount.objects.create(user=member, provider=PROVIDER, uid=identity.unionid)
        except IntegrityError as error:
            raise LinkedToAnotherMember from error
        event = record_account_event(member=member, kind=AccountEvent.Kind.LINKED, entrance=context.entrance)
        wechat_linked.send(WeChatLinked, fact=WeChatLinked(member_id=member.pk, key=f"account_event:{event.pk}"))
    keep_pair(member=member, identity=identity)


@transaction.atomic
def keep_pair(*, member: Member, identity: WeChatIdentity) -> None:
    """Remembers the member's name at this application, where messages go to; not where the link has been ended since.

    Raises LinkedToAnotherMember.
    """
    lock_accounts(member.pk)
    if not SocialAccount.objects.filter(user=member, provider=PROVIDER, uid=identity.unionid).exists():
        return
    pair, _ = WeChatBinding.objects.get_or_create(
        appid=identity.appid, openid=identity.openid, defaults={"member": member, "unionid": identity.unionid}
    )
    if pair.member_id != member.pk:
        raise LinkedToAnotherMember
    if pair.unionid != identity.unionid:
        pair.unionid = identity.unionid
        pair.save(update_fields=["unionid"])


@transaction.atomic
def unlink_wechat(*, member: Member, context: Context) -> None:
    """WeChat opens the account no more, and no message goes there. Raises AssuranceRefused."""
    require_assurance(member, ACTION, context)
    WeChatBinding.objects.filter(member=member).delete()
    if SocialAccount.objects.filter(user=member, provider=PROVIDER).delete()[0]:
        record_account_event(member=member, kind=AccountEvent.Kind.UNLINKED, entrance=context.entrance)
