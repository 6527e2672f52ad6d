"""Does anything after a date change what is decided as of it? `certify`."""
