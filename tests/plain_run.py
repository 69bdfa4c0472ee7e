"""The walkthrough once more, in bare Python: nothing of the package is used."""

from __future__ import annotations

import math

HEADERS = [
    "epoch",
    *("t1", "t2", "i1", "i2", "w1", "w2", "w3", "w4", "h1", "out_h1", "h2", "out_h2", "w5", "w6", "w7", "w8"),
    *("o1", "out_o1", "o2", "out_o2", "E1", "E2", "E_Total"),
    *(f"∂E/∂w{number}" for number in range(1, 9)),
]
RATES = {"LR=0.1": 0.1, "LR=0.2": 0.2, "LR=0.5": 0.5, "LR=0.8": 0.8, "LR=1.0": 1.0, "LR=2.0": 2.0}
START = (0.3, 0.5, -0.2, 0.7, 0.1, -0.6, 0.3, -0.9)


def _sigma(z: float) -> float:
    return 1 / (1 + math.exp(-z))


def plain_run(rate: float, rows: int = 283, start: tuple[float, ...] = START) -> list[list[float]]:
    """Return the rows of the walkthrough's table for one learning rate."""
    i1, i2, t1, t2 = 0.05, 0.10, 0.01, 0.99
    w = list(start)
    table = []
    for epoch in range(rows):
        h1, h2 = w[0] * i1 + w[1] * i2, w[2] * i1 + w[3] * i2
        a1, a2 = _sigma(h1), _sigma(h2)
        o1, o2 = w[4] * a1 + w[5] * a2, w[6] * a1 + w[7] * a2
        y1, y2 = _sigma(o1), _sigma(o2)
        d1, d2 = (y1 - t1) * y1 * (1 - y1), (y2 - t2) * y2 * (1 - y2)
        e1, e2 = (d1 * w[4] + d2 * w[6]) * a1 * (1 - a1), (d1 * w[5] + d2 * w[7]) * a2 * (1 - a2)
        gradient = [e1 * i1, e1 * i2, e2 * i1, e2 * i2, d1 * a1, d1 * a2, d2 * a1, d2 * a2]
        loss1, loss2 = (t1 - y1) ** 2 / 2, (t2 - y2) ** 2 / 2
        first = [epoch, t1, t2, i1, i2, *w[:4], h1, a1, h2, a2, *w[4:], o1, y1, o2, y2, loss1, loss2, loss1 + loss2]
        table.append([*first, *gradient])
        w = [weight - rate * slope for weight, slope in zip(w, gradient, strict=True)]
    return table
