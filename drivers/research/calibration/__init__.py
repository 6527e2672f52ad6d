"""Gates against noise: what each does to shuffled returns of the pool."""
