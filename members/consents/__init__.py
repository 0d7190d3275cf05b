"""The texts that members agree to: versioned files, shipped with the package, never changed once in force."""

import hashlib
import json
import tomllib
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path

from django.utils import timezone

from members.models import Consent, Language

FOLDER = Path(__file__).parent / "texts"
#: Without these there is no account; whoever withdraws one closes it.
NEEDED = (Consent.Kind.TERMS, Consent.Kind.PRIVACY)
#: The kind that each channel of offers needs, by the channel's code in notifications.
MARKETING = {
    "sms": Consent.Kind.MARKETING_SMS,
    "wechat": Consent.Kind.MARKETING_WECHAT,
    "app": Consent.Kind.MARKETING_APP,
    "eletter": Consent.Kind.MARKETING_EMAIL,
}


class NoSuchText(LookupError):
    """No text of this kind and version, or none in force yet."""


@dataclass(frozen=True)
class ConsentText:
    """`summary`: one sentence; `body`: paragraphs; `given`, `withdrawn`: what follows from it, in plain words."""

    kind: Consent.Kind
    version: int
    language: Language
    effective_on: date
    title: str
    summary: str
    body: tuple[str, ...]
    given: str
    withdrawn: str

    @property
    def digest(self) -> bytes:
        """32 bytes that prove which words a consent was given to (SHA-256)."""
        words = [
            self.kind,
            self.version,
            self.language,
            self.title,
            self.summary,
            *self.body,
            self.given,
            self.withdrawn,
        ]
        return hashlib.sha256(json.dumps(words, ensure_ascii=False, separators=(",", ":")).encode()).digest()


@cache
def all_texts() -> dict[tuple[str, int, str], ConsentText]:
    """Every text by kind, version and language; a file `terms-1.toml` holds one version in both languages."""
    found = {}
    for path in sorted(FOLDER.glob("*.toml")):
        kind, _, version = path.stem.rpartition("-")
        content = tomllib.loads(path.read_text(encoding="utf-8"))
        for language in Language:
            words = content[language.value]
            found[kind, int(version), language.value] = ConsentText(
                kind=Consent.Kind(kind),
                version=int(version),
                language=language,
                effective_on=content["effective_on"],
                title=words["title"],
                summary=words["summary"],
                body=tuple(words["body"].strip().split("\n\n")),
                given=words["given"],
                withdrawn=words["withdrawn"],
            )
    return found


def current_version(kind: str, on: date | None = None) -> int:
    """The newest version in force on that day (default: today, Shanghai). Raises NoSuchText."""
    day = on or timezone.localdate()
    versions = [text.version for text in all_texts().values() if text.kind == kind and text.effective_on <= day]
    if not versions:
        raise NoSuchText(kind)
    return max(versions)


def current_text(kind: str, language: str) -> ConsentText:
    """Raises NoSuchText."""
    return text_of(kind, current_version(kind), language)


def text_of(kind: str, version: int, language: str) -> ConsentText:
    """The words of a consent, also of one given long ago. Raises NoSuchText."""
    try:
        return all_texts()[kind, version, language]
    except KeyError as error:
        raise NoSuchText(f"{kind}-{version}") from error
