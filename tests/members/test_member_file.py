"""A member's file as staff see it: found without a trace in the address, masked, explained, acted upon."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import Group
from django.urls import reverse
from django.utils import timezone

from members.actions.grant_level import grant_level
from members.models import AccountEvent, Level, Member
from members.queries import level_of
from members.roles import Role
from tests.factories import CustomerFactory, MemberFactory, WeChatBindingFactory

pytestmark = pytest.mark.django_db
RESIDENT_ID = "110101199003070011"
AT_COUNTER = {"entrance": "counter"}


def staff(role, name="Ann"):
    member = MemberFactory(is_staff=True, name=name)
    member.groups.add(Group.objects.get(name=role))
    return member


@pytest.fixture
def agent(client):
    agent = staff(Role.SERVICE_AGENT, "Olga")
    enter(client, agent)
    return agent


@pytest.fixture
def alice():
    customer = CustomerFactory(name="欧阳爱丽", id_type="resident_id", id_no=RESIDENT_ID)
    alice = MemberFactory(name="欧阳爱丽", mobile="+8613811112222", email="alice@example.com", customer=customer)
    WeChatBindingFactory(member=alice, openid="o-0123456789")
    grant_level(
        member=alice, level=Level.VERIFIED, method="identity_match", evidence=f"customer:{customer.pk}", entrance="web"
    )
    return alice


def enter(client, who):
    client.force_login(who)
    client.defaults["HTTP_ACCEPT_LANGUAGE"] = "en"


def file_of(client, member):
    answer = client.get(reverse("member_files:inspect", args=[member.pk]))
    assert answer.status_code == 200
    return " ".join(answer.content.decode().split())


def act(client, name, member, **data):
    answer = client.post(reverse(f"member_files:{name}", args=[member.pk]), data, follow=True)
    return " ".join(answer.content.decode().split())


def waiting(client, what):
    return list(client.get(reverse("member_files:index"), {"waiting": what}).context["object_list"])


@pytest.mark.parametrize("wanted", ["138 1111 2222", "欧阳", "the customer number"])
def test_a_member_is_found_by_what_is_said_at_the_counter(client, agent, alice, wanted):
    MemberFactory()
    text = alice.customer.customer_no if wanted.startswith("the") else wanted
    answer = client.post(reverse("member_files:index"), {"wanted": text}, follow=True)
    assert [row.pk for row in answer.context["object_list"]] == [alice.pk]
    assert text.replace(" ", "") not in answer.redirect_chain[-1][0]


def test_the_file_explains_and_masks(client, agent, alice):
    page = file_of(client, alice)
    assert "138****2222" in page
    assert "name, document and phone match" in page
    assert "o-0123…" in page
    assert "level granted" in page
    for secret in ("13811112222", RESIDENT_ID, "alice@example.com", "o-0123456789"):
        assert secret not in page


def test_numbers_are_shown_for_one_view_and_the_file_says_who_looked(client, agent, alice):
    assert "Why?" in " ".join(client.get(reverse("member_files:unmask", args=[alice.pk])).content.decode().split())
    assert "required" in act(client, "unmask", alice, entrance="hotline")
    assert not AccountEvent.objects.filter(kind="unmasked").exists()
    answer = client.post(reverse("member_files:unmask", args=[alice.pk]), {"reason": "caller", "entrance": "hotline"})
    page = answer.content.decode()
    assert "+8613811112222" in page
    assert RESIDENT_ID in page
    assert "no-store" in answer["Cache-Control"]
    again = file_of(client, alice)
    assert RESIDENT_ID not in again
    assert "personal data shown to staff" in again
    assert "to make sure who is calling" in again
    assert "Olga" in again


def test_an_agent_is_offered_what_agents_do(client, agent, alice):
    page = file_of(client, alice)
    for offered in ("Send a code", "Verify in person", "Block the account"):
        assert offered in page
    for other in ("Propose the advanced level", "Propose to unblock"):
        assert other not in page


def test_a_refusal_is_said_at_the_field_and_what_was_typed_stays(client, agent):
    bob, record = MemberFactory(), CustomerFactory(id_type="resident_id", id_no=RESIDENT_ID)
    document = {"customer_no": record.customer_no, "id_type": "resident_id", "id_no": RESIDENT_ID}
    typed = AT_COUNTER | document | {"evidence": "1381"}
    page = act(client, "verify", bob, **typed)
    assert "Give the number of the record" in page
    assert record.customer_no in page
    assert "The member is verified." in act(client, "verify", bob, **typed | {"evidence": "COUNTER-2026-0042"})
    assert level_of(bob) == Level.VERIFIED


def test_a_video_call_counts_once_all_that_is_asked_was_seen(client, agent):
    bob, record = MemberFactory(), CustomerFactory(id_type="resident_id", id_no=RESIDENT_ID)
    typed = {
        "customer_no": record.customer_no,
        "id_type": "resident_id",
        "id_no": RESIDENT_ID,
        "evidence": "VIDEO-2026-0042",
    }
    assert "holds it beside their face" in client.get(reverse("member_files:verify", args=[bob.pk])).content.decode()
    act(client, "verify", bob, **typed, entrance="hotline")
    assert level_of(bob) == Level.REGISTERED
    page = act(client, "verify", bob, **typed, entrance="video_call")
    assert "A video call counts only when all of it was seen and recorded." in page
    assert level_of(bob) == Level.REGISTERED
    act(client, "verify", bob, **typed, entrance="video_call", seen_live="on")
    assert bob.level_grants.get().entrance == "video_call"
    assert level_of(bob) == Level.VERIFIED


def test_an_account_of_another_customer_is_given_to_nobody(client, agent, alice):
    record = CustomerFactory(id_type="resident_id", id_no="11010519491231002X")
    typed = AT_COUNTER | {"id_type": "resident_id", "id_no": "11010519491231002X", "evidence": "COUNTER-2026-0042"}
    page = act(client, "verify", alice, customer_no=record.customer_no, **typed)
    assert "belongs to another customer, and is given to nobody else" in page
    alice.refresh_from_db()
    assert alice.customer != record


def test_a_guardian_takes_the_consent_back_at_the_counter(client, agent):
    child = MemberFactory(name="王小明")
    assert "The guardian&#x27;s consent is recorded." in act(client, "guardian", child)
    assert reverse("member_files:guardian-takes-back", args=[child.pk]) in file_of(client, child)
    assert "The guardian&#x27;s consent has ended." in act(client, "guardian-takes-back", child)
    assert reverse("member_files:guardian-takes-back", args=[child.pk]) not in file_of(client, child)


def test_two_people_unblock(client, agent, alice):
    Member.objects.filter(pk=alice.pk).update(cooling_until=timezone.now() + timedelta(hours=1))
    assert "nothing risky until" in file_of(client, alice)
    assert "The account is blocked." in act(client, "block", alice, reason="reported", entrance="hotline")
    page = file_of(client, alice)
    assert "nothing risky until" not in page
    assert "Blocked by Olga" in page
    assert "suspicion of fraud" in page
    enter(client, staff(Role.APPROVER, "Ann"))
    act(client, "propose-release", alice, finding="本人到柜面核实")
    assert "Ask somebody else" in act(client, "decide-release", alice, release="yes", entrance="counter")
    enter(client, staff(Role.ADMINISTRATOR, "Ben"))
    assert "Ann proposes to unblock it: 本人到柜面核实" in file_of(client, alice)
    assert [row.pk for row in waiting(client, "release")] == [alice.pk]
    assert "Proposed unblockings" in client.get(reverse("wagtailadmin_home")).content.decode()
    act(client, "decide-release", alice, release="yes", entrance="counter")
    assert waiting(client, "blocked") == []
    assert "cooling: nothing risky until" in file_of(client, alice)
    assert Member.objects.get(pk=alice.pk).is_active


def test_two_people_give_the_advanced_level(client, alice):
    enter(client, staff(Role.APPROVER, "Ann"))
    act(client, "propose-level", alice, reason="no_face", evidence="VIDEO-2026-7", entrance="counter")
    assert "Ask somebody else" in act(client, "decide-level", alice, grant="yes")
    enter(client, staff(Role.ADMINISTRATOR, "Ben"))
    assert "Ann proposes the advanced level" in file_of(client, alice)
    assert [row.pk for row in waiting(client, "review")] == [alice.pk]
    assert "Proposed advanced levels" in client.get(reverse("wagtailadmin_home")).content.decode()
    act(client, "decide-level", alice, grant="yes")
    assert level_of(alice) == Level.ADVANCED
    assert waiting(client, "review") == []
    assert "Ann + Ben" in file_of(client, alice)


def test_nobody_acts_on_their_own_file(client, agent):
    assert "What you can do" not in file_of(client, agent)
    assert "Ask a colleague" in act(client, "block", agent, reason="strange", entrance="hotline")
