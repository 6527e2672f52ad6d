"""What the run page shows, as plain data."""
