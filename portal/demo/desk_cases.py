"""Cases at the desk of the demo's clinic, in every state, through the actions; two of them are dated back."""

from datetime import datetime, timedelta

import pgtrigger
from django.db.models import F
from django.utils import timezone

from benefits.actions.end_case import decline_case, finish_case
from benefits.actions.open_case import open_case
from benefits.actions.rate_case import rate_case
from benefits.actions.take_case import take_case
from benefits.actions.write_in_case import write_as_member, write_as_provider
from benefits.models import Case, CaseMessage, DeskWorker
from benefits.settlement_month import last_month
from members.models import Member
from portal.demo.clinic import CITY
from portal.demo.desk_visits import moment

SERVICE = "hospital_guidance"
ASKED = (
    "胸闷好几天了，想看心内科，不知道挂哪个号。",
    "膝盖疼，想看骨科，希望有人陪同。",
    "体检发现甲状腺结节，想请专科医生看一下。",
    "想约一次皮肤科，最近手上起疹子。",
    "胃不舒服一个月了，想做胃镜。",
    "想去外地的一家医院看中医。",
    "眼睛干涩，想看眼科。",
)


def tell_cases(guests: list[Member], worker: DeskWorker) -> None:
    """In every state, each of another guest; the first is late, and the last was done last month."""
    late, asked, talked, waits, done, declined, past = (
        ask(guest, text) for guest, text in zip(guests, ASKED, strict=False)
    )
    date_back(late, timezone.now() - timedelta(days=7))
    for case in (talked, waits, done, declined, past):
        take_case(case_id=case.pk, worker=worker)
    say(talked, worker, "已联系仁济医院，周四上午可以就诊，请您带好身份证和医保卡。")
    write_as_member(case_id=talked.pk, member=talked.member, text="好的，谢谢！我周四九点到。", key="demo 2")
    say(talked, worker, "收到。陪诊人员会在门诊大厅一楼服务台等您。", key="demo 3")
    say(waits, worker, "请问您希望看哪家医院？哪几天方便？", asks=True)
    for case in (done, past):
        say(case, worker, "已陪同就诊，检查结果一切正常。祝您健康！")
        finish_case(case_id=case.pk, worker=worker)
    rate_case(case_id=done.pk, member=done.member, rating=5, words="很耐心，省了好多时间")
    decline_case(
        case_id=declined.pk, worker=worker, because="您想去的医院不在我们的服务范围内，次数已退还给您。", key="demo 1"
    )
    date_back(past, moment(last_month(), 10) + timedelta(days=17))
    assert asked.state == Case.State.ASKED


def ask(guest: Member, text: str) -> Case:
    return open_case(member=guest, service_code=SERVICE, text=text, key="demo", city=CITY)


def say(case: Case, worker: DeskWorker, text: str, *, key: str = "demo 1", asks: bool = False) -> None:
    write_as_provider(case_id=case.pk, worker=worker, text=text, key=key, asks=asks)


def date_back(case: Case, opened_at: datetime) -> None:
    """Opened then, and, where it is over, done two days later."""
    case.refresh_from_db()
    assert case.due_at
    case.due_at = case.due_at - (case.opened_at - opened_at)
    case.opened_at = opened_at
    if case.taken_at:
        case.taken_at = opened_at + timedelta(hours=3)
    if case.ended_at:
        case.ended_at = opened_at + timedelta(days=2)
    case.save()
    # What keeps what was said as it was said.
    with pgtrigger.ignore("benefits.CaseMessage:stays_as_it_is", "benefits.CaseMessage:only_erased"):
        CaseMessage.objects.filter(case=case).update(written_at=F("written_at") - (timezone.now() - opened_at))
