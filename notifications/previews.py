"""What staff see of a text before it goes out: rendered with the examples, as the channel would show it."""

from dataclasses import dataclass
from datetime import date

from django.conf import settings
from smpplib import consts
from smpplib.gsm import make_parts

from notifications.examples import example_values
from notifications.fault_wording import described
from notifications.letters.content import LetterContent
from notifications.liquid import TemplateFault
from notifications.rendering import Text

ADDRESSEE = {"zh-hans": "王女士", "en": "Ms Wang"}
POSTAL_LINES = {
    "zh-hans": ("200120", "上海市浦东新区世纪大道100号", "王女士 收"),
    "en": ("Ms Wang", "100 Century Avenue, Pudong", "Shanghai 200120"),
}


@dataclass(frozen=True)
class SmsLength:
    """As the network bills it, with the provider's signature. `gsm`: 7-bit letters, else 16-bit ones."""

    characters: int
    segments: int
    gsm: bool


@dataclass(frozen=True)
class Preview:
    """`fault` says why there is nothing to see."""

    language: str
    insurer: str
    title: str = ""
    body: str = ""
    letter: LetterContent | None = None
    sms_length: SmsLength | None = None
    fault: str = ""


def preview_of(text: Text) -> Preview:
    """Never raises for what a person may type."""
    insurer = settings.INSURER_NAME[text.language]
    values = example_values(text.types, text.language)
    try:
        if text.channel == "letter":
            letter = text.render_letter(
                values,
                addressee=ADDRESSEE[text.language],
                postal_lines=POSTAL_LINES[text.language],
                reference=str(values.get("policy_no") or values.get("application_no") or "—"),
                dated_on=date(2026, 3, 10),
            )
            return Preview(text.language, insurer, letter=letter)
        title, body = text.render(values)
    except TemplateFault as fault:
        return Preview(text.language, insurer, fault=described(fault))
    if text.channel != "sms":
        return Preview(text.language, insurer, title, body)
    signed = f"【{insurer}】{body}"
    return Preview(text.language, insurer, title, signed, sms_length=sms_length(signed))


def sms_length(text: str) -> SmsLength:
    parts, encoding, _ = make_parts(text)
    return SmsLength(len(text), len(parts), encoding == consts.SMPP_ENCODING_DEFAULT)
