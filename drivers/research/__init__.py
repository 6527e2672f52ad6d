"""Many dates: the selection walked forward over a history, and what it was worth."""
