"""Small picture files, made without a library for pictures."""

from __future__ import annotations

import struct
import zlib

import numpy as np


def png(width: int, height: int) -> bytes:
    """Return a blue PNG."""
    rows = (b"\0" + b"\x1e\x5a\xa0" * width) * height
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + _chunk(b"IHDR", head) + _chunk(b"IDAT", zlib.compress(rows)) + _chunk(b"IEND", b"")


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def jpeg(width: int, height: int, frame: int = 0xC0) -> bytes:
    """Return the bones of a JPEG: a comment, a padded mark, a frame of the given kind, no picture, the end."""
    comment = b"\xff\xfe" + struct.pack(">H", 6) + b"\xff\xc0hi"  # looks like a frame to who does not count
    size = struct.pack(">HBHHB", 11, 8, height, width, 1) + b"\x01\x11\x00"
    return b"\xff\xd8" + comment + b"\xff\xff" + bytes([frame]) + size + b"\xff\xd9"


def palette_png(pixels: np.ndarray) -> bytes:
    """Return a PNG of rows × columns × (red, green, blue), with its 256 commonest colours; others become the nearest."""
    high, wide, _ = pixels.shape
    found, which, counts = np.unique(pixels.reshape(-1, 3), axis=0, return_inverse=True, return_counts=True)
    kept = found[np.argsort(-counts, kind="stable")[:256]]
    away = np.abs(found[:, None].astype(int) - kept).sum(axis=2)
    nearest = np.argmin(away, axis=1).astype(np.uint8)
    rows = np.hstack([np.zeros((high, 1), np.uint8), nearest[which.reshape(high, wide)]])
    head = struct.pack(">IIBBBBB", wide, high, 8, 3, 0, 0, 0)
    body = [(b"IHDR", head), (b"PLTE", kept.tobytes()), (b"IDAT", zlib.compress(rows.tobytes(), 9)), (b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(kind, data) for kind, data in body)
