"""The staff's pages of rewards, voucher pools and redemptions."""

from datetime import timedelta
from io import BytesIO
from uuid import uuid4

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from wagtail.models import ModelLogEntry

from members.roles import Role
from points.actions import fulfil_redemption as fulfilling
from points.actions.show_voucher import show_voucher
from points.models import CharityProject, GivingBack, Redemption, Reward, VoucherBatch, VoucherCode
from points.queries import balance_of
from points.rewards.providers import Answer, Outcome
from tests.members.accounts import AT_WEB, staff
from tests.points.reward_cast import (
    DONATE,
    JD_50,
    PHONE,
    TELEDOC,
    change,
    fill_pool,
    give_back,
    make_project,
    redeem,
    redeemer,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("rewards")]


def client_of(role, language="en"):
    client = Client(headers={"accept-language": language})
    member = staff(role)
    client.force_login(member, backend="members.backends.MobileBackend")
    client.member = member
    return client


@pytest.fixture
def manager():
    return client_of(Role.BENEFITS_MANAGER)


def text_of(answer):
    assert answer.status_code == 200
    return answer.content.decode()


def follow(client, answer):
    assert answer.status_code == 302, text_of(answer)
    return text_of(client.get(answer.url))


def pk(sku):
    return Reward.objects.get(sku=sku).pk


def filled(reward, **changes):
    """The form of a reward as it stands, with some fields filled in otherwise."""
    data = {
        "name_zh": reward.name_zh,
        "name_en": reward.name_en,
        "description_zh": "",
        "description_en": "",
        "picture": "",
        "is_on_sale": "on",
        "on_sale_from": "",
        "on_sale_until": "",
        "alert_below": reward.alert_below,
        "validity": reward.validity,
        "required_level": reward.required_level,
        "limit_count": reward.limit_count,
        "limit_period": reward.limit_period,
        "cost_points": reward.cost_points,
        "stock": "",
    }
    return data | changes


def test_rewards_are_listed(manager):
    page = text_of(manager.get(reverse("rewards:index")))
    assert "Phone credit CNY 10" in page
    assert "2 · in a calendar month" in page
    assert "手机话费10元" in text_of(client_of(Role.ANALYST, "zh-hans").get(reverse("rewards:index")))


def test_a_reward_is_changed(manager):
    reward = Reward.objects.get(sku=PHONE)
    address = reverse("rewards:edit", args=[reward.pk])
    assert "Gold" in text_of(manager.get(address))
    changes = {"cost_points": 900, "price_gold": 800, "stock": 40, "on_sale_until": "2099-01-01 00:00"}
    assert 'name="stock_shown"' in text_of(manager.get(address))
    assert manager.post(address, filled(reward, **changes)).status_code == 302
    reward.refresh_from_db()
    assert (reward.cost_points, reward.price_for("gold"), reward.stock) == (900, 800, 40)
    assert reward.on_sale_until is not None
    entry = ModelLogEntry.objects.get(action="wagtail.edit")
    assert (entry.user, entry.data["before"]["cost_points"]) == (manager.member, "1000")
    page = text_of(manager.get(address))
    assert "differs from the catalogue" in page
    assert "1000" in page


def test_a_pool_has_no_number_of_its_own(manager):
    page = text_of(manager.get(reverse("rewards:edit", args=[pk(TELEDOC)])))
    assert 'name="stock"' not in page
    reward = Reward.objects.get(sku=TELEDOC)
    data = filled(reward, alert_below=3)
    del data["stock"]
    assert manager.post(reverse("rewards:edit", args=[reward.pk]), data).status_code == 302
    assert Reward.objects.get(sku=TELEDOC).alert_below == 3


