"""Document → bytes of an .xlsx file. The only door to openpyxl; it knows nothing of lessons."""

from xlbackprop.xlsx.stamp import is_untouched
from xlbackprop.xlsx.writer import workbook_bytes, write_package, write_workbook

__all__ = ["is_untouched", "workbook_bytes", "write_package", "write_workbook"]
