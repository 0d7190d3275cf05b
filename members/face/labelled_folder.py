"""A folder of people, each a folder of pictures: read and encoded, on all cores."""

import csv
import multiprocessing
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np

from members.face.calibration import Labelled
from members.face.frames import Frame, UnreadableFrame

SUFFIXES = frozenset({".jpg", ".jpeg", ".png", ".webp"})
GROUPS = "groups.csv"
#: A photo album's pictures, not a camera's frames.
MOST_BYTES, MOST_PIXELS = 30_000_000, 50_000_000


def pictures(folder: Path) -> list[tuple[str, Path]]:
    """(person, file), in order."""
    return [
        (person.name, file)
        for person in sorted(folder.iterdir())
        if person.is_dir()
        for file in sorted(person.iterdir())
        if file.suffix.lower() in SUFFIXES
    ]


def groups(folder: Path) -> dict[str, str]:
    """person → group, from groups.csv (columns person, group) where there is one. Raises ValueError naming the line."""
    path = folder / GROUPS
    if not path.exists():
        return {}
    found = {}
    with path.open(newline="", encoding="utf-8-sig") as file:
        for row in (reader := csv.DictReader(file)):
            if not row.get("person") or not row.get("group"):
                raise ValueError(f"{GROUPS}, line {reader.line_num}: person and group are needed")
            found[row["person"]] = row["group"]
    return found


def encode_file(path: Path) -> tuple[np.ndarray | None, str]:
    """The encoding, or why there is none."""
    try:
        frame = Frame(path.read_bytes(), most_bytes=MOST_BYTES, most_pixels=MOST_PIXELS)
        return frame.encoding, ""
    except UnreadableFrame as error:
        return None, error.reason
    except LookupError:
        return None, f"{len(frame.faces)} faces"
    except OSError as error:
        return None, str(error.strerror)


def encode_all(files: list[Path], processes: int) -> Iterator[tuple[np.ndarray | None, str]]:
    """In the order of the files. Fresh processes: a forked one may inherit a lock of the parent's libraries."""
    with multiprocessing.get_context("spawn").Pool(processes) as pool:
        yield from pool.imap(encode_file, files, chunksize=4)


def read_folder(
    folder: Path, *, processes: int, advance: Callable[[int, int], None]
) -> tuple[Labelled, list[tuple[Path, str]]]:
    """All pictures that show one face, and those that were skipped with the reason. Raises ValueError, OSError."""
    found, skipped = pictures(folder), []
    people, encodings = [], []
    results = encode_all([path for _, path in found], processes)
    for number, ((person, path), (encoding, reason)) in enumerate(zip(found, results, strict=True), start=1):
        if encoding is None:
            skipped.append((path, reason))
        else:
            people.append(person)
            encodings.append(encoding)
        advance(number, len(found))
    return Labelled(np.array(encodings), people, groups(folder)), skipped
