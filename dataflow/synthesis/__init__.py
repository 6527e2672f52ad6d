"""Stage 6, synthesis: winners become strategy atoms; `nodes` is the stage's Hamilton module."""
