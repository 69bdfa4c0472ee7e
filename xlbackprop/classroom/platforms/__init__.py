"""Learning platforms, in and out: a download is read, its gradebook is filled in, feedback goes back.

To add a platform: the form of its names in download_names.py, the layout of its gradebook in gradebook_kinds.py.
"""

from __future__ import annotations

from xlbackprop.classroom.platforms.archive import Notice, NoticeKind
from xlbackprop.classroom.platforms.download_names import Platform
from xlbackprop.classroom.platforms.feedback import feedback_zip
from xlbackprop.classroom.platforms.gradebook import Filled, Gradebook, Left, Mark, Unfilled, read_gradebook
from xlbackprop.classroom.platforms.gradebook_kinds import GradebookKind
from xlbackprop.classroom.platforms.pairing import Pairing, Person, Unpaired, find_person, pair
from xlbackprop.classroom.platforms.submissions import Certainty, Submission, Submissions, read_submissions
