"""A PNG or JPEG file: its kind and its size, read from its own segments.

A workbook keeps the file as it is, so nothing is decoded; but what is cut off or damaged shows as a red cross in every
spreadsheet program, and is refused here. The size must be known because a workbook stores the size at which a picture
is drawn.
"""

from __future__ import annotations

import zlib
from dataclasses import dataclass, field
from typing import Literal

from xlbackprop.errors import InputError, Problem

MAX_SIDE = 5_000  # pixels; a small file can unpack to any size
_PNG = b"\x89PNG\r\n\x1a\n"
_JPEG = b"\xff\xd8"
_JPEG_END = b"\xff\xd9"
_FRAMES = (0xC0, 0xC1, 0xC2)  # the kinds of JPEG that spreadsheet programs and browsers show
_WITHOUT_LENGTH = (0x01, *range(0xD0, 0xD8))


@dataclass(frozen=True, slots=True)
class Image:
    """A picture file, unchanged in `data`; `width` and `height` are in its own pixels."""

    kind: Literal["png", "jpeg"]
    width: int
    height: int
    data: bytes = field(repr=False)

    def fitted(self, width: int, height: int) -> tuple[int, int]:
        """Return the (width, height) at which it fits into so many pixels, its sides in proportion; it never grows."""
        scale = min(1.0, width / self.width, height / self.height)
        return max(1, round(self.width * scale)), max(1, round(self.height * scale))


def read_image(data: bytes, name: str) -> Image:
    """Return the picture in the bytes of a file. Raises InputError with this `name` where they are no sound picture."""
    image = _read_png(data) if data.startswith(_PNG) else _read_jpeg(data) if data.startswith(_JPEG) else None
    if image is None and not data.startswith((_PNG, _JPEG)):
        problem = Problem("", f'"{name}" is no PNG or JPEG picture.', "Save the picture as PNG or JPEG.")
    elif image is None or not image.width or not image.height:
        problem = Problem("", f'the picture "{name}" is damaged or cut off.', "Save it once more.")
    elif max(image.width, image.height) > MAX_SIDE:
        what = f'"{name}" has {image.width:,} × {image.height:,} pixels; {MAX_SIDE:,} a side are allowed.'
        problem = Problem("", what, "Make the picture smaller.")
    else:
        return image
    raise InputError(name, [problem])


def _read_png(data: bytes) -> Image | None:
    """Read its chunks, each with a length, a name and a checksum, to the last one; return None where it is damaged."""
    width = height = 0
    start = len(_PNG)
    while start + 12 <= len(data):
        end = start + 8 + int.from_bytes(data[start : start + 4])
        named, checksum = data[start + 4 : end], data[end : end + 4]
        if len(checksum) < 4 or zlib.crc32(named) != int.from_bytes(checksum):
            return None
        if named.startswith(b"IHDR") and len(named) == 17:
            width, height = int.from_bytes(named[4:8]), int.from_bytes(named[8:12])
        if named == b"IEND":
            return Image("png", width, height, data)
        start = end + 4
    return None


def _read_jpeg(data: bytes) -> Image | None:
    """Read its segments, each with a mark and a length, to the one with the size; return None where there is none."""
    start = len(_JPEG)
    while start + 9 <= len(data) and data[start] == 0xFF:
        mark = data[start + 1]
        if mark == 0xFF:  # marks may be padded
            start += 1
        elif mark in _WITHOUT_LENGTH:
            start += 2
        elif mark in _FRAMES:
            height, width = int.from_bytes(data[start + 5 : start + 7]), int.from_bytes(data[start + 7 : start + 9])
            return Image("jpeg", width, height, data) if _JPEG_END in data[start:] else None
        else:
            start += 2 + int.from_bytes(data[start + 2 : start + 4])
    return None
