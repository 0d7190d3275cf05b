"""Who lives and insures together: families, widows, companies with their staff, people who only asked."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from random import Random

from members.synthetic import numbers
from members.synthetic.people import Customer, Registry
from members.synthetic.places import REGIONS, Region
from members.synthetic.policies import Placement
from members.synthetic.tables import Weighted

#: How much richer than most: the VIP tiers come from it (catalogue/tiers.csv).
WEALTH = Weighted(((0.6, 30), (1.0, 48), (1.8, 16), (4.0, 6), (11.0, 1.6), (30.0, 0.4)))
#: Policies that a grown-up holds on his own life.
OWN_POLICIES = ((0, 1, 2, 3), (22, 48, 22, 8))


@dataclass(slots=True)
class Household:
    customers: list[Customer] = field(default_factory=list)
    placements: list[Placement] = field(default_factory=list)


@dataclass(slots=True)
class Builder:
    """Draws one household after another; a kind never takes more people than `room`."""

    registry: Registry
    built: int = 0

    @property
    def rng(self) -> Random:
        return self.registry.rng

    def build(self, room: int) -> Household:
        """The first ones are one of each kind, so that a small book has them all."""
        kinds = [kind for kind in KINDS if kind[0] <= room]
        if self.built < len(KINDS) and KINDS[self.built][0] <= room:
            draw = KINDS[self.built][2]
        elif self.built == 0:
            draw = Builder.single
        else:
            draw = Weighted((kind[2], kind[1]) for kind in kinds).draw(self.rng)
        self.built += 1
        return draw(self, REGIONS.draw(self.rng), room)

    def single(self, region: Region, room: int) -> Household:
        person = self._adult(self.rng.randint(20, 48), region)
        return self._complete(Household([person]), region)

    def elder(self, region: Region, room: int) -> Household:
        person = self._adult(self._old(), region)
        return self._complete(Household([person]), region)

    def prospect(self, region: Region, room: int) -> Household:
        """Asked for a quotation: often no more is known than a name and a telephone."""
        rng = self.rng
        person = self.registry.adult(age=rng.randint(20, 66), gender=self._gender(), region=region, ordinary=True)
        person.kind, person.address = "prospect", ""
        if rng.random() < 0.7:
            person.id_type = person.id_no = ""
            person.id_valid_to = None
        if rng.random() < 0.5:
            person.birth_date = None
        return Household([person])

    def couple(self, region: Region, room: int) -> Household:
        return self._pair(region, self.rng.randint(26, 62), 0)

    def family(self, region: Region, room: int) -> Household:
        children = min(self.rng.choices((1, 2, 3), (58, 36, 6))[0], room - 2)
        return self._pair(region, self.rng.randint(25, 50), children)

    def elders(self, region: Region, room: int) -> Household:
        return self._pair(region, self._old(), 0)

    def widowed(self, region: Region, room: int) -> Household:
        """One of two has died; the policy on that life was paid."""
        home = self._pair(region, self._old(), 0, alone=True)
        husband, wife = home.customers
        husband.deceased_on = self.registry.today - timedelta(days=self.rng.randint(20, 2500))
        # The core learned of it within a week.
        husband.updated_at = max(husband.updated_at, f"{husband.deceased_on + timedelta(days=7)}T09:30:00+08:00")
        placement = self._place(husband, husband, "self", home, [(wife, "100")])
        placement.died = True
        home.placements += [placement, self._place(wife, wife, "self", home)]
        return home

    def generations(self, region: Region, room: int) -> Household:
        """Grandparents too: their grown child pays for them."""
        home = self._pair(region, self.rng.randint(30, 48), 1)
        father = home.customers[0]
        assert father.birth_date is not None
        age = self.registry.today.year - father.birth_date.year + self.rng.randint(24, 34)
        elder = self._adult(min(age, 95), region, "male", father)
        elder.address = elder.address and father.address
        home.customers.append(elder)
        placement = self._place(elder, elder, "self", home, [(father, "100")])
        placement.payer = father
        home.placements += [placement, self._place(father, elder, "parent", home)]
        return home

    def company(self, region: Region, room: int) -> Household:
        """A company insures its people; some of them have policies of their own, too."""
        rng = self.rng
        staff = min(3 + int(rng.expovariate(1 / 5)), 60, room - 1)
        firm = self.registry.company(region)
        people = [self._adult(rng.randint(20, 59), region, plain=index > 0) for index in range(staff)]
        home = Household([firm, *people])
        for _ in range(rng.randint(1, 3)):
            home.placements.append(
                Placement(
                    holder=firm,
                    insureds=[(person, "employee") for person in people],
                    buyer="group",
                    card=numbers.bank_card(rng),
                )
            )
        home.placements += [self._place(person, person, "self", home) for person in people if rng.random() < 0.3]
        return home

    def _pair(self, region: Region, age: int, children: int, alone: bool = False) -> Household:
        """Husband, wife and their children. `alone`: without policies yet."""
        rng = self.rng
        husband = self._adult(age, region, "male", plain=children > 0)
        wife = self._adult(max(20, min(age + rng.randint(-5, 3), 95)), region, "female", plain=children > 0)
        wife.address = wife.address and husband.address
        home = Household([husband, wife])
        for _ in range(children):
            oldest = max(min(age - 23, 17), 0)
            # Every tenth child is a newborn.
            child_age = 0 if rng.random() < 0.1 else rng.randint(0, oldest)
            guardian = rng.choice((husband, wife))
            child = self.registry.child(age=child_age, father=husband, guardian=guardian, region=region)
            home.customers.append(child)
        if alone:
            return home
        wealth, card = WEALTH.draw(rng), numbers.bank_card(rng)
        for person, partner in ((husband, wife), (wife, husband)):
            for _ in range(rng.choices(*OWN_POLICIES)[0]):
                heirs = self._beneficiaries(partner, home.customers[2:])
                home.placements.append(Placement(person, [(person, "self")], "person", heirs, None, wealth, card))
        for child in home.customers[2:]:
            parent, other = rng.sample((husband, wife), 2)
            if rng.random() < 0.85:
                payer = other if rng.random() < 0.2 else None
                home.placements.append(Placement(parent, [(child, "child")], "child", [], payer, wealth, card))
            if rng.random() < 0.35:
                home.placements.append(Placement(parent, [(child, "child")], "person", [], None, wealth, card))
        if rng.random() < 0.25:
            home.placements.append(
                Placement(husband, [(wife, "spouse")], "person", [(husband, "100.00%")], None, wealth, card)
            )
        return home

    def _complete(self, home: Household, region: Region) -> Household:
        """A person's own policies: at least one, since without any one is a prospect."""
        (person,) = home.customers
        wealth, card = WEALTH.draw(self.rng), numbers.bank_card(self.rng)
        for _ in range(max(self.rng.choices(*OWN_POLICIES)[0], 1)):
            home.placements.append(Placement(person, [(person, "self")], "person", [], None, wealth, card))
        return home

    def _place(
        self,
        holder: Customer,
        insured: Customer,
        relation: str,
        home: Household,
        heirs: list[tuple[Customer, str]] | None = None,
    ) -> Placement:
        card = home.placements[0].card if home.placements else numbers.bank_card(self.rng)
        wealth = WEALTH.draw(self.rng)
        return Placement(holder, [(insured, relation)], "person", heirs or [], None, wealth, card)

    def _beneficiaries(self, partner: Customer, children: list[Customer]) -> list[tuple[Customer, str]]:
        """Shares of 100; none at all means the legal heirs."""
        draw = self.rng.random()
        if draw < 0.35:
            return []
        if not children or draw < 0.65:
            return [(partner, "100")]
        heirs = [partner, *children]
        if len(heirs) == 2:
            return list(zip(heirs, ("50", "50") if draw < 0.85 else ("60%", "40%"), strict=True))
        if len(heirs) == 3:
            return list(zip(heirs, ("33.34", "33.33", "33.33"), strict=True))
        return [(child, share) for child, share in zip(children, ("33.4%", "33.3%", "33.3%"), strict=True)]

    def _adult(
        self, age: int, region: Region, gender: str = "", son_of: Customer | None = None, plain: bool = False
    ) -> Customer:
        return self.registry.adult(
            age=age,
            gender=gender or self._gender(),
            region=region,
            surname=son_of.surname if son_of else None,
            ordinary=plain and self.rng.random() < 0.8,
        )

    def _gender(self) -> str:
        return self.rng.choice(("female", "male"))

    def _old(self) -> int:
        return min(60 + int(self.rng.expovariate(1 / 11)), 95)


#: People needed at least, weight, how it is drawn.
KINDS: tuple[tuple[int, float, Callable[[Builder, Region, int], Household]], ...] = (
    (3, 27, Builder.family),
    (1, 18, Builder.prospect),
    (2, 20, Builder.elders),
    (4, 1.6, Builder.company),
    (4, 5, Builder.generations),
    (2, 4, Builder.widowed),
    (1, 18, Builder.elder),
    (2, 12, Builder.couple),
    (1, 16, Builder.single),
)
