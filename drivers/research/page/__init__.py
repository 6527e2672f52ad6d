"""The research page: a walk's measures and tables as one file of HTML."""
