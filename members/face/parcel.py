"""Several pictures in one value of the database: a length of four bytes before each."""

from collections.abc import Sequence


def pack(pictures: Sequence[bytes]) -> bytes:
    return b"".join(len(picture).to_bytes(4, "big") + picture for picture in pictures)


def unpack(parcel: bytes) -> list[bytes]:
    pictures, at = [], 0
    while at < len(parcel):
        size = int.from_bytes(parcel[at : at + 4], "big")
        pictures.append(parcel[at + 4 : at + 4 + size])
        at += 4 + size
    return pictures
