"""From a selection to a run folder: the run, its events, its artifacts, its page."""