def test_what_is_sold_while_somebody_edits_stays_sold(manager):
    reward = change(PHONE, stock=5)
    address = reverse("rewards:edit", args=[reward.pk])
    redeem(redeemer(), PHONE)
    assert manager.post(address, filled(reward, stock=5, stock_shown=5, name_en="Credit")).status_code == 302
    reward.refresh_from_db()
    assert (reward.stock, reward.name_en) == (4, "Credit")
    manager.post(address, filled(reward, stock=15, stock_shown=5))
    assert Reward.objects.get(sku=PHONE).stock == 14
    manager.post(address, filled(reward, stock="", stock_shown=14))
    assert Reward.objects.get(sku=PHONE).stock is None


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"cost_points": 0}, "greater than or equal to 1"),
        ({"cost_points": ""}, "required"),
        ({"limit_count": ""}, "Say both how often"),
        ({"limit_period": ""}, "Say both how often"),
        ({"validity": "three months"}, "Write a duration"),
        ({"on_sale_from": "2027-02-01 00:00", "on_sale_until": "2027-01-01 00:00"}, "has to come after"),
        ({"stock": -1}, "greater than or equal to 0"),
        ({"price_gold": 0}, "greater than or equal to 1"),
        ({"required_level": 9}, "Select a valid choice"),
    ],
)
def test_what_makes_no_sense_is_said_at_its_field_and_nothing_is_lost(manager, changes, said):
    reward = Reward.objects.get(sku=PHONE)
    page = text_of(manager.post(reverse("rewards:edit", args=[reward.pk]), filled(reward, name_en="Kept", **changes)))
    assert said in page
    assert 'value="Kept"' in page
    assert Reward.objects.get(sku=PHONE).name_en == "Phone credit CNY 10"


def upload(client, sku, content, name="codes.csv"):
    file = BytesIO(content)
    file.name = name
    return client.post(reverse("voucher_pools:import", args=[pk(sku)]), {"file": file})


def test_codes_are_imported_and_the_page_says_what_became_of_each_line(manager):
    answer = upload(manager, JD_50, b"code,password,expires_on\nSECRET-1,pin,2030-01-01\nSECRET-1,,\nSECRET-2,,soon\n")
    page = follow(manager, answer)
    assert "1 code was added." in page
    for said in ("stands in line 2 already", "not a date such as", "codes.csv"):
        assert said in page
    assert "SECRET" not in page
    batch = VoucherBatch.objects.get()
    assert (batch.added, batch.duplicates, batch.rejected, batch.imported_by) == (1, 1, 1, manager.member)


@pytest.mark.parametrize(
    ("content", "said"),
    [(b"", "empty"), (b"number\nX\n", "required columns are missing: code"), (b"code\n", "no line below")],
)
def test_a_file_that_is_none_is_refused_at_its_field(manager, content, said):
    assert said in text_of(upload(manager, JD_50, content))
    assert not VoucherBatch.objects.exists()


def test_a_file_that_is_too_large_is_refused(manager, monkeypatch):
    monkeypatch.setattr("points.staff.voucher_batches.LARGEST_FILE_BYTES", 10)
    assert "larger than" in text_of(upload(manager, JD_50, b"code\nAAAAAAAAAA\n"))


def test_pools_say_how_many_are_left_and_what_expires(manager):
    soon = timezone.localdate() + timedelta(days=20)
    change(TELEDOC, alert_below=1)
    fill_pool(TELEDOC, f"A,{soon}", "B,2099-01-01", "C,2099-01-01", header="code,expires_on")
    page = text_of(manager.get(reverse("voucher_pools:inspect", args=[pk(TELEDOC)])))
    assert "This pool runs low" not in page
    assert str(soon) in page
    assert "This pool runs low" in text_of(manager.get(reverse("voucher_pools:inspect", args=[pk(JD_50)])))
    listed = text_of(manager.get(reverse("voucher_pools:index")))
    assert "Phone credit" not in listed
    assert "running low" in listed


