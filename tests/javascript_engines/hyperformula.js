// HyperFormula calculates all sheets at once; it knows ranges of cells, not files.
"use strict";

const { library, told, answer } = require("./node_bridge.js");
const { HyperFormula, DetailedCellError } = library("hyperformula");

const SETTINGS = {
  licenseKey: "gpl-v3",
  useArrayArithmetic: true, // a range times a range is a range, as in a SUMPRODUCT of Excel
  smartRounding: false, // numbers as they were calculated
  precisionEpsilon: 0,
  maxRows: 1048576,
  maxColumns: 16384,
};

// TRUE and FALSE without brackets are names to it
const NAMES = [{ name: "TRUE", expression: "=TRUE()" }, { name: "FALSE", expression: "=FALSE()" }];

function content([, , formula, value]) {
  if (formula !== null) return "=" + formula.replaceAll("_xlfn.", "");
  if (value !== null && typeof value === "object") return "=" + value.error;
  return typeof value === "string" ? "'" + value : value; // a text, whatever it looks like
}

function calculate(sheets) {
  const grids = {};
  for (const [name, cells] of sheets) {
    const rows = (grids[name] = []);
    for (const cell of cells) {
      while (rows.length < cell[0]) rows.push([]);
      const row = rows[cell[0] - 1];
      while (row.length < cell[1]) row.push(null);
      row[cell[1] - 1] = content(cell);
    }
  }
  const book = HyperFormula.buildFromSheets(grids, SETTINGS, NAMES);
  const found = {};
  for (const [name, cells] of sheets) {
    const sheet = book.getSheetId(name);
    found[name] = cells
      .filter(([, , formula]) => formula !== null)
      .map(([row, column]) => [row, column, book.getCellValue({ sheet, row: row - 1, col: column - 1 })])
      .map(([row, column, value]) => [row, column, value instanceof DetailedCellError ? { error: value.value } : told(value ?? "")]);
  }
  return found;
}

answer(HyperFormula.version, calculate);
