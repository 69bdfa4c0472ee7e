"""Files made with bad intentions are refused, or read without acting: in little time and memory, nothing fetched.

They are handed over in processes with a limit of memory, so that a file that breaks one down is told from the others.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread
from urllib.request import urlopen

import pytest

from tests.child import Outcome, in_a_child
from tests.hostile import HARMLESS, HEAVY, HUGE, TEXT, TWICE, ZIPS, acting, both
from tests.slow import slow, slow_but
from tests.test_lesson import GOOD
from xlbackprop import compile_document, write_workbook
from xlbackprop.engines import EngineFailed, engine
from xlbackprop.engines.base import BlindCopy
from xlbackprop.engines.libreoffice import LibreOffice
from xlbackprop.errors import InputError
from xlbackprop.sheets import read_lesson
from xlbackprop.xlsx.read import read_sheets, refuse_active_content, workbook_package

pytestmark = pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="it measures memory as Linux tells it")

LONGEST = 20.0  # seconds of CPU; each takes under 4
LARGEST = 1 << 30  # bytes
FILES = {**ZIPS, **TEXT, **HEAVY, **HUGE}
# Each takes a second.
HEAVIEST = (
    "a tag of 100,000 attributes",
    "formulas in a ring",
    "a chain of 20,000 formulas",
    "3,000 sheets",
    "100,000 merged ranges",
    "20,000 conditional formats",
    "20,000 validations",
    *HUGE,
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


def written(name: str, room: Path, sound: bytes) -> Path:
    """Return the path of a hostile file, in a folder where nothing else is: so it can be seen what else comes to be."""
    path = room / "files" / f"{[*FILES].index(name)}.xlsx"
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(FILES[name][0](sound))
    return path


@pytest.fixture(scope="module")
def files(room: Path, sound: bytes) -> dict[str, Path]:
    return {name: written(name, room, sound) for name in LIGHT}


@pytest.fixture(scope="module")
def opened(files: dict[str, Path]) -> dict[str, Outcome]:
    return dict(zip(LIGHT, in_a_child("open", [files[name] for name in LIGHT]), strict=True))


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


@pytest.mark.parametrize("name", LIGHT)
def test_a_hostile_file_is_refused_with_its_reason_or_read_without_harm(opened: dict[str, Outcome], name: str) -> None:
    is_harmless(opened[name])
    is_refused_as_told(opened[name], name)


@pytest.mark.parametrize("name", LIGHT)
def test_every_reader_endures_a_hostile_file(read: dict[str, Outcome], name: str) -> None:
    is_harmless(read[name])


@pytest.mark.slow
@pytest.mark.parametrize("name", HEAVIEST)
def test_the_heaviest_files_are_refused_or_verified_and_read_without_harm(room: Path, sound: bytes, name: str) -> None:
    path = written(name, room, sound)
    for use in ("open", "verify", "read"):
        (outcome,) = in_a_child(use, [path])
        is_harmless(outcome)
        if use == "open":
            is_refused_as_told(outcome, name)


@pytest.mark.engine("ironcalc")
@pytest.mark.parametrize("name", slow_but(BREAKING, ("powers 4,000 deep", "braces 4,000 deep")))
def test_what_breaks_ironcalc_down_does_not_break_us(room: Path, sound: bytes, name: str) -> None:
    (outcome,) = in_a_child("ironcalc", [written(name, room, sound)])
    assert not outcome.trouble
    assert outcome.seconds < 2 * LONGEST
    assert "Traceback" not in outcome.said


def test_nothing_comes_to_be_beside_the_files(
    files: dict[str, Path], opened: dict[str, Outcome], verified: dict[str, Outcome], read: dict[str, Outcome]
) -> None:
    assert len(opened) == len(verified) == len(read) == len(files) == len(FILES) - len(HEAVIEST)
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


def open_wholly(path: Path) -> None:
    """Open a workbook as verify does before it asks a program. Raises InputError."""
    with workbook_package(path) as package:
        refuse_active_content(package, read_sheets(package))


@pytest.mark.parametrize("name", acting(""))
def test_what_reaches_out_is_refused_before_a_program_sees_it(
    tmp_path: Path, sound: bytes, asked: list[str], name: str
) -> None:
    path = tmp_path / "w.xlsx"
    path.write_bytes(acting(asked[0])[name](sound))
    with pytest.raises(InputError, match=r"it holds|it has a document type"):
        open_wholly(path)
    assert len(asked) == 1


@pytest.mark.parametrize("name", HARMLESS)
def test_what_waits_for_a_click_is_read(tmp_path: Path, sound: bytes, name: str) -> None:
    path = tmp_path / "w.xlsx"
    path.write_bytes(HARMLESS[name](sound))
    open_wholly(path)


@pytest.mark.parametrize("name", TWICE)
def test_what_is_said_twice_or_in_an_odd_place_is_refused(tmp_path: Path, sound: bytes, name: str) -> None:
    make, told = TWICE[name]
    path = tmp_path / "w.xlsx"
    path.write_bytes(make(sound))
    with pytest.raises(InputError, match=re.escape(told)):
        open_wholly(path)


def test_all_that_was_found_is_told_at_once(tmp_path: Path, sound: bytes) -> None:
    path = tmp_path / "w.xlsx"
    cases = acting("http://127.0.0.1:9")
    path.write_bytes(both(cases["a macro on a shape"], cases["a control of an older drawing"], cases["DDE"])(sound))
    with pytest.raises(InputError) as caught:
        open_wholly(path)
    for told in (
        "macros ([0]!run",
        "objects of other programs (<ClientData>)",
        "links to other files or programs (=soffice|",
    ):
        assert told in str(caught.value)


@pytest.mark.parametrize(
    "name",
    [
        "formualizer",
        slow("ironcalc", engine="ironcalc"),
        *(slow(name, engine=name) for name in ("libreoffice", "cellrune", "betteroffice", "gnumeric")),
    ],
)
def test_no_program_fetches_anything_even_if_it_is_handed_such_a_file(
    tmp_path: Path, sound: bytes, asked: list[str], name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for proxy in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.delenv(proxy, raising=False)
    urlopen(f"{asked[0]}/control").close()
    assert asked[1:] == ["/control"]  # it would be seen
    whole = tmp_path / "sound.xlsx"
    whole.write_bytes(sound)
    copies = []
    for number, make in enumerate(acting(asked[0]).values()):
        copies.append(BlindCopy.of(whole)._replace(path=tmp_path / f"{number}.xlsx"))
        copies[-1].path.write_bytes(make(sound))
    before = sorted(tmp_path.iterdir())
    program = LibreOffice(time_limit=120) if name == "libreoffice" else engine(name)
    for batch in [copies] if name == "libreoffice" else [[copy] for copy in copies]:
        with suppress(EngineFailed):
            program.recalculate(batch)
    assert asked[1:] == ["/control"]
    assert sorted(tmp_path.iterdir()) == before
