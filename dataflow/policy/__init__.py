"""Stage 5, policy: gates, ranking, recruitment; `nodes` is the stage's Hamilton module."""
