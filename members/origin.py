"""Where a request to an account comes from: what attempts are counted by, and what the account's history says."""

from dataclasses import dataclass, field

from members.entrances import Entrance


@dataclass(frozen=True)
class Origin:
    """`ip`: an address, IPv6 cut to its /64. `device`: a random mark that the device keeps, empty where it has none."""

    entrance: Entrance
    ip: str = field(default="", repr=False)
    device: str = field(default="", repr=False)
