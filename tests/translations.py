"""Are our texts in Chinese? `python -m tests.translations`; `--write` adds the new ones to the .po file, untranslated.

Babel reads the sources, since a bare machine has no xgettext; Django itself turns templates into what Babel reads.
"""

import argparse
import io
import re
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract
from babel.messages.pofile import read_po, write_po
from django.utils.translation.template import templatize

ROOT = Path(__file__).resolve().parent.parent
PO = ROOT / "portal" / "locale" / "zh_Hans" / "LC_MESSAGES" / "django.po"
PACKAGES = ("portal", "notifications", "cms", "benefits", "points", "members")
KEYWORDS = {
    name: spec
    for base, spec in {
        "gettext": None,
        "ngettext": (1, 2),
        "pgettext": ((1, "c"), 2),
        "npgettext": ((1, "c"), 2, 3),
    }.items()
    for name in (base, f"{base}_lazy")
    # Templates say _() without an import.
} | {"_": None, "gettext_noop": None}
#: By what other name a source knows one of these: each its own, so that no text is overlooked.
ALIAS = re.compile(rb"import (\w+) as (\w+)")

# Babel checks the first kind itself, but not the second, and not that a plural keeps them.
PLACEHOLDER = re.compile(r"%\(\w+\)[sd]|\{\w*\}")
# Written anew each time without the dates and names that Babel adds, which would differ at each writing.
HEADER = r"""msgid ""
msgstr ""
"Project-Id-Version: banyan\n"
"Language: zh_Hans\n"
"Plural-Forms: nplurals=1; plural=0;\n"
"MIME-Version: 1.0\n"
"Content-Type: text/plain; charset=utf-8\n"
"Content-Transfer-Encoding: 8bit\n"

"""


def sources() -> Iterator[tuple[Path, bytes]]:
    for package in PACKAGES:
        for path in sorted((ROOT / package).rglob("*")):
            if path.suffix == ".py" and "migrations" not in path.parts:
                yield path, path.read_bytes()
            elif path.suffix in {".html", ".txt"} and "templates" in path.parts:
                # What is not a text becomes crosses with the blanks of the template, which would read as indents.
                lines = templatize(path.read_text(), origin=str(path)).splitlines()
                yield path, "\n".join(line.lstrip() for line in lines).encode()


def texts() -> Catalog:
    """Every text of our own sources, with the files that hold it."""
    catalog = Catalog()
    for path, source in sources():
        aliases = {to.decode(): KEYWORDS[of.decode()] for of, to in ALIAS.findall(source) if of.decode() in KEYWORDS}
        for _, message, comments, context in extract("python", io.BytesIO(source), keywords=KEYWORDS | aliases):
            if message:
                catalog.add(
                    message,
                    context=context,
                    locations=[(str(path.relative_to(ROOT)), 0)],
                    auto_comments=comments,
                )
    return catalog


def forms(text: str | list[str] | tuple[str, ...]) -> Sequence[str]:
    return [text] if isinstance(text, str) else text


def placeholders(text: str | list[str] | tuple[str, ...]) -> set[str]:
    return set(PLACEHOLDER.findall(forms(text)[-1]))


def faults(wanted: Catalog, translated: Catalog) -> list[str]:
    """A line for each text that has no Chinese, an unsure one, or one that names other variables."""
    found = []
    for message in wanted:
        if not message.id:
            continue
        entry = translated.get(message.id, message.context)
        files = ", ".join(sorted({file for file, _ in message.locations}))
        if entry is None or not entry.string or not all(forms(entry.string)):
            found.append(f"no Chinese: {message.id!r} ({files})")
        elif entry.fuzzy:
            found.append(f"unsure: {message.id!r} ({files})")
        else:
            found += [f"{error}: {message.id!r} ({files})" for error in entry.check(translated)]
            if placeholders(message.id) != placeholders(entry.string):
                found.append(f"other placeholders: {message.id!r} ({files})")
    unused = [entry for entry in translated if entry.id and wanted.get(entry.id, entry.context) is None]
    return found + [f"no longer used: {entry.id!r}" for entry in unused]


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.translations", description=__doc__)
    parser.add_argument("--write", action="store_true", help="add new texts, drop unused ones")
    options = parser.parse_args()
    with PO.open("rb") as file:
        translated = read_po(file, locale="zh_Hans", domain="django")
    wanted = texts()
    if options.write:
        translated.update(wanted, no_fuzzy_matching=True)
        translated.obsolete.clear()
        with PO.open("wb") as file:
            file.write(HEADER.encode())
            write_po(
                file,
                translated,
                width=110,
                omit_header=True,
                sort_output=True,
                include_lineno=False,
                ignore_obsolete=True,
            )
    found = faults(wanted, translated)
    for line in found:
        sys.stdout.write(f"{line}\n")
    sys.stdout.write(f"{len(found)} faults in {len(wanted)} texts\n" if found else f"{len(wanted)} texts, all there\n")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
