"""One text of one event, channel and language: values go in, what the customer reads comes out."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from notifications import liquid
from notifications.display import Style, display, with_unit
from notifications.labels import label
from notifications.letters.content import LetterContent

#: As long as Message.title.
LONGEST_TITLE = 300
#: Free text in a message is cut there (the catalogue allows it: the detail is in the app); letters are never cut.
LONGEST_VALUE = {"sms": 100, "wechat": 300, "app": 2000}
SALUTATION = {"zh-hans": "尊敬的{addressee}：", "en": "Dear {addressee},"}
BLANK_LINE = re.compile(r"\n[ \t]*\n")


@dataclass(frozen=True)
class Text:
    """`types`: the variables that the event declares. `revision_id`: None for a text that is not published."""

    code: str
    channel: str
    language: str
    title: str
    body: str
    types: Mapping[str, str]
    figures: tuple[str, ...] = ()
    what_to_do: str = ""
    revision_id: int | None = None
    style: Style = field(init=False)
    longest: int | None = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "style", "short" if self.channel == "sms" else "long")
        object.__setattr__(self, "longest", LONGEST_VALUE.get(self.channel))

    def render(self, values: Mapping[str, object]) -> tuple[str, str]:
        """(title, body); an SMS has no title. Values in machine form (docs/feeds.md). Raises TemplateFault."""
        shown = self.shown(values)
        title = liquid.render(self.title, shown).strip() if self.title else ""
        return title[:LONGEST_TITLE], liquid.render(self.body, shown).strip()

    def render_letter(
        self,
        values: Mapping[str, object],
        *,
        addressee: str,
        postal_lines: tuple[str, ...],
        reference: str,
        dated_on: date,
    ) -> LetterContent:
        """The whole letter, ready to be typeset. Figures without a value are left out. Raises TemplateFault."""
        shown = self.shown(values)
        return LetterContent(
            language=self.language,
            title=liquid.render(self.title, shown).strip()[:LONGEST_TITLE],
            addressee=addressee,
            postal_lines=postal_lines,
            salutation=SALUTATION[self.language].format(addressee=addressee),
            paragraphs=self.paragraphs(liquid.render(self.body, shown)),
            figures=tuple(
                (label(name, self.language), with_unit(str(shown[name]), self.types.get(name, "str"), self.language))
                for name in self.figures
                if shown.get(name, "") != ""
            ),
            what_to_do=self.paragraphs(liquid.render(self.what_to_do, shown)),
            reference=reference,
            dated_on=dated_on,
        )

    def shown(self, values: Mapping[str, object]) -> dict[str, str | int]:
        return display(values, self.types, self.language, style=self.style, longest=self.longest)

    def paragraphs(self, text: str) -> tuple[str, ...]:
        """Paragraphs are parted by a blank line; a line break inside one is only how it was typed."""
        glue = " " if self.language == "en" else ""
        blocks = (glue.join(line.strip() for line in block.splitlines()) for block in BLANK_LINE.split(text))
        return tuple(block.strip() for block in blocks if block.strip())
