"""A letter as the engine hands it to a channel."""

from dataclasses import replace
from datetime import date, timedelta

from django.utils import timezone

from notifications.channels import Outgoing
from notifications.letters.content import LetterContent
from notifications.models import Message

LETTER = LetterContent(
    language="zh-hans",
    title="续期保险费自动转账未成功通知",
    addressee="王小明",
    postal_lines=("上海市浦东新区世纪大道100号环球金融中心28楼2803室", "200120"),
    salutation="尊敬的王小明：",
    paragraphs=(
        "您投保的康护终身重疾保险（保险单号P2024000123）本期续期保险费应于2026年11月20日交纳，"
        "我们于当日委托银行从您授权的账户划款，因账户余额不足，未能成功。",
        "自应交日的次日零时起60日为宽限期。宽限期内发生保险事故，我们仍承担保险责任，但给付时会扣减欠交的保险费；"
        "宽限期届满仍未交纳的，保险合同的效力自宽限期满的次日零时起中止。",
    ),
    figures=(
        ("保险单号", "P2024000123"),
        ("险种名称", "康护终身重疾保险"),
        ("应交保险费", "6,800.00元"),
        ("应交日", "2026年11月20日"),
        ("未成功原因", "余额不足"),
        ("宽限期截止日", "2027年1月19日"),
    ),
    what_to_do=(
        "请于2027年1月19日前在授权账户中存入足额款项，我们将在三日内再次划款。",
        "如授权账户已变更，请登录客户服务平台办理变更。",
    ),
    reference="BL-20261120-000123",
    dated_on=date(2026, 11, 20),
)
ENGLISH = replace(
    LETTER,
    language="en",
    title="Your premium could not be debited",
    addressee="Wang Xiaoming",
    salutation="Dear Wang Xiaoming,",
    paragraphs=("The premium was due on 20 November 2026. It couldn’t be debited.",),
    figures=(("Premium due", "CNY 6,800.00"),),
    what_to_do=("Please pay before 19 January 2027.",),
)


def outgoing(revision_id, *, key="1", cause="policy:1", recipient="c1", address="wang@example.com", letter=LETTER):
    return Outgoing(
        key=key,
        address=address,
        title=letter.title,
        body=letter.to_json(),
        language=letter.language,
        cause=cause,
        recipient=recipient,
        template_revision_id=revision_id,
        claim=1,
    )


def claimed(event_type, policy_event, *, key, recipient="c1", **fields):
    """The row of such a message, as a worker has claimed it."""
    now = timezone.now()
    return Message.objects.create(
        **{
            "pk": int(key),
            "cause": f"policy:{policy_event.pk}",
            "policy_event": policy_event,
            "recipient": recipient,
            "event_type": event_type,
            "role": "policyholder",
            "channel": "eletter",
            "track": "letter",
            "language": "zh-hans",
            "state": "sending",
            "attempts": 1,
            "lease_until": now + timedelta(seconds=60),
            "priority": 2,
            "send_after": now,
            "due_at": now,
            **fields,
        }
    )


def archive_in(settings, folder):
    """Gives the archive a folder of its own and returns it."""
    private = folder / "private"
    default = {**settings.STORAGES["default"], "OPTIONS": {"location": private}}
    settings.STORAGES = {**settings.STORAGES, "default": default}
    return private
