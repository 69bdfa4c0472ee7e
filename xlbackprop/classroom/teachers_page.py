"""A page of a class in HTML: what a teacher has to look at, how the points spread, the mistakes, all students.

It is one file that asks for nothing else, neither a script nor a style nor a picture, so it can be opened from a
folder, sent, and printed. It may hold names; `with_names=False` leaves them out.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from html import escape
from statistics import mean, median
from typing import NamedTuple
from urllib.parse import quote

from xlbackprop.classroom.rubric import FULL_MARKS
from xlbackprop.errors import printable

_BINS = 10
_BAR = 37  # of the 400 of the drawing's width
_MOST_SHOWN = 12  # links beside a mistake; the others unfold


class MadeMistake(NamedTuple):
    """A mistake that somebody made: what is said of it, and its kind in the catalogue."""

    sentence: str
    kind: str = ""


class ClassRow(NamedTuple):
    """What came of one workbook: its code and its student's name, the file with feedback as a path from the page.

    `points` is None where it has none, and `problem` says what a teacher has to look at.
    """

    code: str
    name: str = ""
    file: str = ""
    points: float | None = None
    problem: str = ""
    mistakes: Sequence[MadeMistake] = ()
    late: bool = False


# Pairs that stand on each other have a contrast of at least 4.5:1, which a test checks.
LIGHT = {
    "paper": "#ffffff", "stripe": "#f3f5f7", "ink": "#1f2933", "quiet": "#52606d", "link": "#0550a0",
    "bar": "#2f75b5", "line": "#8497b0", "look": "#fff3cd", "alarm": "#8f1d21",
}  # fmt: skip
DARK = {
    "paper": "#14181d", "stripe": "#1d232a", "ink": "#e6e9ec", "quiet": "#aab4be", "link": "#8fbcf2",
    "bar": "#5b9bd5", "line": "#5d6b7a", "look": "#3b3115", "alarm": "#ffb3b0",
}  # fmt: skip
_STYLE = """
*{box-sizing:border-box}
body{margin:0 auto;max-width:64rem;padding:1rem 1.25rem 3rem;background:var(--paper);color:var(--ink);
font:1rem/1.45 system-ui,"Segoe UI",Roboto,"Helvetica Neue",Arial,sans-serif}
h1{font-size:1.6rem;line-height:1.2;margin:.6rem 0}h2{font-size:1.2rem;margin:2rem 0 .5rem}
a{color:var(--link)}p{margin:.3rem 0}
.look{background:var(--look);border-left:.35rem solid var(--alarm);padding:.6rem 1rem;margin:1rem 0}
.look h2{margin:.1rem 0 .4rem}ul{margin:.3rem 0;padding-left:1.2rem}
.quiet{color:var(--quiet)}.alarm{color:var(--alarm);font-weight:600}
table{border-collapse:collapse;width:100%}
th,td{text-align:left;vertical-align:top;padding:.35rem .6rem;border-bottom:1px solid var(--line);
overflow-wrap:anywhere}
th{background:var(--stripe);font-weight:600;overflow-wrap:normal}
.n{text-align:right;white-space:nowrap;font-variant-numeric:tabular-nums;width:1%}
figure{margin:0}svg{width:100%;max-width:36rem;height:auto;display:block}
svg text{fill:var(--ink);font-size:12px;text-anchor:middle}.who{font-size:.9em;margin-top:.2rem}.s{width:40%}
svg rect{fill:var(--bar)}svg line{stroke:var(--line)}
summary{cursor:pointer;color:var(--link)}
@media(max-width:40rem){body{padding:.5rem .75rem 2rem}th,td{padding:.35rem .35rem}}
@page{size:A4;margin:15mm}
@media print{body{max-width:none;padding:0;font-size:10pt}.look,tr,figure{break-inside:avoid}h2{break-after:avoid}
thead{display:table-header-group}*{print-color-adjust:exact}}
"""


def class_page(
    title: str, marked: Sequence[ClassRow], *, full_marks: float = FULL_MARKS, with_names: bool = True
) -> str:
    """Return the page of a class; its students stand in the order of `marked`.

    Without names it has the codes alone; its links lead to the files as they are given, by paths without names, then.
    """
    page = _Page(marked, full_marks, with_names)
    body = [
        f"<h1>{_text(title)}</h1>",
        *page.summary(),
        *page.to_look_at(),
        *page.distribution(),
        *page.mistakes(),
        *page.students(),
    ]
    head = [
        '<meta charset="utf-8">',
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">",
        '<meta name="viewport" content="width=device-width, initial-scale=1">',
        '<meta name="color-scheme" content="light dark">',
        '<meta name="robots" content="noindex">',
        f"<title>{_text(title)}</title>",
        f"<style>{_colours()}{_STYLE}</style>",
    ]
    lines = ["<!doctype html>", '<html lang="en">', "<head>", *head, "</head>", "<body>", *body, "</body>", "</html>"]
    return "\n".join([*lines, ""])


def _colours() -> str:
    def told(colours: dict[str, str]) -> str:
        return "{" + ";".join(f"--{name}:{colour}" for name, colour in colours.items()) + "}"

    return f":root{told(LIGHT)}@media screen and (prefers-color-scheme:dark){{:root{told(DARK)}}}"


def _text(text: str) -> str:
    return escape(printable(text))


class _Page:
    def __init__(self, marked: Sequence[ClassRow], full_marks: float, with_names: bool) -> None:
        self._marked, self._full, self._with_names = marked, full_marks, with_names
        self._points = [row.points for row in marked if row.points is not None]

    def _whose(self, row: ClassRow) -> str:
        """Return the name of a student, or a code, as a link to the file where there is one."""
        shown = f"<bdi>{_text((self._with_names and row.name) or row.code)}</bdi>"
        # a colon is written as %3A, so no path is an address elsewhere
        return f'<a href="./{escape(quote(row.file))}">{shown}</a>' if row.file else shown

    def summary(self) -> Iterator[str]:
        """Yield how many there are, and their points in a sentence."""
        points, count = self._points, sum(bool(row.code) for row in self._marked)
        handed_in = f"{count:,} workbook{'s' * (count != 1)}, {len(points):,} marked."
        told = ""
        if points:
            told = (
                f" Points of {self._full:g}: from {min(points):g} to {max(points):g}, "
                f"{mean(points):.1f} on average, half of them have {median(points):.1f} or more."
            )
        yield f"<p>{handed_in}{told}</p>"

    def to_look_at(self) -> Iterator[str]:
        """Yield what a teacher has to look at."""
        rows = [row for row in self._marked if row.problem]
        if rows:
            yield f'<section class="look"><h2>To look at: {len(rows):,}</h2><ul>'
            yield from (f"<li>{self._whose(row)}: {_text(row.problem)}</li>" for row in rows)
            yield "</ul></section>"

    # ------------------------------------------------------------------------------------------------- distribution

    def distribution(self) -> Iterator[str]:
        """Yield a drawing of how many have how many points, whose text tells the same."""
        if not self._points:
            return
        counts, limits = self._counts(), [self._full * number / _BINS for number in range(_BINS + 1)]
        told = "; ".join(
            f"from {limits[number]:g} to {limits[number + 1]:g}: {count}"
            for number, count in enumerate(counts)
            if count
        )
        yield '<h2>Points</h2><figure><svg viewBox="0 0 400 150" role="img" aria-labelledby="spread told">'
        yield f'<title id="spread">How many workbooks have how many points</title><desc id="told">{told}</desc>'
        for number, count in enumerate(counts):
            left, high = 15 + _BAR * number, 105 * count / max(counts)
            if count:
                yield f'<rect x="{left + 2}" y="{125 - high:.1f}" width="{_BAR - 4}" height="{high:.1f}"/>'
                yield f'<text x="{left + _BAR / 2}" y="{121 - high:.1f}">{count}</text>'
        yield from (f'<text x="{15 + _BAR * number}" y="142">{limit:g}</text>' for number, limit in enumerate(limits))
        yield '<line x1="10" y1="125.5" x2="390" y2="125.5"/></svg></figure>'

    def _counts(self) -> list[int]:
        """Return how many workbooks are in each of the ranges of points, from the lowest."""
        counts = [0] * _BINS
        for points in self._points:
            counts[min(_BINS - 1, max(0, int(_BINS * points / self._full)))] += 1
        return counts

    # ------------------------------------------------------------------------------------------- mistakes, students

    def mistakes(self) -> Iterator[str]:
        """Yield the mistakes, the most frequent first: how many made it, what is said of it, and who they are."""
        made: dict[str, tuple[str, list[ClassRow]]] = {}
        for row in self._marked:
            for sentence, kind in dict(reversed([(one.sentence, one.kind) for one in row.mistakes])).items():
                made.setdefault(sentence, (kind, []))[1].append(row)
        if not made:
            return
        yield "<h2>Mistakes</h2>"
        yield '<table><thead><tr><th class="n">made by</th><th>mistake, and who made it</th></tr></thead><tbody>'
        for sentence, (kind, rows) in sorted(made.items(), key=lambda one: (-len(one[1][1]), one[0])):
            kind_of = f' <span class="quiet">({_text(kind)})</span>' if kind else ""
            who = f'<div class="who">{self._listed(rows)}</div>'
            yield f'<tr><td class="n">{len(rows):,}</td><td>{_text(sentence)}{kind_of}{who}</td></tr>'
        yield "</tbody></table>"

    def _listed(self, rows: Sequence[ClassRow]) -> str:
        links = [*map(self._whose, rows)]
        few, more = ", ".join(links[:_MOST_SHOWN]), ", ".join(links[_MOST_SHOWN:])
        count = len(links) - _MOST_SHOWN
        return f"{few}<details><summary>and {count:,} more</summary>{more}</details>" if more else few

    def students(self) -> Iterator[str]:
        """Yield the table of all workbooks."""
        yield "<h2>All</h2>"
        heading = "student" if self._with_names else "code"
        yield f'<table><thead><tr><th class="s">{heading}</th><th class="n">points</th>'
        yield '<th class="n">mistakes</th><th>remarks</th></tr></thead><tbody>'
        for row in self._marked:
            points = "–" if row.points is None else f"{row.points:g}"
            said = [*(["late"] * row.late), *([f'<span class="alarm">{_text(row.problem)}</span>'] * bool(row.problem))]
            count = len({one.sentence for one in row.mistakes})
            cells = f'<td class="n">{points}</td><td class="n">{count or ""}</td><td>{"; ".join(said)}</td>'
            yield f"<tr><td>{self._whose(row)}</td>{cells}</tr>"
        yield "</tbody></table>"
