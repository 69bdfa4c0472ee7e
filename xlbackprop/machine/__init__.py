"""Files and processes: writing whole files, running programs, lock files, file names that Windows forbids."""

from __future__ import annotations

from xlbackprop.machine.atomic_write import whole_file, whole_files
from xlbackprop.machine.cluster import in_cluster
from xlbackprop.machine.file_names import trouble_on_windows
from xlbackprop.machine.isolated_process import run_isolated
from xlbackprop.machine.open_elsewhere import opened_elsewhere
from xlbackprop.machine.parallel import Limits, TookTooMuch, in_processes, in_watched_processes
from xlbackprop.machine.process import Finished, run_program
from xlbackprop.machine.temporary_files import temporary_folder
from xlbackprop.machine.wheel import own_wheel
from xlbackprop.machine.workbook_file import write_workbook
from xlbackprop.machine.zip_bytes import plain_zip
