"""What a letter says, ready to be typeset: the body of an e-letter's or paper letter's Message, as JSON."""

import json
from dataclasses import asdict, dataclass
from datetime import date


@dataclass(frozen=True)
class LetterContent:
    """A letter in one language. `figures` are (label, value) pairs; `postal_lines` the address as on the envelope."""

    language: str
    title: str
    addressee: str
    postal_lines: tuple[str, ...]
    salutation: str
    paragraphs: tuple[str, ...]
    figures: tuple[tuple[str, str], ...]
    what_to_do: tuple[str, ...]
    reference: str
    dated_on: date

    def to_json(self) -> str:
        return json.dumps({**asdict(self), "dated_on": self.dated_on.isoformat()}, ensure_ascii=False)

    @classmethod
    def from_json(cls, text: str) -> "LetterContent":
        """The inverse of `to_json`. Raises ValueError or KeyError for anything else."""
        data = json.loads(text)
        return cls(
            language=data["language"],
            title=data["title"],
            addressee=data["addressee"],
            postal_lines=tuple(data["postal_lines"]),
            salutation=data["salutation"],
            paragraphs=tuple(data["paragraphs"]),
            figures=tuple((label, value) for label, value in data["figures"]),
            what_to_do=tuple(data["what_to_do"]),
            reference=data["reference"],
            dated_on=date.fromisoformat(data["dated_on"]),
        )