def test_what_is_left_of_a_batch_is_withdrawn_with_a_reason_once_it_was_asked_whether(manager):
    batch = fill_pool(TELEDOC, *(f"C{number}" for number in range(1_235)))
    redeem(redeemer(), TELEDOC)
    page = reverse("voucher_pools:batch", args=[batch.reward_id, batch.pk])
    address = reverse("voucher_pools:withdraw", args=[batch.reward_id, batch.pk])
    offered = text_of(manager.get(page))
    assert f'href="{address}"' in offered and 'name="because"' not in offered
    asked = text_of(manager.get(address))
    for said in (
        "1,234 codes</strong> of “Telephone doctor, one call”",
        "no way back",
        "Withdraw 1,234 codes for good",
    ):
        assert said in asked, said
    refused = text_of(manager.post(address, {"because": " "}))
    assert "This field is required" in refused and "1,234 codes" in refused
    assert VoucherCode.objects.filter(state="available").count() == 1_234
    assert "1,234 codes were withdrawn." in follow(manager, manager.post(address, {"because": "recalled"}))
    assert address not in text_of(manager.get(page))
    assert manager.get(address).url == page


@pytest.fixture
def doubtful():
    redemption = redeem(redeemer(), PHONE)
    with time_machine.travel(timezone.now() + timedelta(days=1)):
        claimed, _ = fulfilling.claim(redemption.pk)
        fulfilling.settle(
            is_new=False, redemption_id=redemption.pk, attempt=claimed.attempts, answer=Answer(Outcome.UNCERTAIN)
        )
    Redemption.objects.filter(pk=redemption.pk).update(lease_until=None)
    redemption.refresh_from_db()
    return redemption


def test_what_is_in_doubt_waits_on_the_first_page_and_is_settled(manager, doubtful):
    fill_pool(TELEDOC, "A")
    home = text_of(manager.get(reverse("wagtailadmin_home")))
    assert "Redemptions in doubt" in home
    assert "Voucher pools that run low" in home
    page = text_of(manager.get(reverse("redemptions:inspect", args=[doubtful.pk])))
    assert str(doubtful.reference) in page
    assert doubtful.mobile not in page
    address = reverse("redemptions:settle", args=[doubtful.pk])
    answer = manager.post(address, {"outcome": "delivered", "provider_reference": "T9", "because": "phoned"})
    page = follow(manager, answer)
    for said in ("Settled: delivered.", "T9", "phoned"):
        assert said in page
    doubtful.refresh_from_db()
    assert (doubtful.state, doubtful.settled_by) == ("delivered", manager.member)
    assert "stands so: delivered" in follow(manager, manager.post(address, {"outcome": "failed", "because": "x"}))


def test_settled_as_failed(manager, doubtful):
    address = reverse("redemptions:settle", args=[doubtful.pk])
    page = follow(manager, manager.post(address, {"outcome": "failed", "because": "never arrived"}))
    assert "the member has the points back" in page
    assert "settled by staff" in page


@pytest.mark.parametrize(
    ("data", "said"),
    [
        ({"outcome": "delivered", "because": "kept words"}, "Give the number under which"),
        ({"outcome": "failed", "because": ""}, "required"),
        ({"because": "kept words"}, "required"),
    ],
)
def test_half_a_decision_settles_nothing_and_loses_no_words(manager, doubtful, data, said):
    page = text_of(manager.post(reverse("redemptions:settle", args=[doubtful.pk]), data))
    assert said in page
    assert data["because"] in page
    doubtful.refresh_from_db()
    assert doubtful.state == "doubtful"


def test_redemptions_are_found_by_number_and_name_and_no_number_is_in_the_address(manager):
    alice, bob = redeemer(), redeemer()
    alice.name = "欧阳若兰"
    alice.save(update_fields=["name"])
    hers = redeem(alice, PHONE)
    his = redeem(bob, DONATE, project_id=make_project().pk)
    for wanted in ("若兰", alice.mobile, alice.mobile.removeprefix("+86")):
        answer = manager.post(reverse("redemptions:index"), {"wanted": wanted})
        assert wanted not in answer.url
        page = text_of(manager.get(answer.url))
        assert reverse("redemptions:inspect", args=[hers.pk]) in page
        assert reverse("redemptions:inspect", args=[his.pk]) not in page


def test_a_page_shows_that_a_code_was_shown_and_never_the_code(manager):
    fill_pool(TELEDOC, "TOP-SECRET")
    alice = redeemer()
    redemption = redeem(alice, TELEDOC)
    address = reverse("redemptions:inspect", args=[redemption.pk])
    assert "not shown yet" in text_of(manager.get(address))
    assert "尚未查看" in text_of(manager.get(address, headers={"accept-language": "zh-hans"}))
    show_voucher(member=alice, redemption_id=redemption.pk, context=AT_WEB)
    page = text_of(manager.get(address))
    assert "· website" in page
    assert "TOP-SECRET" not in page


