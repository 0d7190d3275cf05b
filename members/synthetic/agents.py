"""Service agents, by branch: rows of agents.csv."""

from dataclasses import dataclass
from random import Random

from members.synthetic import numbers
from members.synthetic.names import SURNAMES, given_name
from members.synthetic.places import REGIONS, Region

COLUMNS = ["agent_no", "name", "mobile", "email", "branch", "active"]
#: Customers that one agent serves.
CUSTOMERS_EACH = 60
INACTIVE = 0.06


@dataclass(frozen=True, slots=True)
class Agent:
    agent_no: str
    name: str
    mobile: str
    email: str
    branch: str
    active: bool


def row(agent: Agent) -> tuple[str, ...]:
    return (agent.agent_no, agent.name, agent.mobile, agent.email, agent.branch, "true" if agent.active else "false")


class Staff:
    """All agents of a book, and who of them serves a region."""

    def __init__(self, rng: Random, customers: int) -> None:
        self.agents = [self._hire(rng, number) for number in range(1, max(20, customers // CUSTOMERS_EACH) + 1)]
        self._by_branch: dict[str, list[Agent]] = {}
        for agent in self.agents:
            self._by_branch.setdefault(agent.branch, []).append(agent)

    def serving(self, rng: Random, region: Region) -> Agent:
        """One of the region's branch, anyone where the branch has nobody."""
        return rng.choice(self._by_branch.get(region.branch, self.agents))

    @staticmethod
    def _hire(rng: Random, number: int) -> Agent:
        surname = SURNAMES.draw(rng)
        given, pinyin = given_name(rng, rng.choice(("female", "male")), rng.randint(1970, 2002))
        return Agent(
            agent_no=f"A{number:06d}",
            name=surname.text + given,
            mobile=numbers.mobile(rng),
            email=f"{surname.pinyin}{pinyin}{number}@agents.example.com".lower() if rng.random() < 0.8 else "",
            branch=REGIONS.draw(rng).branch,
            # Every book has somebody who left.
            active=number != 7 and rng.random() >= INACTIVE,
        )
