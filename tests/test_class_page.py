"""The page of a class: it asks for nothing, says what a teacher has to look at first, and gives no name away unasked."""

from __future__ import annotations

import re
from html.parser import HTMLParser

import pytest

from xlbackprop.classroom import ClassRow, MadeMistake, class_page
from xlbackprop.classroom.teachers_page import DARK, LIGHT

SLOPE = MadeMistake("∂E/∂w3 uses out_h1·(1 − out_h1) where out_h2·(1 − out_h2) belongs.", "slope of another unit")
SIGN = MadeMistake("w5 adds where it should subtract & more.", "")
ROWS = [
    ClassRow("aaa", 'Ada "A" Lovelace', "feedback/0001-a b.xlsx", 100.0),
    ClassRow("bbb", "<script>alert(1)</script>", "javascript:alert(1)", 45.5, "", [SLOPE, SIGN, SLOPE], late=True),
    ClassRow("ccc", "Carl\x1bGauss\u2028", "", None, "it is <damaged>."),
    ClassRow("ddd", "Alan Turing", "../d.xlsx", 45.0, "", [SLOPE]),
    ClassRow("eee", "Emmy Noether", "e.xlsx", 0.0),
]
ALONE = ("meta", "br", "rect", "line")


class Parsed(HTMLParser):
    """The elements of a page, checked for being closed in order; `words` are the texts in their order."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.words: list[str] = []
        self.feed(page)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag not in ALONE:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1] != "style" and data.strip():
            self.words.append(data.strip())


def test_it_asks_for_nothing_and_runs_nothing() -> None:
    page = class_page("Week 3", ROWS)
    parsed = Parsed(page)
    assert {tag for tag, _ in parsed.elements} <= {
        *(
            [
                "html",
                "head",
                "meta",
                "title",
                "style",
                "body",
                "h1",
                "h2",
                "p",
                "section",
                "ul",
                "li",
                "figure",
                "svg",
                "desc",
                "rect",
                "line",
                "text",
                "table",
                "thead",
                "tbody",
            ]
        ),
        *(["tr", "th", "td", "div", "a", "bdi", "details", "summary", "span"]),
    }
    assert not [
        name for _, attributes in parsed.elements for name in attributes if name.startswith("on") or name == "src"
    ]
    assert "default-src 'none'" in page
    assert not re.search(r"https?:|url\(|@import", page)
    links = [attributes["href"] for tag, attributes in parsed.elements if tag == "a"]
    assert {*links} == {"./feedback/0001-a%20b.xlsx", "./javascript%3Aalert%281%29", "./../d.xlsx", "./e.xlsx"}


def test_names_are_texts_and_nothing_else() -> None:
    page = class_page("Week <3>", ROWS)
    assert "<script" not in page
    assert "<damaged>" not in page
    words = Parsed(page).words
    assert {"<script>alert(1)</script>", 'Ada "A" Lovelace', "Carl�Gauss�", "Week <3>"} <= {*words}


def test_names_can_be_left_out() -> None:
    page = class_page("Week 3", ROWS, with_names=False)
    for row in ROWS:
        assert row.code in page
    assert not [word for word in ("Ada", "Carl", "Turing", "Noether", "alert(1)<") if word in page]


def test_what_is_to_be_looked_at_comes_before_all_else() -> None:
    page = class_page("Week 3", ROWS)
    parts = ["To look at: 1", "Points", "Mistakes", "All"]
    places = [page.index(f"<h2>{part}") for part in parts]
    assert places == sorted(places)
    assert places[0] < page.index("it is &lt;damaged&gt;.") < places[1]
    assert "To look at" not in class_page("Week 3", ROWS[:2])


def test_the_most_frequent_mistake_comes_first_and_counts_a_student_once() -> None:
    words = Parsed(class_page("Week 3", ROWS)).words
    first, second = words.index(SLOPE.sentence), words.index(SIGN.sentence)
    assert first < second
    assert (words[first - 1], words[second - 1]) == ("2", "1")
    assert words[first + 1 : first + 5] == ["(slope of another unit)", "<script>alert(1)</script>", ",", "Alan Turing"]


def test_students_stand_as_they_are_given() -> None:
    words = Parsed(class_page("Week 3", ROWS)).words
    table = words[words.index("All") :]
    places = [table.index(name) for name in ("Alan Turing", "Emmy Noether", 'Ada "A" Lovelace')]
    assert places[2] < places[0] < places[1]
    assert table[table.index("Alan Turing") + 1 : table.index("Alan Turing") + 3] == ["45", "1"]


def test_the_drawing_tells_what_it_shows() -> None:
    page = class_page("Week 3", ROWS)
    told = re.search(r'<desc id="told">([^<]*)</desc>', page)
    assert told is not None
    assert told[1] == "from 0 to 10: 1; from 40 to 50: 2; from 90 to 100: 1"
    assert len(re.findall("<rect ", page)) == 3
    assert (
        "5 workbooks, 4 marked. Points of 100: from 0 to 100, 47.6 on average, half of them have 45.2 or more." in page
    )


def test_a_class_of_nobody_is_a_page() -> None:
    assert "0 workbooks, 0 marked." in class_page("Week 3", [])
    assert "<svg" not in class_page("Week 3", [ROWS[2]])
    assert Parsed(class_page("", [ClassRow("x")])).words.count("x") == 1


def test_many_who_made_a_mistake_unfold() -> None:
    rows = [ClassRow(f"c{number}", mistakes=[SLOPE]) for number in range(30)]
    page = class_page("Week 3", rows)
    assert "and 18 more" in page
    assert page.count("<bdi>c29</bdi>") == 2


def _luminance(colour: str) -> float:
    shares = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [share / 12.92 if share <= 0.03928 else ((share + 0.055) / 1.055) ** 2.4 for share in shares]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    high, low = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("colours", [LIGHT, DARK], ids=["light", "dark"])
def test_words_have_enough_contrast(colours: dict[str, str]) -> None:
    for ink in ("ink", "quiet", "link", "alarm"):
        assert contrast(colours[ink], colours["paper"]) >= 4.5
    for ink, ground in (("ink", "look"), ("link", "look"), ("ink", "stripe")):
        assert contrast(colours[ink], colours[ground]) >= 4.5
    assert contrast(colours["bar"], colours["paper"]) >= 3
