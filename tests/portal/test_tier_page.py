"""What a member sees of their VIP tier, on the web and in the app, and what their rewards cost by it."""

from datetime import date

import pytest
import time_machine

from benefits.actions.load_tier_terms import load_tier_terms
from members.models import Member
from points.actions.load_rewards import load_rewards
from points.models import Redemption, Reward
from tests.benefits.tiers import assessed, holder, pays, policy_of
from tests.factories import CustomerFactory, MemberFactory, PolicyFactory
from tests.members.accounts import verified
from tests.points.reward_cast import make_project
from tests.portal.proving import has_proved
from tests.portal.test_member_api import App
from tests.visits import give_points

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("untold")]


@pytest.fixture(autouse=True)
def december():
    load_tier_terms()
    with time_machine.travel("2026-12-01T09:00:00+08:00", tick=False):
        yield


def member_of(customer) -> Member:
    return verified(MemberFactory(agrees=True, customer=customer, mobile="+8613812345678"))


@pytest.fixture
def alice(client):
    """Gold since 1 March: 20,000 + 50,000 × 0.6."""
    customer = holder(20_000)
    policy_of(customer, 50_000, premium_term_years=5, policy_no="P20240310009")
    policy_of(customer, 900, short=True)
    assessed(customer, date(2026, 3, 1))
    member = member_of(customer)
    client.force_login(member)
    return member


def shown(client) -> str:
    answer = client.get("/me/tier", headers={"Accept-Language": "en"})
    assert answer.status_code == 200
    assert "no-store" in answer["Cache-Control"]
    return " ".join(answer.text.split())


def test_it_says_what_it_is_why_and_what_is_missing(client, alice):
    page = shown(client)
    for words in (
        "</svg> Gold", "Valid to March 31, 2027, and renewed for another year if you still reach it then.",
        "Next: Platinum", '<span class="figure">62 %</span>', "</span>50,000.00", "</span>80,000.00",
        "</span>30,000.00", "Lifetime critical illness", "P20****0009", "× 0.6",
        "insurance of a year or less does not count", "Gold begins",
    ):  # fmt: skip
        assert words in page, words
    assert "P20240310009" not in page


def test_less_than_it_takes_within_the_validity(client, alice):
    pays(alice.customer.policy_roles.order_by("pk").first().policy, 1_000)
    pays(alice.customer.policy_roles.order_by("pk")[2].policy, 10_000)
    assessed(alice.customer, date(2026, 12, 1))
    page = shown(client)
    assert "Valid to March 31, 2027, whatever changes until then." in page
    assert "To keep Gold in the long run, this VIP premium is missing:" in page
    assert "</span>23,000.00" in page
    assert "Looked at; Gold stays" in page


def test_in_the_buffer_it_says_until_when(client, alice):
    for role in alice.customer.policy_roles.filter(role="policyholder"):
        pays(role.policy, 1)
    assessed(alice.customer, date(2027, 4, 1))
    with time_machine.travel("2027-04-02T09:00:00+08:00"):
        client.force_login(alice)
        page = shown(client)
    assert "you reach no tier. You keep yours until May 30, 2027, and all it brings." in page
    assert "Gold is no longer reached, and kept for now" in page


def test_cooling_off_that_is_over_counts_with_the_next_assessment(client):
    customer = CustomerFactory()
    policy_of(customer, 90_000, cooling_off_ends_on=date(2026, 11, 30))
    client.force_login(member_of(customer))
    assert "Your policies reach Platinum. It begins with the next assessment, by Jan. 1, 2027." in shown(client)


def test_without_a_tier_it_says_how_one_comes(client):
    customer = holder()
    PolicyFactory(policyholder=customer, status="lapsed")
    client.force_login(member_of(customer))
    page = shown(client)
    assert "No VIP tier" in page and "Next: Gold" in page and "not in force" in page


def test_at_the_top_nothing_is_missing(client):
    customer = holder(600_000)
    assessed(customer, date(2026, 3, 1))
    client.force_login(member_of(customer))
    page = shown(client)
    assert "There is no tier above." in page and "Next:" not in page


def test_whoever_is_not_verified_is_shown_the_way_there(client):
    client.force_login(MemberFactory(agrees=True))
    assert client.get("/me/tier").status_code == 403


def test_app_is_told_the_same(alice):
    app = App(alice)
    told = app("GET", "me/tier")
    assert app.status == 200 and "no-store" in app.headers["Cache-Control"]
    assert (told["tier"], told["name"], told["valid_to"], told["vip_premium"]) == (
        "gold", "Gold", "2027-03-31", "50000.00",
    )  # fmt: skip
    assert told["next"] == {"tier": "platinum", "name": "Platinum", "takes": "80000.00", "missing": "30000.00"}
    assert (told["policies"][0]["policy_no"], told["policies"][0]["gives"]) == ("P20****0009", "30000.00")
    assert told["policies"][2]["why_not"] == "insurance of a year or less does not count"
    assert told["history"] == [
        {"on": "2026-03-01", "what": "Gold begins", "vip_premium": "50000.00", "kept_until": "2027-03-31"}
    ]


def test_app_of_whoever_is_not_verified_is_asked_for_more(client):
    app = App(MemberFactory(agrees=True))
    assert app("GET", "me/tier")["error"]["code"] == "insufficient_user_authentication"
    assert app.status == 401


def test_rewards_cost_what_they_cost_the_tier(client, alice):
    load_rewards()
    give_points(alice)
    reward = Reward.objects.get(sku="DONATE-500")
    reward.prices.create(tier="gold", cost_points=400)
    reward.prices.create(tier="platinum", cost_points=300)
    app = App(alice)
    [offer] = [each for each in app("GET", "me/rewards") if each["sku"] == reward.sku]
    assert offer["points"] == 400
    assert "400" in client.get("/points/rewards/DONATE-500").text
    has_proved(client, alice)
    client.post("/points/rewards/DONATE-500", {"project": make_project().pk})
    key = client.get("/points/rewards/DONATE-500/redeem").context["choice"].key
    answer = client.post("/points/rewards/DONATE-500/redeem", {"key": key})
    assert answer.status_code == 302, answer.text
    assert Redemption.objects.filter(member=alice, reward=reward).latest("pk").points == 400
