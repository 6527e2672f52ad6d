"""Stage 3, inference: metrics become probabilities, probabilities a conviction, once for each scorer."""
