"""`Summary`: the lesson on one page."""
