"""The quick libraries and what does their work without them: every number reads back exactly, either way."""

from __future__ import annotations

import os
import subprocess
import sys
import zlib
from pathlib import Path

import numpy as np
import pytest

from xlbackprop.xlsx.read.reader import read_workbook
from xlbackprop.xlsx.write import fast_libraries, is_untouched

pytestmark = pytest.mark.installed

BITS = np.random.default_rng(0).integers(0, 2**64, 20_000, dtype=np.uint64).view(np.float64)
NUMBERS = np.concatenate(
    [
        BITS[np.isfinite(BITS)],
        np.random.default_rng(1).normal(size=10_000),
        np.arange(-50.0, 50.0),
        [0.0, -0.0, 0.1 + 0.2, 1e-4, 1e-5, 1e-7, 1e15, 1e16, 1e22, 5e-324, 1.7976931348623157e308, 12345678.0],
    ]
)


@pytest.fixture(params=["quick", "plain"])
def way(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    if request.param == "quick":
        assert fast_libraries.QUICK, "orjson and isal are dependencies: here they should be installed"
    monkeypatch.setattr(fast_libraries, "QUICK", request.param == "quick")
    return str(request.param)


@pytest.mark.usefixtures("way")
def test_every_number_reads_back_exactly() -> None:
    texts = fast_libraries.number_texts(NUMBERS)
    assert [float(text) for text in texts] == NUMBERS.tolist()
    assert fast_libraries.number_texts(np.empty((0, 3))) == []


@pytest.mark.usefixtures("way")
def test_a_whole_number_has_no_decimal_point() -> None:
    block = np.array([[0.0, 1.0, 20.0], [-3.0, 282.0, 100.5]])
    assert fast_libraries.number_texts(block) == ["0", "1", "20", "-3", "282", "100.5"]


@pytest.mark.usefixtures("way")
def test_what_is_packed_unpacks() -> None:
    packer, data = fast_libraries.deflater(), b"<row>" * 100_000 + os.urandom(1000)
    packed = packer.compress(data[:7]) + packer.compress(data[7:]) + packer.flush()
    assert zlib.decompress(packed, -zlib.MAX_WBITS) == data
    assert len(packed) < 10_000


def test_a_workbook_made_without_the_quick_libraries_holds_the_same(tmp_path: Path) -> None:
    made = {}
    for plain in ("", "1"):
        path = tmp_path / f"made{plain}.xlsx"
        command = [sys.executable, "-m", "xlbackprop", "generate", "--epochs", "40", "--no-verify", "-o", str(path)]
        subprocess.run(command, check=True, capture_output=True, env={**os.environ, "XLBACKPROP_PLAIN": plain})
        assert is_untouched(path)
        made[plain] = path
    assert read_workbook(made[""]) == read_workbook(made["1"])
    assert made[""].read_bytes() != made["1"].read_bytes(), "the second was not made the plain way"


@pytest.mark.parametrize(
    ("row", "window"), [(0, 12), (2300, 12), (4095, 12), (4096, 13), (8191, 13), (32_767, 15), (32_768, 12)]
)
def test_the_window_holds_a_row_where_it_can(row: int, window: int) -> None:
    assert fast_libraries.window_for(row) == window


@pytest.mark.skipif(not fast_libraries.QUICK, reason="zlib's own window is the largest")
def test_a_row_longer_than_the_least_window_finds_the_row_above() -> None:
    row = b"<row " + os.urandom(3000).hex().encode() + b"</row>"

    def packed(expected: int) -> int:
        packer = fast_libraries.deflater(expected)
        return len(packer.compress(row * 20) + packer.flush())

    assert packed(len(row)) < packed(0) / 5
