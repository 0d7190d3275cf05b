"""What was written and sent in a case by either side, in the order in which it came."""

from dataclasses import dataclass
from datetime import datetime

from benefits.models import BenefitDocument, Case, Side


@dataclass(frozen=True)
class Said:
    """Words, or a document."""

    side: str
    at: datetime
    text: str = ""
    document: BenefitDocument | None = None

    @property
    def is_members(self) -> bool:
        return self.side == Side.MEMBER


def conversation(case: Case, *, with_papers: bool = True) -> list[Said]:
    words = [Said(each.side, each.written_at, each.text) for each in case.messages.all() if each.text]
    papers = [Said(each.side, each.sent_at, document=each) for each in case.documents.kept() if with_papers]
    return sorted([*words, *papers], key=lambda said: said.at)
