"""Each of the catalogue's 35 rows gives what the catalogue says, on the terms that it says."""

from datetime import time

import pytest

from benefits.actions import load_benefits as loading
from benefits.actions.load_benefits import UnknownClause, load_benefits
from benefits.models import Allowance, Service
from members.catalogue import rows
from members.models import Level

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("catalogue")]
FAMILY = ["spouse", "child", "parent"]


def says(zh, en):
    """Among the terms that no field can say."""
    return lambda a: (zh, en) in zip(a.words_zh, a.words_en, strict=True)


def includes(zh, en):
    return lambda a: (a.included_zh, a.included_en) == (zh, en)


def wants(zh, en):
    """A document."""
    return lambda a: (a.document_zh, a.document_en) == (zh, en)


#: Every clause of the column "conditions", and what an allowance is then like: by hand, so that a clause which is new,
#: or gone from the shipped terms, is noticed.
CLAUSES = {
    "policyholder or one named family member": lambda a: a.family_relations == FAMILY and a.family_quota > 0,
    "1 may go to family": lambda a: (a.family_quota, a.family_relations) == (1, FAMILY),
    "2 may go to family": lambda a: (a.family_quota, a.family_relations) == (2, FAMILY),
    "all may go to family": lambda a: (a.family_quota, a.family_relations) == (a.quota, FAMILY),
    "1 may go to spouse or parent": lambda a: (a.family_quota, a.family_relations) == (1, ["spouse", "parent"]),
    "member in person": lambda a: a.family_quota == 0,
    "member aged 18-75": lambda a: (a.min_age, a.max_age) == (18, 75),
    "verified member": lambda a: a.service.required_level == Level.VERIFIED,
    "insured": lambda a: a.product_code and says("被保险人本人使用", "For the insured")(a),
    "insured of an in-force policy": lambda a: (
        a.product_code and says("有效保单的被保险人本人使用", "For the insured, while the policy is in force")(a)
    ),
    "insured past waiting period": lambda a: (
        a.product_code
        and a.after_waiting_period
        and says("等待期满的被保险人本人使用", "For the insured, once the waiting period is over")(a)
    ),
    "not within 90 days of the last visit": lambda a: a.gap_days == 90,
    "cancel 24 h before or the visit counts as used": lambda a: a.cancel_hours == 24,
    "08:00-22:00, health advice only - no prescription or diagnosis": lambda a: (
        (a.opens, a.closes) == ((None, None) if a.tier == "black_diamond" else (time(8), time(22)))
        and says("仅提供健康咨询，不开处方、不作诊断", "Health advice only: no prescription, no diagnosis")(a)
    ),
    "24x7": lambda a: (a.opens, a.closes) == (None, None),
    "fair use": lambda a: a.quota is None and says("合理使用", "Fair use")(a),
    "fair use, one open call at a time": lambda a: (
        a.quota is None and a.open_at_once == 1 and says("合理使用", "Fair use")(a)
    ),
    "automatic while the tier is valid": lambda a: (
        a.service.mode == Service.Mode.AUTOMATIC
        and says("等级有效期内自动享有", "Yours for as long as the tier is valid")(a)
    ),
    "no-show twice suspends for 12 months": lambda a: (a.suspended_after, a.suspended_months) == (2, 12),
    "written report within 10 working days": lambda a: (
        a.done_working_days == 10 and says("出具书面报告", "You receive a written report")(a)
    ),
    "expert outpatient within 10 working days": lambda a: (
        a.done_working_days == 10 and includes("专家门诊", "Expert outpatient appointment")(a)
    ),
    "network clinic": lambda a: (
        a.service.partner_kind == "dental_clinic" and says("在合作口腔机构使用", "At a dental clinic of our network")(a)
    ),
    "network check-up centre": lambda a: (
        a.service.partner_kind == "checkup_centre"
        and says("在合作体检机构使用", "At a check-up centre of our network")(a)
    ),
    "public Grade-3 hospital in a covered city": lambda a: (
        a.in_covered_city and says("限服务城市的公立三级医院", "At a public Grade-3 hospital in a covered city")(a)
    ),
    "covered city": lambda a: a.in_covered_city and says("限服务覆盖城市", "In a covered city")(a),
    "network hospital worldwide": says("在全球直付网络医院使用", "At a network hospital, worldwide"),
    "network hospital in Asia": says("在亚洲直付网络医院使用", "At a network hospital in Asia"),
    "offline festival activity in own city": says(
        "限本人所在城市的客服节线下活动", "For an activity of the festival on site, in your own city"
    ),
    "first come first served": says("名额有限，先到先得", "First come, first served"),
    "subject to hospital availability": says("以医院实际号源、床位为准", "As far as the hospital has room"),
    "accident or sudden illness over 100 km from home or abroad": says(
        "距常住地100公里以外或境外，遭遇意外或突发疾病",
        "After an accident or sudden illness more than 100 km from home, or abroad",
    ),
    "opened by the hotline": lambda a: a.by_hotline,
    "referral or medical record uploaded": wants("转诊单或病历资料", "A referral or medical record"),
    "diagnosis of a listed serious illness": wants(
        "所列重大疾病的诊断证明", "The diagnosis of a listed serious illness"
    ),
    "serious illness diagnosed": wants("重大疾病的诊断证明", "The diagnosis of the serious illness"),
    "suspected or confirmed listed illness": wants(
        "疑似或确诊所列疾病的病历资料", "Records of the listed illness, suspected or confirmed"
    ),
    "doctor orders admission or surgery for a listed illness": wants(
        "医生就所列疾病开具的住院或手术通知", "The doctor's order of admission or surgery for a listed illness"
    ),
    "records complete": says("病历资料须齐全", "The records must be complete"),
    "member card and ID shown": says("就诊时出示会员卡和身份证件", "Show your member card and an ID"),
    "elective admission pre-authorised": says(
        "择期住院须事先授权", "An admission that can be planned must be authorised beforehand"
    ),
    "report released only to the member": says("体检报告仅向本人提供", "The report is for your eyes only"),
    "registration fee paid by the member": says("挂号费由本人承担", "You pay the registration fee"),
    "registration fee paid by the insured": says("挂号费由被保险人承担", "The insured pays the registration fee"),
    "medical costs paid by the member": says("医疗费用由本人承担", "You pay the medical costs"),
    "third-party fees paid by the insured": says(
        "第三方费用由被保险人承担", "The insured pays the fees of third parties"
    ),
    "cost within the contract limit": says(
        "费用以合同约定限额为限", "Costs are covered up to the limit of the contract"
    ),
    "ultrasonic cleaning": includes("超声波洁牙", "Ultrasonic cleaning"),
    "ultrasonic cleaning and polish": includes("超声波洁牙、抛光", "Ultrasonic cleaning and polish"),
    "cleaning, polish and oral check": includes("洁牙、抛光、口腔检查", "Cleaning, polish and oral check"),
    "cleaning, polish, oral check and X-ray": includes(
        "洁牙、抛光、口腔检查、X光片", "Cleaning, polish, oral check and X-ray"
    ),
    "basic package": includes("基础体检套餐", "Basic package"),
    "standard package with low-dose CT": includes("标准体检套餐（含低剂量CT）", "Standard package with low-dose CT"),
    "premium package": includes("高端体检套餐", "Premium package"),
    "specialist outpatient only": includes("仅限专家门诊", "Specialist outpatient visits only"),
    "outpatient or admission help": includes("专家门诊或住院协助", "Outpatient visits or help with admission"),
    "outpatient, admission and escort": includes(
        "专家门诊、住院协助、陪诊", "Outpatient visits, admission and an escort"
    ),
    "domestic panel": includes("国内专家组", "Panel of experts in China"),
    "domestic or overseas panel": includes("国内或海外专家组", "Panel of experts in China or overseas"),
    "records translated and sent by the provider": includes(
        "服务商负责翻译并递送病历", "The provider translates and sends the records"
    ),
    "records sent by the provider": includes("服务商负责递送病历", "The provider sends the records"),
    "lost documents, interpreter, legal referral, luggage tracing": includes(
        "证件遗失协助、翻译、法律转介、行李查找",
        "Help with lost documents, an interpreter, referral to a lawyer, tracing of luggage",
    ),
}


