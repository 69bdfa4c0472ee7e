"""The .xlsx file format: `write` makes a file from a document, `read` reads any file, trusting none."""