def test_projects_are_added_changed_and_say_what_they_were_given(manager):
    data = {"name_zh": "图书室", "name_en": "Libraries", "charity": "榕树", "about_zh": "", "about_en": ""}
    answer = manager.post(reverse("charity_projects:add"), data | {"is_open": "on"})
    assert answer.status_code == 302
    project = CharityProject.objects.get()
    redeem(redeemer(), DONATE, project_id=project.pk)
    assert "1.00" in text_of(manager.get(reverse("charity_projects:index")))
    manager.post(reverse("charity_projects:edit", args=[project.pk]), data | {"charity": "另一家"})
    project.refresh_from_db()
    assert (project.is_open, project.charity) == (False, "另一家")


def test_of_what_was_given_back_nothing_is_owed_and_the_certificate_is_void(manager):
    project = make_project()
    redemption = redeem(redeemer(), DONATE, project_id=project.pk)
    page = reverse("redemptions:inspect", args=[redemption.pk])
    assert "void: given back" not in text_of(manager.get(page))
    give_back(redemption, reason="booked_twice")
    assert "void: given back" in text_of(manager.get(page))
    listed = reverse("charity_projects:index")
    assert "1.00" not in text_of(manager.get(listed))
    redeem(redeemer(), DONATE, project_id=project.pk)
    assert "1.00" in text_of(manager.get(listed))


def test_whoever_only_looks_finds_no_button():
    analyst, batch = client_of(Role.ANALYST), fill_pool(TELEDOC, "A")
    pages = [
        reverse("voucher_pools:inspect", args=[batch.reward_id]),
        reverse("voucher_pools:batch", args=[batch.reward_id, batch.pk]),
        reverse("rewards:inspect", args=[batch.reward_id]),
    ]
    for page in pages:
        assert "<form" not in text_of(analyst.get(page)).partition("<main")[2].partition("</main>")[0]


@pytest.fixture
def delivered():
    redemption = redeem(redeemer(), PHONE)
    fulfilling.settle(
        is_new=True, redemption_id=redemption.pk, attempt=0, answer=Answer(Outcome.DELIVERED, reference="T1")
    )
    return redemption


def given_back_form(**other):
    note = {"note": "The member called; the provider admits it", "request_id": str(uuid4())}
    return {"points": "1000", "reason": "not_delivered"} | note | other


def test_what_was_not_right_is_given_back_by_two(manager, delivered):
    agent, page = client_of(Role.SERVICE_AGENT), reverse("redemptions:inspect", args=[delivered.pk])
    assert "Propose to give it back" in text_of(agent.get(page))
    sent = agent.post(reverse("redemptions:give-back", args=[delivered.pk]), given_back_form())
    after = follow(agent, sent)
    assert "Not booked yet" in after and "You proposed to give points back" in after
    assert 'name="approve"' not in after and "Propose to give it back" not in after
    home = text_of(manager.get(reverse("wagtailadmin_home")))
    listed = f"{reverse('redemptions:index')}?giving_back=proposed"
    assert "Proposed givings back" in home and listed in home
    assert page in text_of(manager.get(listed))
    seen = text_of(manager.get(page))
    assert "The member called" in seen and 'name="approve"' in seen
    decide = reverse("redemptions:decide-giving-back", args=[GivingBack.objects.get().pk])
    assert "it did not arrive" in follow(manager, manager.post(decide, {"approve": "", "remark": "Seen the mail"}))
    assert balance_of(delivered.member_id).available == 10_000
    seen = text_of(manager.get(page))
    assert "Seen the mail" in seen and 'name="approve"' not in seen and "Propose to give it back" not in seen
    assert page in text_of(manager.get(f"{reverse('redemptions:index')}?giving_back=whole"))
    assert page not in text_of(manager.get(f"{reverse('redemptions:index')}?giving_back=part"))
    assert page not in text_of(manager.get(listed))
    assert "was faster" in follow(manager, manager.post(decide, {"reject": ""}))


