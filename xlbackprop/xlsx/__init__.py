"""The file format: `write` makes an .xlsx file, `read` looks at a stranger's with care."""
