"""The texts that the platform ships with: default_texts/*.toml, and for an SMS else the catalogue's samples.

["renewal.lapsed".zh]       # and .en
title, short, letter, what_to_do, figures, sms (where the catalogue has no sample that fits)
["points.redeemed"]
variables                   # platform events only: name → type
mandatory                   # platform events only: true where it tells of something done in the person's name
"""

import hashlib
import json
import tomllib
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from members.catalogue import EventSpec

FOLDER = Path(__file__).parent / "default_texts"
#: Files of this folder that hold something else.
NOT_TEXTS = frozenset({"variables", "examples_en"})
#: Language of a template → key in the files.
LANGUAGES = {"zh-hans": "zh", "en": "en"}


class MissingTexts(Exception):
    """Event types whose routes name channels that no text was written for."""

    def __init__(self, missing: list[str]) -> None:
        super().__init__("no default text for " + ", ".join(missing))
        self.missing = missing


@dataclass(frozen=True)
class ShippedText:
    """The content of one template."""

    title: str
    body: str
    figures: tuple[str, ...] = ()
    what_to_do: str = ""

    @property
    def digest(self) -> str:
        """Tells whether a template still says what was shipped."""
        return hashlib.sha256(json.dumps(asdict(self), ensure_ascii=False).encode()).hexdigest()


class ShippedTexts:
    """Reads the files once. Raises ValueError for an event that is in two files, tomllib.TOMLDecodeError."""

    def __init__(self, folder: Path = FOLDER) -> None:
        self.events: dict[str, dict[str, Any]] = {}
        for path in sorted(folder.glob("*.toml")):
            if path.stem in NOT_TEXTS:
                continue
            for code, entry in tomllib.loads(path.read_text(encoding="utf-8")).items():
                if code in self.events:
                    raise ValueError(f"{path.name}: {code} is in another file, too")
                self.events[code] = entry

    def variables(self, spec: EventSpec) -> dict[str, str]:
        """What the texts of this event may name."""
        return dict(self.events.get(spec.code, {}).get("variables", spec.variables))

    def mandatory(self, spec: EventSpec) -> bool:
        """Whether nobody may refuse it. The catalogue says so of policy events, the files of the platform's own."""
        return bool(self.events.get(spec.code, {}).get("mandatory", spec.mandatory))

    def of(self, spec: EventSpec, channels: Iterable[str]) -> dict[tuple[str, str], ShippedText | None]:
        """(template channel, language) → text, for the channels of a route; None where none was written."""
        wanted = {"letter" if channel == "eletter" else channel for channel in channels}
        return {
            (channel, language): self.text(spec, channel, language)
            for channel in sorted(wanted)
            for language in LANGUAGES
        }

    def text(self, spec: EventSpec, channel: str, language: str) -> ShippedText | None:
        entry = self.events.get(spec.code, {}).get(LANGUAGES[language], {})
        if channel == "sms":
            sample = spec.sample_en_sms if language == "en" else spec.sample_zh_sms
            body = entry.get("sms") or sample
            return ShippedText("", body) if body else None
        body = entry.get("letter" if channel == "letter" else "short", "").strip()
        if not body or not entry.get("title"):
            return None
        if channel != "letter":
            return ShippedText(entry["title"], body)
        return ShippedText(entry["title"], body, tuple(entry.get("figures", ())), entry.get("what_to_do", "").strip())