def given_by(row):
    source, _, giver = row["source"].partition(":")
    whose = {"tier": giver} if source == "tier" else {"product_code": giver}
    return Allowance.objects.select_related("service").get(service__code=row["service_code"], **whose)


def test_all_35_rows_are_there_with_their_quota():
    assert Allowance.objects.count() == 35
    for row in rows("benefits"):
        given = given_by(row)
        assert given.quota == (None if row["quota_per_year"] == "unlimited" else int(row["quota_per_year"]))
        service = given.service
        assert (service.name_zh, service.name_en, service.category) == (
            row["name_zh"], row["name_en"], row["category"],
        )  # fmt: skip
        assert (service.unit, service.partner_kind, service.lead_time) == (
            row["unit"], row["partner_kind"], row["booking_lead_time"],
        )  # fmt: skip


def test_every_clause_of_every_row_is_represented():
    seen = set()
    for row in rows("benefits"):
        given = given_by(row)
        for clause in row["conditions"].split("; "):
            assert CLAUSES[clause](given), (row["service_code"], row["source"], clause)
            seen.add(clause)
    assert seen == set(CLAUSES)


def test_nothing_is_said_that_the_row_does_not_say():
    """Fields that a clause sets are not set where no clause does."""
    for row in rows("benefits"):
        given = given_by(row)
        said = row["conditions"]
        assert bool(given.gap_days) == ("90 days" in said)
        assert (given.family_quota > 0) == ("family" in said or "spouse" in said)
        assert (given.min_age is None) == ("aged" not in said)
        assert (given.open_at_once is None) == ("at a time" not in said)
        assert (given.opens is None) == ("08:00" not in said or "24x7" in said)
        assert given.by_hotline == ("hotline" in said)
        assert given.after_waiting_period == ("waiting period" in said)
        assert (given.suspended_after is None) == ("no-show" not in said)
        assert (given.done_working_days is None) == ("10 working days" not in said)


