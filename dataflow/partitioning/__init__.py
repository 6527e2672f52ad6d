"""Stage 4, partitioning: correlation, distance, factor groups; `nodes` is the stage's Hamilton module."""
