"""The search for weights, thresholds and parameters on purged folds."""
