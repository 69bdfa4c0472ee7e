// What both scripts need: finding a library, reading the cells from the input, telling what came out.
"use strict";

const path = require("path");

const NO_LIBRARY = 3;

function library(name) {
  // NODE_PATH is looked at by Node.js itself; this is where `npm install -g` puts a library
  const globally = path.resolve(process.execPath, "..", "..", "lib", "node_modules");
  try {
    return require(require.resolve(name, { paths: [__dirname, globally, ...(process.env.NODE_PATH || "").split(path.delimiter)] }));
  } catch (fault) {
    if (fault.code !== "MODULE_NOT_FOUND") throw fault;
    process.exit(NO_LIBRARY);
  }
}

function told(value) {
  return typeof value === "number" && !Number.isFinite(value) ? { error: "#NUM!" } : value;
}

// `calculate` takes [[sheet, [[row, column, formula or null, value], …]], …] and gives {sheet: [[row, column, value], …]}
function answer(version, calculate) {
  if (process.argv[2] === "version") {
    console.log(version);
  } else {
    process.stdout.write(JSON.stringify(calculate(JSON.parse(require("fs").readFileSync(0, "utf8")))));
  }
}

module.exports = { library, told, answer };