def test_gold_dental_is_for_the_member_or_the_family_and_platinum_gives_the_family_one_of_two():
    quotas = {
        given.tier: (given.quota, given.family_quota)
        for given in Allowance.objects.filter(service__code="dental_cleaning")
    }
    assert quotas == {"gold": (1, 1), "platinum": (2, 1), "diamond": (3, 2), "black_diamond": (4, 4)}


def test_loading_again_changes_nothing():
    before = list(Allowance.objects.values()), list(Service.objects.values())
    loaded = load_benefits()
    assert (loaded.created, loaded.updated, loaded.differences) == (0, 0, [])
    assert (list(Allowance.objects.values()), list(Service.objects.values())) == before


def test_what_staff_have_set_stays_and_is_named():
    given = Allowance.objects.get(service__code="tele_doctor", tier="gold")
    given.quota, given.opens = 15, time(7)
    given.save()
    loaded = load_benefits()
    given.refresh_from_db()
    assert (given.quota, given.opens, loaded.updated) == (15, time(7), 0)
    assert loaded.differences == [
        "tele_doctor gold quota: set to 15, shipped 12",
        "tele_doctor gold opens: set to '07:00:00', shipped '08:00:00'",
    ]


def test_what_the_catalogue_changes_comes_unless_staff_have_set_it(monkeypatch):
    changed = [dict(row) for row in rows("benefits")]
    for row in changed:
        if row["service_code"] == "tele_doctor" and row["tier"] in ("gold", "platinum"):
            row["quota_per_year"] = "30"
    Allowance.objects.filter(service__code="tele_doctor", tier="platinum").update(quota=20)
    monkeypatch.setattr(loading, "rows", lambda _name: changed)
    loaded = load_benefits()
    quotas = dict(Allowance.objects.filter(service__code="tele_doctor").values_list("tier", "quota"))
    assert (quotas["gold"], quotas["platinum"], loaded.updated) == (30, 20, 2)
    assert loaded.differences == ["tele_doctor platinum quota: set to 20, shipped 30"]


def test_a_clause_that_nobody_has_put_into_terms_is_refused_and_nothing_is_stored(monkeypatch):
    changed = [dict(row) for row in rows("benefits")]
    changed[0]["quota_per_year"] = "9"
    changed[1]["conditions"] += "; only on Sundays"
    monkeypatch.setattr(loading, "rows", lambda _name: changed)
    with pytest.raises(UnknownClause, match="dental_cleaning tier:platinum: 'only on Sundays'"):
        load_benefits()
    assert Allowance.objects.get(service__code="dental_cleaning", tier="gold").quota == 1
