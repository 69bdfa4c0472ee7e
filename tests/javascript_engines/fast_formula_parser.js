// fast-formula-parser calculates one formula; which cells it needs, and in which order, is found out here.
"use strict";

const { library, told, answer } = require("./node_bridge.js");
const FormulaParser = library("fast-formula-parser");
const { FormulaError } = FormulaParser;

class Book {
  constructor(sheets) {
    this.cells = new Map(); // sheet → "row column" → cell
    for (const [name, cells] of sheets) {
      const there = new Map();
      for (const [row, column, formula, value] of cells) {
        const known = formula === null;
        there.set(row * 16385 + column, { sheet: name, row, column, formula, known, value: known ? given(value) : null });
      }
      this.cells.set(name, there);
    }
    this.parser = new FormulaParser({
      onCell: ({ sheet, row, col }) => this.value(sheet, row, col),
      onRange: ({ sheet, from, to }) => this.range(sheet, from, to),
    });
  }

  // Notes which cell was not calculated yet and gives up; whoever asked tries again after it
  value(sheet, row, column) {
    const cell = this.cells.get(sheet)?.get(row * 16385 + column);
    if (cell === undefined) return null;
    if (!cell.known) {
      this.missing ??= cell; // what is thrown may be caught by an IFERROR; the note stays
      throw FormulaError.NA;
    }
    return cell.value;
  }

  range(sheet, from, to) {
    const rows = [];
    for (let row = from.row; row <= to.row; row++) {
      const values = [];
      for (let column = from.col; column <= to.col; column++) values.push(this.value(sheet, row, column));
      rows.push(values);
    }
    return rows;
  }

  // A stack of our own instead of calls within calls: a column can be a million rows long
  calculate(first) {
    const waiting = [first];
    const begun = new Set();
    while (waiting.length > 0) {
      const cell = waiting[waiting.length - 1];
      if (!cell.known) {
        const missing = this.attempt(cell);
        if (missing !== null) {
          if (begun.has(missing)) throw new Error(`${missing.sheet}, row ${missing.row}, column ${missing.column} needs itself`);
          begun.add(missing);
          waiting.push(missing);
          continue;
        }
      }
      begun.delete(cell);
      waiting.pop();
    }
  }

  // Returns the cell that has to be calculated before, or null when this one is done
  attempt(cell) {
    this.missing = null;
    let value;
    try {
      value = this.parser.parse(cell.formula.replaceAll("_xlfn.", ""), { sheet: cell.sheet, row: cell.row, col: cell.column });
    } catch (fault) {
      if (this.missing === null && !(fault instanceof FormulaError)) throw fault;
      value = fault;
    }
    if (this.missing === null) {
      cell.value = value;
      cell.known = true;
    }
    return this.missing;
  }
}

function given(value) {
  return value !== null && typeof value === "object" ? new FormulaError(value.error) : value;
}

function calculate(sheets) {
  const book = new Book(sheets);
  const found = {};
  for (const [name, cells] of sheets) {
    found[name] = [];
    for (const [row, column, formula] of cells) {
      if (formula === null) continue;
      const cell = book.cells.get(name).get(row * 16385 + column);
      book.calculate(cell);
      const value = cell.value;
      found[name].push([row, column, value instanceof FormulaError ? { error: value.name } : told(value ?? "")]);
    }
  }
  return found;
}

answer(library("fast-formula-parser/package.json").version, calculate);
