"""A sheet that is to be changed, and where in its XML the cells stand that are to look otherwise."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from xlbackprop.workbook import Place
from xlbackprop.xlsx.annotate.splice import Spliced
from xlbackprop.xlsx.read import place_of

# What stands before the reference to the boxes of notes, by the format.
_BEFORE_BOXES = (
    "sheetPr dimension sheetViews sheetFormatPr cols sheetData sheetCalcPr sheetProtection protectedRanges scenarios "
    "autoFilter sortState dataConsolidate customSheetViews mergeCells phoneticPr conditionalFormatting dataValidations "
    "hyperlinks printOptions pageMargins pageSetup headerFooter rowBreaks colBreaks customProperties cellWatches "
    "ignoredErrors smartTags drawing"
)


class SheetXml(Spliced):
    """A sheet; `found` has the byte at which the tag of each wanted cell begins, and the number of its style."""

    def __init__(self, xml: bytes, wanted: Collection[Place] = ()) -> None:
        self.found: dict[Place, tuple[int, int]] = {}
        self._wanted = frozenset(wanted)
        self._row = self._column = 0
        super().__init__(xml, inside="sheetData")

    def met(self, name: str, attributes: Mapping[str, str], at: int) -> None:
        """Count rows and cells; some programs leave out their addresses."""
        if name == "row":
            self._row, self._column = int(attributes.get("r") or self._row + 1), 0
        elif name == "c":
            address = attributes.get("r")
            self._column = place_of(address)[1] if address else self._column + 1
            if (place := (self._row, self._column)) in self._wanted:
                self.found[place] = at, int(attributes.get("s") or 0)

    def width(self, column: int, standard: int) -> int:
        """Return how many pixels wide a column is, `standard` where the sheet does not say."""
        for columns in self.root.all("cols"):
            for node in columns.all("col"):
                if int(node.attributes.get("min", 0)) <= column <= int(node.attributes.get("max", 0)):
                    if node.attributes.get("hidden", "0") in ("1", "true"):
                        return 1
                    return max(1, round(7 * float(node.attributes.get("width", "8.43"))))
        return standard

    def refer_to_boxes(self, id_: str, related: str) -> None:
        """Refer to the boxes of the notes, which have this relationship; an old reference is replaced."""
        reference = f'<legacyDrawing{self.bound("r", related)} r:id="{id_}"/>'
        if (old := self.root.child("legacyDrawing")) is not None:
            self.put(old.start, reference, old.end)
        else:
            self.put_behind(_BEFORE_BOXES, reference)

    def deselect(self) -> bool:
        """Take the sheet out of the selected ones, and return whether it was one.

        Of two selected sheets a program writes what is typed into one of them into the other, too.
        """
        views = [view for each in self.root.all("sheetViews") for view in each.all("sheetView")]
        chosen = [view for view in views if view.attributes.get("tabSelected", "0") not in ("0", "false")]
        for view in chosen:
            self.set(view, "tabSelected", 0)
        return bool(chosen)
