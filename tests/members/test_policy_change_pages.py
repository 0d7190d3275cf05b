"""The pages on which two of the staff change what actions ask for."""

import pytest
from django.contrib.auth.models import Group
from django.urls import reverse

from members.models import ActionPolicy, PolicyChange
from members.roles import Role
from tests.factories import MemberFactory

pytestmark = pytest.mark.django_db
PROPOSE = "action_policies:propose"
SURRENDER = {
    "amount_from": "10000.00",
    "level": "3",
    "factors": ["face"],
    "fresh_minutes": "10",
    "bound": "on",
    "entrances": ["web", "app"],
    "hold_hours": "24",
    "waits_after_change": "on",
    "reason": "防范代理退保",
}


def staff(role, name):
    member = MemberFactory(is_staff=True, name=name)
    member.groups.add(Group.objects.get(name=role))
    return member


@pytest.fixture
def ann(client):
    """Runs the platform."""
    ann = staff(Role.ADMINISTRATOR, "Ann")
    client.force_login(ann)
    client.defaults["HTTP_ACCEPT_LANGUAGE"] = "en"
    return ann


@pytest.fixture
def ben():
    return staff(Role.APPROVER, "Ben")


def proposed(client, **changes):
    address = reverse(PROPOSE, args=["surrender.apply", "10000"])
    return client.post(address, SURRENDER | changes, follow=True)


def page_of(client, change):
    return client.get(reverse("policy_changes:inspect", args=[change.pk])).content.decode()


def test_every_action_is_listed_in_words(client, ann):
    page = client.get(reverse("action_policies:index")).content.decode()
    assert "Surrender a policy" in page
    assert "CNY 10,000.00 and above" in page
    assert "face, not older than 10 minutes" in page
    assert "for this very request, used once" in page
    client.defaults["HTTP_ACCEPT_LANGUAGE"] = "zh-hans"
    assert "申请退保" in client.get(reverse("action_policies:index")).content.decode()


def test_a_proposal_is_compared_and_approved_by_somebody_else(client, ann, ben):
    page = proposed(client).content.decode()
    change = PolicyChange.objects.get()
    assert "after 24 hours" in page
    assert "<del>at once</del>" in " ".join(page.split()).replace("<del> ", "<del>").replace(" </del>", "</del>")
    assert "You proposed this" in page
    assert "approve" not in page.split("</table>")[-1]
    client.force_login(ben)
    assert "防范代理退保" in page_of(client, change)
    address = reverse("policy_changes:decide", args=[change.pk])
    assert "should do instead, then reject" in client.post(address, {"reject": ""}, follow=True).content.decode()
    home = client.get(reverse("wagtailadmin_home")).content.decode()
    assert "Proposed terms of actions" in home
    answer = client.post(address, {"approve": "", "remark": "同意"}, follow=True)
    assert "These terms hold from now on." in answer.content.decode()
    assert ActionPolicy.objects.get().hold_hours == 24
    listed = client.get(reverse("action_policies:index")).content.decode()
    assert "after 24 hours" in listed
    again = client.post(address, {"reject": ""}, follow=True)
    assert "was faster; the decision is: approved" in again.content.decode()


def test_whoever_proposed_is_told_to_ask_somebody_else(client, ann):
    proposed(client)
    address = reverse("policy_changes:decide", args=[PolicyChange.objects.get().pk])
    assert "Ask somebody else" in client.post(address, {"approve": ""}, follow=True).content.decode()
    assert not ActionPolicy.objects.exists()


@pytest.mark.parametrize(
    ("changes", "field", "said"),
    [
        ({"factors": [], "bound": ""}, "factors", "never done without a second factor"),
        ({"factors": []}, "factors", "needs a second factor"),
        ({"bound": ""}, "bound", "confirms the very request"),
        ({"waits_after_change": ""}, "waits_after_change", "stole a phone number"),
        ({"level": "1"}, "level", "never open to members who are only registered"),
        ({"fresh_minutes": "0"}, "fresh_minutes", "greater than or equal to 1"),
        ({"entrances": []}, "entrances", "required"),
        ({"reason": " "}, "reason", "required"),
    ],
)
def test_what_is_wrong_is_said_at_the_field_and_what_was_typed_stays(client, ann, changes, field, said):
    answer = proposed(client, **changes)
    assert said in " ".join(answer.context["form"].errors[field])
    assert said in answer.content.decode()
    if field != "reason":
        assert "防范代理退保" in answer.content.decode()
    assert not PolicyChange.objects.exists()


def test_what_is_in_force_already_or_proposed_already_is_said(client, ann):
    same = proposed(client, hold_hours="0", entrances=["web", "wechat", "app", "counter"])
    assert "in force already" in same.content.decode()
    proposed(client)
    assert "is open" in proposed(client).content.decode()


def test_the_way_back_to_the_default_needs_only_a_reason(client, ann, ben):
    proposed(client)
    client.force_login(ben)
    client.post(reverse("policy_changes:decide", args=[PolicyChange.objects.get().pk]), {"approve": ""})
    client.force_login(ann)
    address = reverse(PROPOSE, args=["surrender.apply", "10000"])
    assert "go back to the default" in client.get(address).content.decode()
    page = client.post(address, {"to_default": "", "reason": "恢复"}, follow=True).content.decode()
    assert "the default holds again" in page
    assert PolicyChange.objects.filter(decision="", to_default=True).count() == 1


@pytest.mark.parametrize("address", ["vault.open/0/", "surrender.apply/77/", "surrender.apply/x/"])
def test_terms_that_do_not_exist_are_not_changed(client, ann, address):
    assert client.get(reverse("action_policies:index") + address).status_code == 404
