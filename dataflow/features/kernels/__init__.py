"""The numerics of the factors, on arrays: assets are rows, days are the contiguous last axis."""
