"""From a placement to a policy: which product, since when, in which situation."""

from collections import deque
from dataclasses import dataclass, field
from datetime import date, timedelta
from random import Random

from members.ages import age_on
from members.synthetic import contracts, standings
from members.synthetic.agents import Staff
from members.synthetic.people import updated
from members.synthetic.policies import Placement, Policy
from members.synthetic.products import OFFERS, ON_SALE, Offer
from members.synthetic.situations import Situation, arranged

CHANNELS = ("agency", "bank", "broker", "direct", "online")
SHARES = (58, 18, 6, 6, 12)
#: Draws of a product that an insured of that age could have, before giving up.
TRIES = 30


@dataclass(slots=True)
class Underwriter:
    """Writes policies: the arranged situations first, each where it fits, then as chance has it."""

    rng: Random
    today: date
    staff: Staff
    pending: deque[Situation] = field(default_factory=lambda: deque(arranged()))
    count: int = 0
    _rich: set[str] = field(default_factory=set)

    def write(self, placement: Placement) -> Policy | None:
        """A policy for these people; None where no product is for their age."""
        chosen = self._dealt(placement) or self._drawn(placement)
        if chosen is None:
            return None
        offer, began, situation = chosen
        rng = self.rng
        self.count += 1
        policy = Policy(
            policy_no=f"P{began.year}{self.count:07d}",
            offer=offer,
            placement=placement,
            effective_on=began,
            applied_on=began - timedelta(days=rng.randint(1, 9)),
        )
        contracts.sign(rng, policy, self.today, situation)
        contracts.hand_over(rng, policy, self.today, situation)
        standings.settle(rng, policy, self.today, situation)
        self._serve(policy)
        return policy

    def _dealt(self, placement: Placement) -> tuple[Offer, date, Situation] | None:
        if placement.died or placement.buyer == "group":
            return None
        offers = [offer for offer in OFFERS if offer.buyer == placement.buyer]
        for situation in self.pending:
            # One person's premiums add up: two would leave a tier without anybody.
            if situation.premium and placement.holder.customer_no in self._rich:
                continue
            self.rng.shuffle(offers)
            for offer in offers:
                if began := self._begin(offer, placement, situation):
                    self.pending.remove(situation)
                    self._rich |= {placement.holder.customer_no} if situation.premium else set()
                    return offer, began, situation
        return None

    def _drawn(self, placement: Placement) -> tuple[Offer, date, None] | None:
        for _ in range(TRIES):
            offer = ON_SALE[placement.buyer].draw(self.rng)
            if placement.died and offer.product.category != "whole_life":
                continue
            if began := self._begin(offer, placement, None):
                return offer, began, None
        return None

    def _begin(self, offer: Offer, placement: Placement, situation: Situation | None) -> date | None:
        insured = placement.insureds[0][0]
        assert insured.birth_date is not None
        began = contracts.begin(self.rng, self.today, offer, insured.birth_date, situation)
        holder = placement.holder
        if began and holder.birth_date and age_on(holder.birth_date, began) < 18:
            return None
        if began and holder.deceased_on and began >= holder.deceased_on - timedelta(days=400):
            return None
        return began

    def _serve(self, policy: Policy) -> None:
        rng = self.rng
        placement = policy.placement
        policy.sales_channel = rng.choices(CHANNELS, SHARES)[0]
        if placement.buyer == "group":
            policy.sales_channel = rng.choice(("direct", "broker", "agency"))
        if policy.sales_channel in ("agency", "bank", "broker"):
            policy.agent = self.staff.serving(rng, placement.holder.region)
        if policy.frequency != "single" or rng.random() < 0.5:
            policy.premium_account = placement.card
        policy.updated_at = updated(rng, self.today, policy.effective_on)
