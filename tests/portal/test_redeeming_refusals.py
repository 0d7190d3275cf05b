"""Every refusal is explained, to members on the web and to the app."""

import re

import pytest
from django.utils import timezone, translation

from members.models import Level
from points import refusals as ledger
from points.models import Reward
from points.rewards import refusals
from portal.member_api import ANSWERS, explanation
from portal.reward_words import TITLES, explained, of_obstacle, why
from tests.points.conftest import rewards  # noqa: F401  # fixture
from tests.points.reward_cast import PHONE

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("rewards")]


def every_refusal():
    reward, moment = Reward.objects.get(sku=PHONE), timezone.now()
    return [
        *(refusals.NotOffered(), refusals.NotYetOffered(moment), refusals.OfferEnded(moment), refusals.SoldOut()),
        *(refusals.LimitReached(reward, moment), refusals.RewardNeedsLevel(Level.ADVANCED, Level.VERIFIED)),
        *(refusals.NotOwnMobile(), refusals.MobileNeeded(), refusals.PriceChanged(5), refusals.ProjectNeeded()),
        refusals.SetsPrices(),
        *(refusals.TooLateToCancel(), refusals.NotDelivered()),
        ledger.InsufficientPoints(available=3, asked=10, owed=0),
        *(kind() for kind in ledger.LedgerRefusal.__subclasses__() if kind is not ledger.InsufficientPoints),
    ]


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_every_refusal_says_what_why_and_what_to_do(language):
    assert {*refusals.RewardRefused.__subclasses__(), *ledger.LedgerRefusal.__subclasses__()} == {
        type(refusal) for refusal in every_refusal()
    }
    assert set(refusals.RewardRefused.__subclasses__()) <= set(TITLES)
    with translation.override(language):
        for refusal in every_refusal():
            words = explained(refusal, held=Level.VERIFIED, back_to="/points/rewards/X")
            assert words["title"] and words["why"] and words["href"] and words["action"]
            assert of_obstacle(refusal)
            for text in (words["title"], words["why"], words["action"], of_obstacle(refusal)):
                assert bool(re.search("[一-龥]", text)) == (language == "zh-hans"), text
            assert "posting" not in why(refusal).lower()


def test_the_app_has_a_code_and_words_for_every_refusal():
    codes = {}
    for refusal in every_refusal():
        status, body = explanation(refusal)
        assert status in (403, 409, 422) and body["error"]["detail"]
        codes.setdefault(body["error"]["code"], []).append(refusal)
    assert [code for code, which in codes.items() if len(which) > 1] == ["not_booked"]
    assert all(kind in ANSWERS for kind in refusals.RewardRefused.__subclasses__())
