"""Two fast libraries for the writer, and what replaces them where they are not installed.

orjson turns numbers into text many times as fast as Python does, and isal compresses three times as fast as zlib. With
or without them the file is sound: every number reads back exactly. Set XLBACKPROP_PLAIN to do without them.
"""

from __future__ import annotations

import os
import zlib
from typing import Protocol

import numpy as np

PLAIN_LEVEL = 1  # thrice as quick as the default level 6, and a third larger
QUICK_LEVEL = 3
# The least and the largest, as powers of two. A near repetition is encoded in fewer bits than a far one.
WINDOWS = 12, 15

try:
    if os.environ.get("XLBACKPROP_PLAIN"):
        raise ImportError
    import orjson
    from isal import isal_zlib
except ImportError:
    QUICK = False
else:
    QUICK = True


class Deflater(Protocol):
    """A compressor that takes its data piece by piece, like zlib.compressobj()."""

    def compress(self, data: bytes, /) -> bytes: ...
    def flush(self) -> bytes: ...


def window_for(row: int) -> int:
    """Return the smallest window, as a power of two, in which a row of so many bytes finds the row above."""
    least, largest = WINDOWS
    return bits if least <= (bits := row.bit_length()) <= largest else least


def deflater(row: int = 0) -> Deflater:
    """Return a compressor for one part of a zip file (raw deflate), whose rows have about so many bytes."""
    if QUICK:
        quick: Deflater = isal_zlib.compressobj(QUICK_LEVEL, isal_zlib.DEFLATED, -window_for(row), 9)
        return quick
    return zlib.compressobj(PLAIN_LEVEL, zlib.DEFLATED, -zlib.MAX_WBITS)


def number_texts(block: np.ndarray) -> list[str]:
    """Return the texts of an array's numbers (float64, any shape) in a flat list, each with all its digits.

    The texts of NaN and ∞ have no meaning.
    """
    flat = block.ravel()
    if not flat.size:
        return []
    if QUICK:
        listed = orjson.dumps(flat, option=orjson.OPT_SERIALIZE_NUMPY)[1:-1].decode() + ","
    else:
        listed = repr(flat.tolist())[1:-1].replace(" ", "") + ","
    return listed.replace(".0,", ",")[:-1].split(",")
