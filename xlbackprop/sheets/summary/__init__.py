"""The sheet `Summary`: the lesson on one page."""
