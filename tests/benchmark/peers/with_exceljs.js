// exceljs, its streaming writer: TEMPLATES NUMBERS FILE. It has no charts.
"use strict";
const fs = require("fs");
const ExcelJS = require("exceljs");

const [templatesPath, numbersPath, outputPath] = process.argv.slice(2);
const HERE = "\x01";
const ABOVE = "\x02";
const BARE = "\x03";
const BREATH = 512; // rows after which the compressor gets its turn; the library itself never waits for it

function readTemplates() {
  const lines = fs.readFileSync(templatesPath, "utf8").trimEnd().split("\n");
  const [sheets, rows, columns, headerRow] = lines.shift().split("\t").map(Number);
  const book = { sheets: [], rows, columns, headerRow };
  for (const line of lines) {
    const [kind, ...rest] = line.split("\t");
    const sheet = book.sheets[book.sheets.length - 1];
    if (kind === "S") book.sheets.push({ name: rest[0], head: [], columns: [] });
    else if (kind === "H") sheet.head.push(rest.map(Number));
    else sheet.columns.push({ header: rest[0], format: rest[1], first: rest[2], spell: speller(rest[3]) });
  }
  if (book.sheets.length !== sheets) throw new Error("the templates are cut short");
  return book;
}

function speller(template) {
  const parts = template.split(/([\x01\x02])/);
  return (here, above) => {
    let text = "";
    for (const part of parts) text += part === HERE ? here : part === ABOVE ? above : part;
    return text;
  };
}

function cellOf(column, row, isFirst, value) {
  if (isFirst && column.first === BARE) return value;
  const formula = isFirst && column.first ? column.first : column.spell(String(row), String(row - 1));
  return { formula, result: Number.isNaN(value) ? { error: "#NUM!" } : value };
}

async function writeSheet(workbook, book, planned, numbers) {
  const sheet = workbook.addWorksheet(planned.name);
  sheet.columns = planned.columns.map((column) => ({ style: { numFmt: column.format } }));
  for (const [row, column, value] of planned.head) sheet.getRow(row).getCell(column).value = value;
  const header = sheet.getRow(book.headerRow);
  header.values = planned.columns.map((column) => column.header);
  header.commit();
  const values = Buffer.alloc(book.columns * 8);
  for (let index = 0; index < book.rows; index += 1) {
    fs.readSync(numbers, values);
    const number = book.headerRow + 1 + index;
    const row = sheet.getRow(number);
    row.values = planned.columns.map((column, at) => cellOf(column, number, index === 0, values.readDoubleLE(at * 8)));
    row.commit();
    if (index % BREATH === 0) await new Promise(setImmediate);
  }
  sheet.commit();
}

async function main() {
  const book = readTemplates();
  const workbook = new ExcelJS.stream.xlsx.WorkbookWriter({ filename: outputPath, useStyles: true });
  const numbers = fs.openSync(numbersPath, "r");
  for (const planned of book.sheets) await writeSheet(workbook, book, planned, numbers);
  await workbook.commit();
}

main().catch((error) => {
  console.error(String(error));
  process.exit(1);
});
