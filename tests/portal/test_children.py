"""A guardian agrees to a child's account on the web, with the child's phone at hand, and takes it back."""

from datetime import date

import pytest
from django.urls import reverse
from django.utils import timezone

from members.minors import GuardianNeeded, require_guardian
from members.models import Consent
from tests.factories import CustomerFactory, MemberFactory
from tests.members.accounts import verified
from tests.portal.proving import has_proved
from tests.portal.test_another_number import show

pytestmark = pytest.mark.django_db
CHILDS = "+8613900000002"


def born(years_ago, **more):
    return CustomerFactory(birth_date=date(timezone.localdate().year - years_ago, 1, 1), **more)


@pytest.fixture
def mother(client):
    member = verified(MemberFactory(agrees=True, mobile="+8613800000001", customer=born(40)))
    client.force_login(member)
    has_proved(client, member)
    return member


def child_of(guardian):
    return MemberFactory(mobile=CHILDS, name="小宝", customer=born(10, guardian=guardian and guardian.customer))


def test_a_guardian_agrees_and_takes_it_back(client, mother, codes):
    child = child_of(mother)
    done = show(client, codes, "child-consent", CHILDS)
    page = client.get(done).text
    assert "第三十一条" in page
    assert "139****0002" in page
    assert client.post(done, {"version": "1"})["Location"] == reverse("consents")
    require_guardian(child)
    assert "小宝" in client.get(reverse("consents")).text
    client.post(reverse("child-consent-take-back", args=[child.pk]))
    with pytest.raises(GuardianNeeded):
        require_guardian(child)
    assert "小宝" not in client.get(reverse("consents")).text


def test_words_that_were_never_shown_are_not_agreed_to(client, mother, codes):
    child_of(mother)
    done = show(client, codes, "child-consent", CHILDS)
    for version in ("7", "9" * 5000):
        assert client.post(done, {"version": version})["Location"] == done
    assert client.post(done)["Location"] == done
    assert not Consent.objects.filter(kind="guardian").exists()


def test_somebody_elses_guardian_is_told_where_to_go(client, mother, codes):
    child_of(MemberFactory(customer=born(50)))
    answer = client.post(show(client, codes, "child-consent", CHILDS), {"version": "1"})
    assert answer.status_code == 403
    assert "户口簿" in answer.text


def test_a_child_without_an_account_signs_in_first(client, mother, codes):
    answer = client.get(show(client, codes, "child-consent", CHILDS))
    assert answer.status_code == 409
    assert "139****0002" in answer.text


def test_nobody_takes_back_what_another_agreed_to(client, mother):
    father = verified(MemberFactory(customer=born(41)))
    child = child_of(father)
    Consent.objects.create(
        member=child, kind="guardian", version=1, language="zh-hans", text_hash=b"0" * 32, entrance="web",
        guardian=father.customer,
    )  # fmt: skip
    address = reverse("child-consent-take-back", args=[child.pk])
    assert client.post(address).status_code == 404
    require_guardian(child)
    assert client.post(reverse("child-consent-take-back", args=[child.pk + 1])).status_code == 404
