"""A finished walk for other tools: tables as they want them."""