def test_what_staff_noted_is_for_those_who_propose_or_decide(delivered):
    agent, manager, analyst = map(client_of, (Role.SERVICE_AGENT, Role.BENEFITS_MANAGER, Role.ANALYST))
    agent.post(reverse("redemptions:give-back", args=[delivered.pk]), given_back_form())
    decide = reverse("redemptions:decide-giving-back", args=[GivingBack.objects.get().pk])
    manager.post(decide, {"approve": "", "remark": "Seen the mail"})
    page = reverse("redemptions:inspect", args=[delivered.pk])
    for client in (agent, manager):
        seen = text_of(client.get(page))
        assert "the provider admits it" in seen and "Seen the mail" in seen
    with CaptureQueriesContext(connection) as asked:
        seen = text_of(analyst.get(page))
    assert "it did not arrive" in seen and "Decided by" in seen
    assert "the provider admits it" not in seen and "Seen the mail" not in seen
    assert not any('"points_givingback"."note"' in query["sql"] for query in asked)


def test_points_are_written_as_chinese_banks_do(manager, delivered):
    agent = client_of(Role.SERVICE_AGENT, language="zh-hans")
    agent.post(reverse("redemptions:give-back", args=[delivered.pk]), given_back_form())
    page, chinese = reverse("redemptions:inspect", args=[delivered.pk]), {"accept-language": "zh-hans"}
    assert text_of(manager.get(page, headers=chinese)).count("1,000") == 3


def test_whoever_proposes_and_decides_is_told_what_becomes_of_it_and_of_their_words(manager, delivered):
    page = reverse("redemptions:inspect", args=[delivered.pk])
    assert "those that have expired since are good for 30 days" in text_of(manager.get(page))
    client_of(Role.SERVICE_AGENT).post(reverse("redemptions:give-back", args=[delivered.pk]), given_back_form())
    assert "Kept as it is; no personal data." in text_of(manager.get(page))


def test_it_is_rejected_and_stands_there(manager, delivered):
    agent = client_of(Role.SERVICE_AGENT)
    agent.post(reverse("redemptions:give-back", args=[delivered.pk]), given_back_form(points="10"))
    decide = reverse("redemptions:decide-giving-back", args=[GivingBack.objects.get().pk])
    assert "should do instead, then reject" in follow(manager, manager.post(decide, {"reject": "", "remark": " "}))
    assert "Rejected." in follow(manager, manager.post(decide, {"reject": "", "remark": "先问供应商"}))
    assert "rejected" in text_of(agent.get(reverse("redemptions:inspect", args=[delivered.pk])))
    assert balance_of(delivered.member_id).available == 9_000


@pytest.mark.parametrize(
    ("given", "said"),
    [({"points": "1001"}, "less than or equal to 1000"), ({"note": ""}, "required"), ({"reason": ""}, "required")],
)
def test_half_a_form_gives_nothing_back_and_loses_no_words(manager, delivered, given, said):
    page = text_of(manager.post(reverse("redemptions:give-back", args=[delivered.pk]), given_back_form(**given)))
    assert said in page
    if "note" not in given:
        assert "the provider admits it" in page
    assert not GivingBack.objects.exists()


def test_of_a_donation_all_or_nothing(manager):
    redemption = redeem(redeemer(), DONATE, project_id=make_project().pk)
    address = reverse("redemptions:give-back", args=[redemption.pk])
    half = str(redemption.points // 2)
    assert "its certificate is void then" in text_of(manager.post(address, given_back_form(points=half)))
    assert not GivingBack.objects.exists()


def test_what_was_not_delivered_can_not_be_given_back(manager):
    on_its_way = redeem(redeemer(), PHONE)
    assert "Give points back" not in text_of(manager.get(reverse("redemptions:inspect", args=[on_its_way.pk])))
    sent = manager.post(reverse("redemptions:give-back", args=[on_its_way.pk]), given_back_form())
    assert "There is nothing to give back" in follow(manager, sent)
