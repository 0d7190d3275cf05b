"""Policy events that fit the book: which type happens to whom, in believable proportions, as CloudEvents."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from random import Random
from typing import Any

from members.catalogue import EventSpec, event_specs
from members.synthetic.cases import WINDOW, Case, days_in_window, needs_met
from members.synthetic.event_values import Moment, value
from members.synthetic.households import Household
from members.synthetic.people import SHANGHAI, Customer
from members.synthetic.policies import Policy
from members.synthetic.products import ON_SALE
from members.synthetic.tables import Weighted, rows

SOURCES = {"claims": "/core/claims", "complaint": "/core/crm", "hotline": "/core/crm", "verification": "/core/identity"}
SOURCE = "/core/policy-admin"
#: The core sends these without a policy now and then.
POLICY_OPTIONAL = ("complaint", "hotline", "other")
#: Of event_mix.csv: the type comes on a day that follows from the policy's dates.
SCHEDULED = "scheduled"
REDRAWS = 4


def _mix() -> dict[str, tuple[float, str]]:
    return {row["code"]: (float(row["weight"]), row["needs"]) for row in rows("event_mix")}


MIX = _mix()
#: Needs that most households meet: types with any other are told wherever the chance comes, so that none is missed.
COMMON_NEEDS = {
    "applicant", "person", "live", "long", "card", "regular", "savings", "savings_due", "served", "protection",
    "medical",
}  # fmt: skip
SPECS = {code: spec for code, spec in event_specs().items() if not spec.platform}


#: What a case fulfils, and the days on which some of it does.
Needs = tuple[tuple[str, ...], dict[str, date]]


@dataclass(slots=True)
class Narrator:
    """Tells `total` events over a whole book, each type of the 152 at least once."""

    rng: Random
    today: date
    total: int
    told: int = 0
    scarce: list[str] = field(default_factory=lambda: [code for code in MIX if MIX[code][1] not in COMMON_NEEDS])
    missing: list[str] = field(default_factory=lambda: [code for code in MIX if MIX[code][1] in COMMON_NEEDS])
    _mixes: dict[tuple[str, ...], Weighted[str]] = field(default_factory=dict)
    _spare: list[Case] = field(default_factory=list)

    def tell(self, home: Household, policies: list[Policy], upto: int) -> Iterator[dict[str, Any]]:
        """Events about one household, until `upto` have been told of the whole book."""
        cases = [Case(policy.holder, policy, policy.offer) for policy in policies]
        cases += self._applicants(home)
        known = {id(case): self._needs(case) for case in cases}
        # To the dead nothing happens, but that their policies are paid out.
        cases = [case for case in cases if known[id(case)][0]]
        if not cases:
            return
        if len(self._spare) < 40:
            self._spare += [case for case in cases if not case.person.deceased_on]
        seen: set[tuple[str, int]] = set()
        while chosen := self._choose(cases, known, seen, upto):
            code, case = chosen
            seen.add((code if SPECS[code].area != "claims" else "claims", id(case)))
            yield self._event(code, case, known[id(case)][1])

    def _choose(
        self, cases: list[Case], known: dict[int, Needs], seen: set[tuple[str, int]], upto: int
    ) -> tuple[str, Case] | None:
        """The next type and whom it happens to; None when this household has had its share."""
        if self.scarce and (chosen := self._first_of(self.scarce, cases, known)):
            return chosen
        if self.told >= upto:
            return None
        if self.missing and (chosen := self._first_of(self.missing, cases, known)):
            return chosen
        # Types that nobody was found for yet keep their place until the end.
        if self.told + len(self.scarce) + len(self.missing) >= self.total:
            return None
        return self._common(cases, known, seen)

    def rest(self) -> Iterator[dict[str, Any]]:
        """The types for which a small book had nobody: lent to whoever is near."""
        for code in (*self.scarce, *self.missing):
            applies = MIX[code][1] == "applicant"
            case = next((case for case in self._spare if (case.policy is None) is applies), self._spare[0])
            yield self._event(code, case, {})

    def _applicants(self, home: Household) -> Iterator[Case]:
        """Prospects, and now and then a customer, who apply for a new policy."""
        for person in home.customers:
            if person.kind == "prospect" or (
                person.kind == "individual"
                and not person.guardian_no
                and not person.deceased_on
                and self.rng.random() < 0.06
            ):
                yield Case(person, None, ON_SALE["person"].draw(self.rng))

    def _needs(self, case: Case) -> Needs:
        days = days_in_window(case, self.today)
        return needs_met(case, self.today, days), days

    def _first_of(self, codes: list[str], cases: list[Case], known: dict[int, Needs]) -> tuple[str, Case] | None:
        for case in cases:
            met = known[id(case)][0]
            for code in codes:
                if self._fits(code, met):
                    codes.remove(code)
                    return code, case
        return None

    def _common(self, cases: list[Case], known: dict[int, Needs], seen: set[tuple[str, int]]) -> tuple[str, Case]:
        """By weight; hardly ever the same type again for the same case, or a second step of a claim."""
        for _ in range(REDRAWS):
            case = self.rng.choice(cases)
            met = known[id(case)][0]
            mix = self._mixes.get(met)
            if mix is None:
                mix = self._mixes[met] = Weighted((code, MIX[code][0]) for code in MIX if self._fits(code, met))
            code = mix.draw(self.rng)
            if (code if SPECS[code].area != "claims" else "claims", id(case)) not in seen:
                break
        return code, case

    @staticmethod
    def _fits(code: str, met: tuple[str, ...]) -> bool:
        needs = MIX[code][1]
        return code in met if needs == SCHEDULED else needs in met

    def _event(self, code: str, case: Case, days: dict[str, date]) -> dict[str, Any]:
        self.told += 1
        spec = SPECS[code]
        at = self._time(days.get(code) or days.get(MIX[code][1]))
        recipient = self._recipient(spec, case)
        if case.policy and spec.area in POLICY_OPTIONAL and "policy_no" in spec.variables and self.rng.random() < 0.3:
            case = Case(recipient, None, case.offer)
        moment = Moment(self.rng, code, case, recipient, at, self.told)
        data = {name: value(moment, name, kind) for name, kind in spec.variables.items()}
        subject = data.get("policy_no") or data.get("application_no") or recipient.customer_no
        if not data.get("policy_no") or recipient is not case.person:
            data["customer_no"] = recipient.customer_no
        return {
            "specversion": "1.0",
            "id": f"core-{self.today:%Y%m%d}-{self.told:07d}",
            "source": SOURCES.get(spec.area, SOURCE),
            "type": code,
            "subject": subject,
            "time": at.isoformat(),
            "datacontenttype": "application/json",
            "data": data,
        }

    def _recipient(self, spec: EventSpec, case: Case) -> Customer:
        """The main recipient: the first role of the catalogue's row; for a child, its policyholder.

        Of a company's people, one has a claim; anything else is the company's.
        """
        policy = case.policy
        if policy is None:
            return case.person
        role = spec.recipients[0]
        person = case.person
        if role == "insured" and (spec.area == "claims" or policy.placement.buyer != "group"):
            person = self.rng.choice(policy.placement.insureds)[0]
        elif role == "beneficiary" and policy.placement.beneficiaries:
            person = policy.placement.beneficiaries[0][0]
        return policy.holder if person.guardian_no or person.deceased_on else person

    def _time(self, day: date | None) -> datetime:
        """In office hours of its day; today before the office opens, when the night's batches have run."""
        rng = self.rng
        day = day or self.today - timedelta(days=rng.randrange(WINDOW.days + 1))
        hour = rng.randrange(8) if day == self.today else rng.choices(range(24), HOURS)[0]
        return datetime.combine(day, time(hour, rng.randrange(60), rng.randrange(60)), SHANGHAI)


#: Events by hour of the day: night batches, office hours, evenings on the telephone.
HOURS = (1, 1, 1, 1, 1, 1, 2, 4, 9, 12, 12, 9, 6, 9, 12, 12, 10, 8, 6, 5, 4, 3, 2, 2)
