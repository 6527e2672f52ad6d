"""Where the tables come from: the built-in discovery providers and what they share."""
