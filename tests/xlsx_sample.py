"""A small hand-made workbook with one of everything: the loss (w − 3)² going down, for seven learning rates."""

from __future__ import annotations

import numpy as np

from xlbackprop.workbook.document import (
    Cell,
    Document,
    ErrorValue,
    Fill,
    Filled,
    Flag,
    Page,
    Sheet,
    Table,
    Validation,
    quoted,
)
from xlbackprop.workbook.figures import Chart, Corner, Outline, Series
from xlbackprop.workbook.looks import Look, Role, Style

ROWS = 40
RATES = (0.01, 0.02, 0.05, 0.1, 0.15, 0.2, 0.25)
TARGET = 3.0
FIRST_W = 0.1 + 0.2  # 0.30000000000000004: a number that needs all its digits


def descent(rate: float, rows: int = ROWS) -> dict[str, np.ndarray]:
    """Return w, E and ∂E/∂w of every row."""
    weights = [FIRST_W]
    for _ in range(rows - 1):
        weights.append(weights[-1] - rate * (2 * (weights[-1] - TARGET)))
    w = np.array(weights)
    return {"epoch": np.arange(rows, dtype=float), "w": w, "E": (w - TARGET) ** 2, "g": 2 * (w - TARGET)}


def run_name(rate: float) -> str:
    return f"LR={rate}"


def run_sheet(rate: float, rows: int = ROWS) -> Sheet:
    run = descent(rate, rows)
    number = Style(Look.NUMBER, Role.HIDDEN, "0.0000")
    columns = (
        _column("epoch", ("A", -1, "+1"), run["epoch"], Style(Look.NUMBER), constant_first=True),
        _column("w", ("B", -1, "-$B$3*D", -1), run["w"], Style(Look.NUMBER, Role.PARAMETER, "0.0000"), first="$B$4"),
        _column("E", ("(B", 0, "-$B$5)^2"), run["E"], Style(Look.NUMBER, Role.LOSS, "0.0000")),
        _column("∂E/∂w", ("2*(B", 0, "-$B$5)"), run["g"], Style(Look.NUMBER, Role.GRADIENT, "0.0000")),
        _column("t", ("'Inputs'!$B$4",), np.full(rows, TARGET), Style(Look.LINKED, Role.TARGET)),
        _column("says", ('IF(C', 0, '<0.5,"near","far & <away>")'), _verdicts(run["E"]), Style(Look.NUMBER)),
    )  # fmt: skip
    cells = {
        (1, 1): Cell(f"Gradient descent with η = {rate}.", Style(Look.TITLE)),
        (3, 1): Cell("η", Style(Look.LABEL)),
        (3, 2): Cell(rate, Style(Look.TYPED, Role.INPUT)),
        (4, 1): Cell("w", Style(Look.LABEL)),
        (4, 2): Cell(FIRST_W, Style(Look.LINKED, Role.PARAMETER), "'Inputs'!$B$3"),
        (5, 1): Cell("t", Style(Look.LABEL)),
        (5, 2): Cell(TARGET, Style(Look.LINKED, Role.TARGET), "'Inputs'!$B$4"),
        (9, 9): Cell("beside the table", Style(Look.NOTE)),
        (10, 8): Cell(2 * rate, number, "2*$B$3"),
    }
    return Sheet(
        name=run_name(rate),
        cells=cells,
        tables=(Table(7, 1, columns),),
        freeze="B8",
        flags=(Flag(f"C8:C{7 + rows}", "C8<0.5", "good"), Flag(f"C8:C{7 + rows}", "C8>7", "bad")),
        page=Page(repeat_rows="7:7"),
        tab=Role.LOSS,
    )


def _column(
    header: str,
    fill: Fill | None,
    values: np.ndarray,
    style: Style,
    first: str | None = None,
    constant_first: bool = False,
) -> Filled:
    head = Style(Look.HEADER, style.role)
    return Filled(header, fill, values, style, first, constant_first=constant_first, header_style=head, width=11)


def _verdicts(losses: np.ndarray) -> np.ndarray:
    return np.array(["near" if loss < 0.5 else "far & <away>" for loss in losses], dtype=object)


