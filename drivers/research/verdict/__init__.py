"""Champion and challengers: which of them a walk speaks for, and who takes the place."""
