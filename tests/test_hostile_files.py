"""Files made with bad intentions are refused, or read without acting: in little time and memory, nothing fetched.

They are handed over in processes with a limit of memory, so that a file that breaks one down is told from the others.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread
from urllib.request import urlopen

import pytest

from tests.child import Outcome, in_a_child
from tests.hostile import HEAVY, TEXT, ZIPS, acting
from tests.slow import slow, slow_but
from tests.test_lesson import GOOD
from xlbackprop import compile_document, write_workbook
from xlbackprop.engines import EngineFailed, engine
from xlbackprop.engines.libreoffice import LibreOffice
from xlbackprop.errors import InputError
from xlbackprop.sheets import read_lesson
from xlbackprop.xlsx.read.active_content import refuse_active_content

pytestmark = pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="it measures memory as Linux tells it")

LONGEST = 20.0  # seconds; each takes under 4 on a machine that does nothing else
LARGEST = 1 << 30  # bytes
FILES = {**ZIPS, **TEXT, **HEAVY}
# Each takes a second.
HEAVIEST = (
    "a tag of 100,000 attributes",
    "formulas in a ring",
    "a chain of 20,000 formulas",
    "3,000 sheets",
    "100,000 merged ranges",
    "20,000 conditional formats",
    "20,000 validations",
)
LIGHT = [name for name in FILES if name not in HEAVIEST]
# What ends the process of IronCalc, or would take all memory there.
BREAKING = (
    "products over the whole sheet",
    "a search in the whole sheet",
    "a matrix without end",
    "a number of a billion places",
    "a function that calls itself",
    "powers 4,000 deep",
    "braces 4,000 deep",
    "a chain of 20,000 formulas",
)


@pytest.fixture(scope="module")
def room(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("hostile")


@pytest.fixture(scope="module")
def sound(room: Path) -> bytes:
    path = room / "sound.xlsx"
    write_workbook(compile_document(read_lesson(GOOD, "good.toml")), path)
    return path.read_bytes()


@pytest.fixture(scope="module")
def files(room: Path, sound: bytes) -> dict[str, Path]:
    """Put every hostile file into a folder of its own, so that it can be seen what else comes to be."""
    (room / "files").mkdir()
    paths = {name: room / "files" / f"{number}.xlsx" for number, name in enumerate(FILES)}
    for name, path in paths.items():
        path.write_bytes(FILES[name][0](sound))
    return paths


@pytest.fixture(scope="module")
def verified(files: dict[str, Path]) -> dict[str, Outcome]:
    return dict(zip(LIGHT, in_a_child("verify", [files[name] for name in LIGHT]), strict=True))


@pytest.fixture(scope="module")
def read(files: dict[str, Path]) -> dict[str, Outcome]:
    return dict(zip(LIGHT, in_a_child("read", [files[name] for name in LIGHT]), strict=True))


def is_harmless(outcome: Outcome) -> None:
    assert not outcome.trouble
    assert outcome.seconds < LONGEST
    assert outcome.peak < LARGEST


def is_refused_as_told(outcome: Outcome, name: str) -> None:
    if told := FILES[name][1]:
        assert outcome.refused
        assert told in outcome.said


@pytest.mark.parametrize("name", LIGHT)
def test_a_hostile_file_is_refused_or_verified_without_harm(verified: dict[str, Outcome], name: str) -> None:
    is_harmless(verified[name])
    is_refused_as_told(verified[name], name)


@pytest.mark.parametrize("name", LIGHT)
def test_every_reader_endures_a_hostile_file(read: dict[str, Outcome], name: str) -> None:
    is_harmless(read[name])


@pytest.mark.slow
@pytest.mark.parametrize("name", HEAVIEST)
def test_the_heaviest_files_are_refused_or_verified_and_read_without_harm(files: dict[str, Path], name: str) -> None:
    for use in ("verify", "read"):
        (outcome,) = in_a_child(use, [files[name]])
        is_harmless(outcome)
        if use == "verify":
            is_refused_as_told(outcome, name)


@pytest.mark.engine("ironcalc")
@pytest.mark.parametrize("name", slow_but(BREAKING, ("powers 4,000 deep", "braces 4,000 deep")))
def test_what_breaks_ironcalc_down_does_not_break_us(files: dict[str, Path], name: str) -> None:
    (outcome,) = in_a_child("ironcalc", [files[name]])
    assert not outcome.trouble
    assert outcome.seconds < 2 * LONGEST
    assert "Traceback" not in outcome.said


def test_nothing_comes_to_be_beside_the_files(
    files: dict[str, Path], verified: dict[str, Outcome], read: dict[str, Outcome]
) -> None:
    assert len(verified) == len(read) == len(LIGHT) == len(files) - len(HEAVIEST)
    folder = next(iter(files.values())).parent
    assert {path.suffix for path in folder.iterdir()} <= {".xlsx", ".blind"}
    assert not (folder.parent / "evil").exists()
    assert not (folder.parent.parent / "evil").exists()


# ------------------------------------------------------------------------------------------------ what reaches out


@pytest.fixture
def asked() -> Iterator[list[str]]:
    """A web server of this machine, which notes what it is asked for; its address comes first."""
    seen: list[str] = []

    class Witness(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            seen.append(self.path)
            self.send_response(200)
            self.end_headers()

        do_HEAD = do_OPTIONS = do_PROPFIND = do_GET  # noqa: N815 -- so they are looked up

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = HTTPServer(("127.0.0.1", 0), Witness)
    Thread(target=server.serve_forever, daemon=True).start()
    seen.append(f"http://127.0.0.1:{server.server_port}")
    yield seen
    server.shutdown()
    server.server_close()


def test_what_reaches_out_is_refused_before_a_program_sees_it(tmp_path: Path, sound: bytes, asked: list[str]) -> None:
    for name, make in acting(asked[0]).items():
        path = tmp_path / "w.xlsx"
        path.write_bytes(make(sound))
        if name == "hyperlink function":  # it waits for a click
            refuse_active_content(path)
        else:
            with pytest.raises(InputError, match=r"it holds|it has a document type"):
                refuse_active_content(path)
    assert len(asked) == 1


@pytest.mark.parametrize(
    "name",
    [
        "formualizer",
        slow("ironcalc", engine="ironcalc"),
        slow("libreoffice", engine="libreoffice"),
    ],
)
def test_no_program_fetches_anything_even_if_it_is_handed_such_a_file(
    tmp_path: Path, sound: bytes, asked: list[str], name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for proxy in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.delenv(proxy, raising=False)
    urlopen(f"{asked[0]}/control").close()
    assert asked[1:] == ["/control"]  # it would be seen
    paths = []
    for number, make in enumerate(acting(asked[0]).values()):
        path = tmp_path / f"{number}.xlsx"
        path.write_bytes(make(sound))
        paths.append(path)
    before = sorted(tmp_path.iterdir())
    program = LibreOffice(time_limit=120) if name == "libreoffice" else engine(name)
    batches = [paths] if name == "libreoffice" else [[path] for path in paths]
    for batch in batches:
        with suppress(EngineFailed):
            program.recalculate(batch)
    assert asked[1:] == ["/control"]
    assert sorted(tmp_path.iterdir()) == before