def inputs_sheet() -> Sheet:
    typed = Style(Look.TYPED, Role.INPUT)
    return Sheet(
        name="Inputs",
        cells={
            (1, 1): Cell("What may be changed.", Style(Look.TITLE)),
            (3, 1): Cell("w", Style(Look.LABEL)),
            (3, 2): Cell(FIRST_W, Style(Look.TYPED, Role.PARAMETER), changeable="w1"),
            (4, 1): Cell("t", Style(Look.LABEL)),
            (4, 2): Cell(TARGET, Style(Look.TYPED, Role.TARGET), changeable="t1"),
            (6, 1): Cell("=1+1", Style(Look.CODE)),
            (7, 1): Cell("  two\nlines  ", Style(wrap=True)),
            (8, 1): Cell(ErrorValue.NUM, Style(Look.NUMBER), "EXP(710)"),
            (9, 1): Cell(float("nan"), Style(Look.NUMBER), "LN(-1)"),
            (10, 1): Cell(True, Style(Look.VERDICT), "1+1=2"),
            (11, 1): Cell("'LR=0.1'", Style(Look.LINK), link="'LR=0.1'!A1"),
            (12, 1): Cell(2, typed),
            (3, 4): Cell("merged", Style(Look.VERDICT)),
            (13, 1): Cell(0.1 + 0.2, Style(Look.NUMBER), "B3"),
        },
        widths={1: 22, 2: 14},
        heights={1: 30, 5: 6},
        validations=(
            Validation("B3:B4", "decimal", -10, 10.5, "Between −10 and 10.5", "A number, please."),
            Validation("A12", "whole", 0, None, "Whole", "A whole number, please."),
        ),
        merged=("D3:F4",),
        tab=Role.INPUT,
    )


def summary_sheet(rows: int = ROWS) -> Sheet:
    roles = [role for role in Role if role is not Role.NONE]
    looks = [look for look in Look if look not in (Look.TITLE, Look.TYPED)]
    cells = {
        (1, 1): Cell("A small lesson: (w − 3)² goes down", Style(Look.TITLE)),
        (2, 1): Cell("∂E/∂w = 2·(w − t)   σ′(z) = σ(z)·(1 − σ(z))   E = ½(t − out)²", Style(Look.MATH)),
        (40, 1): Cell("Colours and looks", Style(Look.HEADING)),
        **{(41 + n, 1): Cell(role.value, Style(Look.LABEL, role)) for n, role in enumerate(roles)},
        **{(41 + n, 2): Cell(role.value, Style(Look.HEADER, role)) for n, role in enumerate(roles)},
        **{(41 + n, 3): Cell(-0.125, Style(Look.TYPED, role, "0.000")) for n, role in enumerate(roles)},
        **{(41 + n, 4): Cell(look.value, Style(look)) for n, look in enumerate(looks)},
        **{(41 + n, 6): Cell(run_name(rate), Style()) for n, rate in enumerate(RATES)},
    }
    return Sheet(
        name="Summary",
        cells=cells,
        charts=(loss_chart("F3", rows, y_log=False), loss_chart("F22", rows, y_log=True)),
        outlines=network(5, 1),
        widths={1: 14, 2: 14, 3: 14, 4: 14},
        page=Page(("A1:P55", "R1:S9"), pages_wide=2),
    )


def loss_chart(anchor: str, rows: int, *, y_log: bool) -> Chart:
    return Chart(
        anchor=anchor,
        width=640,
        height=360,
        title="The loss & its fall" + (", logarithmic" if y_log else ""),
        x_title="epoch",
        y_title="E = (w − 3)²",
        series=tuple(_curve(rate, rows, number) for number, rate in enumerate(RATES)),
        alt_text="Seven curves; all of them fall.",
        x_max=rows,
        x_step=rows / 8,
        y_log=y_log,
        y_format="0.0E+00" if y_log else "0.0",
    )


def _curve(rate: float, rows: int, number: int) -> Series:
    run = descent(rate, rows)
    sheet = quoted(run_name(rate))
    return Series(
        name=f"'Summary'!$F${41 + number}",
        name_text=run_name(rate),
        x=f"{sheet}!$A$8:$A${7 + rows}",
        x_values=run["epoch"],
        y=f"{sheet}!$C$8:$C${7 + rows}",
        y_values=run["E"],
    )


def network(row: int, column: int) -> tuple[Outline, ...]:
    """Two inputs and two outputs, and an arrow from each to each: down, up, and level."""
    tops = (row, row + 5)
    circles = (
        Outline("ellipse", Corner(top - 1, at, 0, 16), Corner(top + 2, at + 1, 0, 4), role, f"circle round {name}")
        for top, at, role, name in (
            (tops[0], column, Role.INPUT, "i1"),
            (tops[1], column, Role.INPUT, "i2"),
            (tops[0], column + 2, Role.LOSS, "o1"),
            (tops[1], column + 2, Role.LOSS, "o2"),
        )
    )
    arrows = (
        Outline(
            "arrow", Corner(start + 1, column + 1), Corner(end + 1, column + 2), Role.NONE, f"arrow from i{m} to o{n}"
        )
        for m, start in enumerate(tops, 1)
        for n, end in enumerate(tops, 1)
    )
    return (*circles, *arrows)


def sample(rows: int = ROWS) -> Document:
    return Document(
        title="A small lesson & its sums",
        description="Made by hand for the tests.",
        sheets=(summary_sheet(rows), inputs_sheet(), *(run_sheet(rate, rows) for rate in RATES)),
        names={"first_w": "'Inputs'!$B$3"},
        language="en-GB",
    )


def network_only() -> Document:
    """A sheet with outlines and without a chart, and one with nothing at all."""
    return Document("d", "", (Sheet("drawn", {}, outlines=network(3, 2)), Sheet("empty", {})))
